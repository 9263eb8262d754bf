package provisioning

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
)

const (
	// takenWithin is how long a task may wait for a worker.
	takenWithin = 30 * time.Second
	// An activity is tried again for triedFor; one attempt may take attemptWithin,
	// and is taken for dead when it was silent for silentFor.
	attemptWithin = 45 * time.Second
	triedFor      = 90 * time.Second
	silentFor     = 5 * time.Second
	// forEver is longer than any outage; Temporal has no word for it.
	forEver = 10 * 365 * 24 * time.Hour
)

var retries = &temporal.RetryPolicy{
	InitialInterval:    200 * time.Millisecond,
	BackoffCoefficient: 2,
	MaximumInterval:    5 * time.Second,
}

// inCatalog is for local activities: a query or two on the control database. The
// workflow waits for as long as the database is away.
func inCatalog(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		// Unless it is said, all attempts together have the time of one.
		ScheduleToCloseTimeout: forEver,
		RetryPolicy:            retries,
	})
}

// controlled is for activities of the control plane.
func controlled(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              workflows.ControlQueue,
		StartToCloseTimeout:    attemptWithin,
		ScheduleToCloseTimeout: triedFor,
		HeartbeatTimeout:       silentFor,
		RetryPolicy:            retries,
		Summary:                summary,
	})
}

// onNode is for activities of one node.
func onNode(ctx workflow.Context, node tenants.Name, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              workflows.NodeQueue(node),
		ScheduleToStartTimeout: takenWithin,
		StartToCloseTimeout:    attemptWithin,
		ScheduleToCloseTimeout: triedFor,
		HeartbeatTimeout:       silentFor,
		RetryPolicy:            retries,
		Summary:                summary,
	})
}
