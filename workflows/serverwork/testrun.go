package serverwork

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// RunTest is the name of the activity in test runs.
const RunTest = "RunTest"

// Progress is how many rows were run.
type Progress struct {
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
}

// Testable is what test runs ask of one interaction server.
type Testable interface {
	// RunTest runs the job of that id in the group's database from its beginning and
	// stores the result there. An error of kind Unavailable or Internal is tried
	// again, every other one is final.
	RunTest(ctx context.Context, id string) (Progress, error)
}

// NewTestRunWorker returns the worker by which a server takes part in test runs, one
// at a time. The client is one of workflows.PlatformNamespace.
func NewTestRunWorker(temporal client.Client, id tenants.ServerID, server Testable, logger *slog.Logger) worker.Worker {
	w := worker.New(temporal, workflows.TestRunQueue(id), worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: 1,
		MaxConcurrentActivityTaskPollers:   1,
		WorkerStopTimeout:                  stopWithin,
		Interceptors:                       []interceptor.WorkerInterceptor{temporalclient.Faults(logger)},
	})
	RegisterTestRuns(w, server)
	return w
}

// RegisterTestRuns adds a server's activity to a worker.
func RegisterTestRuns(r Registry, server Testable) {
	run := func(ctx context.Context, id string) (p Progress, err error) {
		err = temporalclient.Beating(ctx, func() error {
			p, err = server.RunTest(ctx, id)
			return err
		})
		return p, err
	}
	r.RegisterActivityWithOptions(run, activity.RegisterOptions{Name: RunTest})
}
