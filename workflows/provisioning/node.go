package provisioning

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

// startServer is the name of the node's activity.
const startServer = "StartServer"

// readyWithin is how long one attempt waits for a server to become ready. It is
// shorter than attemptWithin, so that the node can still say why it is not.
const readyWithin = 30 * time.Second

// Node starts servers on one host; agent.Agent is one.
type Node interface {
	// StartServer makes the server run as the control plane has it, and waits until
	// it is ready or ctx ends.
	StartServer(ctx context.Context, server tenants.ServerID) (RunningServer, error)
}

// NewNodeWorker returns the worker of the node of that name. The client is one of
// workflows.PlatformNamespace.
func NewNodeWorker(temporal client.Client, name tenants.Name, node Node, logger *slog.Logger) worker.Worker {
	w := worker.New(temporal, workflows.NodeQueue(name), worker.Options{
		DisableWorkflowWorker: true,
		Interceptors:          []interceptor.WorkerInterceptor{temporalclient.Faults(logger)},
	})
	register(w, node)
	return w
}

// registry is the part of a worker, or of a test's, that register needs.
type registry interface {
	RegisterActivityWithOptions(activity any, options activity.RegisterOptions)
}

// register adds the node's activities to a worker.
func register(r registry, node Node) {
	start := func(ctx context.Context, in serverInput) (running RunningServer, err error) {
		ctx, cancel := context.WithTimeout(ctx, readyWithin)
		defer cancel()
		err = temporalclient.Beating(ctx, func() error {
			running, err = node.StartServer(ctx, in.Server)
			return err
		})
		return running, err
	}
	r.RegisterActivityWithOptions(start, activity.RegisterOptions{Name: startServer})
}
