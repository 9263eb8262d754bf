package deployment

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
)

const (
	// A server has preparedWithin to prepare, all attempts together; then it is
	// silent, and the deployment fails by it if it is alive. It is told to switch for
	// activatedWithin; it does so without being told a second later.
	preparedWithin  = 30 * time.Second
	activatedWithin = 5 * time.Second
	// lookForGoneEvery is how long after it was deleted a server may be waited for.
	lookForGoneEvery = 2 * time.Second
	// verifiedWithin is how long servers have to come to the new version.
	verifiedWithin = 10 * time.Minute
	// builtWithin and triedFor are how long steps before the point of no return are
	// tried again.
	builtWithin = 10 * time.Minute
	triedFor    = 2 * time.Minute
	// releasedWithin bounds the attempts to release marks.
	releasedWithin = 30 * time.Minute
	// One attempt may take attemptWithin, and is taken for dead when it was silent
	// for silentFor.
	attemptWithin = time.Minute
	silentFor     = 5 * time.Second
	// forEver is longer than any outage; Temporal has no word for it.
	forEver = 10 * 365 * 24 * time.Hour
)

var retries = &temporal.RetryPolicy{
	InitialInterval:    100 * time.Millisecond,
	BackoffCoefficient: 2,
	MaximumInterval:    5 * time.Second,
}

// inCatalog is for local activities: a query or two on the control database. The
// workflow waits for as long as that is away.
func inCatalog(ctx workflow.Context) workflow.Context { return local(ctx, forEver) }

// inGroup is for local activities that look into the group's database.
func inGroup(ctx workflow.Context, tried time.Duration) workflow.Context { return local(ctx, tried) }

func local(ctx workflow.Context, tried time.Duration) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		// Unless it is said, all attempts together have the time of one.
		ScheduleToCloseTimeout: tried,
		RetryPolicy:            retries,
	})
}

// controlled is for activities of the control plane, tried again for that long.
func controlled(ctx workflow.Context, attempt, tried time.Duration, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              workflows.ControlQueue,
		StartToCloseTimeout:    attempt,
		ScheduleToCloseTimeout: tried,
		HeartbeatTimeout:       silentFor,
		RetryPolicy:            retries,
		Summary:                summary,
	})
}

// onServer is for activities of one server, tried again for that long.
func onServer(ctx workflow.Context, server tenants.ServerID, tried time.Duration, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              workflows.ServerQueue(server),
		StartToCloseTimeout:    tried,
		ScheduleToCloseTimeout: tried,
		HeartbeatTimeout:       silentFor,
		RetryPolicy:            retries,
		Summary:                summary,
	})
}
