package serverwork

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// The names of the activities in deployments.
const (
	PrepareVersion  = "PrepareVersion"
	ActivateVersion = "ActivateVersion"
)

// concurrentSteps bounds the preparations and activations that a server does at
// once; they are of different channels.
const concurrentSteps = 4

// stopWithin is how long a stopping server lets a step end.
const stopWithin = 2 * time.Second

// Version names what a server is asked to prepare: a package by its hash, out of
// the group's database, or none, to undeploy.
type Version struct {
	Channel tenants.Name `json:"channel"`
	Number  int64        `json:"number"`         // of the deployment
	Hash    string       `json:"hash,omitempty"` // SHA-256 in hexadecimal; empty: undeploy
	Name    string       `json:"name,omitempty"` // of the deployment
}

// Deployable is what deployments ask of one interaction server. Both may be repeated
// at any time. An error of kind Unavailable or Internal is tried again for a
// while, every other one is final: the server refuses.
type Deployable interface {
	// Prepare fetches, verifies and compiles a version, so that nothing but the
	// switch remains. What is served stays as it is.
	Prepare(ctx context.Context, version Version) error
	// Activate switches the channel to the version that the group's database says
	// is active.
	Activate(ctx context.Context, channel tenants.Name) error
}

// NewDeploymentWorker returns the worker by which a server takes part in deployments.
// The client is one of workflows.PlatformNamespace.
func NewDeploymentWorker(temporal client.Client, id tenants.ServerID, server Deployable, logger *slog.Logger) worker.Worker {
	w := worker.New(temporal, workflows.ServerQueue(id), worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: concurrentSteps,
		MaxConcurrentActivityTaskPollers:   1,
		WorkerStopTimeout:                  stopWithin,
		Interceptors:                       []interceptor.WorkerInterceptor{temporalclient.Faults(logger)},
	})
	RegisterDeployments(w, server)
	return w
}

// Registry is the part of a worker, or of a test's, that activities are added to.
type Registry interface {
	RegisterActivityWithOptions(activity any, options activity.RegisterOptions)
}

// RegisterDeployments adds a server's activities to a worker.
func RegisterDeployments(r Registry, server Deployable) {
	prepare := func(ctx context.Context, version Version) error {
		return temporalclient.Beating(ctx, func() error { return server.Prepare(ctx, version) })
	}
	activate := func(ctx context.Context, channel tenants.Name) error {
		return temporalclient.Beating(ctx, func() error { return server.Activate(ctx, channel) })
	}
	r.RegisterActivityWithOptions(prepare, activity.RegisterOptions{Name: PrepareVersion})
	r.RegisterActivityWithOptions(activate, activity.RegisterOptions{Name: ActivateVersion})
}
