package testrun

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/serverwork"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

const (
	// rounds bounds the servers that a test run is tried on; on each it is begun
	// tries times.
	rounds = 3
	tries  = 3
	// foundWithin is how long a live server is looked for, takenWithin how long it
	// has to take the test run, which it does one at a time, and runWithin how long
	// it may last on one server. A server that was silent for silentFor is taken for
	// dead.
	foundWithin = 2 * time.Minute
	takenWithin = 20 * time.Second
	runWithin   = time.Hour
	silentFor   = 10 * time.Second
	// collectedWithin is how long it is tried to fetch the result.
	collectedWithin = 10 * time.Minute
	// forEver is longer than any outage of the control database.
	forEver = 10 * 365 * 24 * time.Hour
)

var retries = &temporal.RetryPolicy{
	InitialInterval:    100 * time.Millisecond,
	BackoffCoefficient: 2,
	MaximumInterval:    5 * time.Second,
}

// Run carries a test run out. It may be started again at any time.
func Run(ctx workflow.Context, in Input) error {
	r := &run{in: in}
	r.show(ctx, testruns.Requested, "")
	var (
		a     *activities
		state testruns.State
	)
	if err := workflow.ExecuteLocalActivity(local(ctx, forEver), a.BeginTestRun, in).Get(ctx, &state); err != nil {
		return err
	}
	if state.Ended() {
		r.show(ctx, state, "")
		return nil
	}
	reason := r.carryOut(ctx)
	if reason == "" {
		return nil
	}
	return r.fail(ctx, reason)
}

// run is the state of one execution.
type run struct {
	in Input
}

// carryOut returns why the test run failed.
func (r *run) carryOut(ctx workflow.Context) (reason string) {
	for attempt := range rounds {
		on, err := r.findServer(ctx, attempt)
		if err != nil {
			return temporalclient.Reason(err)
		}
		r.show(ctx, testruns.Running, "on server "+on.Name)
		err = r.runOn(ctx, on)
		if err == nil {
			err = r.collect(ctx, on)
			if err == nil {
				return ""
			}
			return "the result was not fetched: " + temporalclient.Reason(err)
		}
		reason = fmt.Sprintf("server %s: %s", on.Name, temporalclient.Reason(err))
		if isFinal(err) || ctx.Err() != nil {
			return reason
		}
	}
	return reason
}

func (r *run) findServer(ctx workflow.Context, attempt int) (on server, err error) {
	var a *activities
	err = workflow.ExecuteLocalActivity(local(ctx, foundWithin), a.FindTestServer, search{Input: r.in, Attempt: attempt}).Get(ctx, &on)
	return on, err
}

func (r *run) runOn(ctx workflow.Context, on server) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              workflows.TestRunQueue(on.ID),
		ScheduleToStartTimeout: takenWithin,
		StartToCloseTimeout:    runWithin,
		ScheduleToCloseTimeout: runWithin,
		HeartbeatTimeout:       silentFor,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: retries.InitialInterval, BackoffCoefficient: retries.BackoffCoefficient,
			MaximumInterval: retries.MaximumInterval, MaximumAttempts: tries,
		},
		Summary: "Run the profiles on " + on.Name,
	})
	var p serverwork.Progress
	return workflow.ExecuteActivity(ctx, serverwork.RunTest, r.in.TestRun).Get(ctx, &p)
}

func (r *run) collect(ctx workflow.Context, on server) error {
	var (
		a     *activities
		state testruns.State
	)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              workflows.ControlQueue,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: collectedWithin,
		HeartbeatTimeout:       silentFor,
		RetryPolicy:            retries,
		Summary:                "Collect the result",
	})
	err := workflow.ExecuteActivity(ctx, a.CollectTestRun, collection{Input: r.in, Server: on.Name}).Get(ctx, &state)
	if err == nil {
		r.show(ctx, state, "on server "+on.Name)
	}
	return err
}

// fail writes down why there is no result, also when the workflow was cancelled. A
// test run that was cancelled in the control database has ended there already.
func (r *run) fail(ctx workflow.Context, reason string) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	var (
		a     *activities
		state testruns.State
	)
	if err := workflow.ExecuteLocalActivity(local(ctx, forEver), a.FailTestRun, failure{Input: r.in, Reason: reason}).Get(ctx, &state); err != nil {
		return err
	}
	r.show(ctx, state, reason)
	if state != testruns.Failed {
		return nil
	}
	return temporal.NewNonRetryableApplicationError(reason, "test-run-failed", nil)
}

// show sets the workflow's current details, which are Markdown.
func (r *run) show(ctx workflow.Context, state testruns.State, more string) {
	text := fmt.Sprintf("Test of %s of channel **%s** of %s on group **%s** of %s: **%s**",
		r.in.tried(), r.in.Channel, r.in.TenantName, r.in.GroupName, r.in.Solution, state)
	if more != "" {
		text += ", " + more
	}
	workflow.SetCurrentDetails(ctx, text)
}

// isFinal reports whether another server would fail in the same way: it was told
// so, or the run is too long.
func isFinal(err error) bool {
	if late, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		of := late.TimeoutType()
		return of == enums.TIMEOUT_TYPE_START_TO_CLOSE || of == enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE
	}
	told, ok := errors.AsType[*temporal.ApplicationError](err)
	return ok && told.NonRetryable()
}

// local is for local activities: a query or two.
func local(ctx workflow.Context, tried time.Duration) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		// Unless it is said, all attempts together have the time of one.
		ScheduleToCloseTimeout: tried,
		RetryPolicy:            retries,
	})
}
