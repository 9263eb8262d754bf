package testrun

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

// runTest is the name of a server's activity.
const runTest = "RunTest"

// stopWithin is how long a stopping server lets a chunk end.
const stopWithin = 2 * time.Second

// Server is what test runs ask of one interaction server.
type Server interface {
	// RunTest runs the job of that id in the group's database from its beginning and
	// stores the result there. An error of kind Unavailable or Internal is tried
	// again, every other one is final.
	RunTest(ctx context.Context, id string) (Progress, error)
}

// NewServerWorker returns the worker by which a server takes part in test runs, one
// at a time. The client is one of workflows.PlatformNamespace.
func NewServerWorker(temporal client.Client, id tenants.ServerID, server Server, logger *slog.Logger) worker.Worker {
	w := worker.New(temporal, workflows.TestRunQueue(id), worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: 1,
		MaxConcurrentActivityTaskPollers:   1,
		WorkerStopTimeout:                  stopWithin,
		Interceptors:                       []interceptor.WorkerInterceptor{temporalclient.Faults(logger)},
	})
	registerServer(w, server)
	return w
}

// activityRegistry is the part of a worker, or of a test's, that registerServer
// needs.
type activityRegistry interface {
	RegisterActivityWithOptions(activity any, options activity.RegisterOptions)
}

// registerServer adds a server's activity to a worker.
func registerServer(r activityRegistry, server Server) {
	run := func(ctx context.Context, id string) (p Progress, err error) {
		err = temporalclient.Beating(ctx, func() error {
			p, err = server.RunTest(ctx, id)
			return err
		})
		return p, err
	}
	r.RegisterActivityWithOptions(run, activity.RegisterOptions{Name: runTest})
}
