package businessprocess

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// forEver is longer than any outage; Temporal has no word for it.
const forEver = 10 * 365 * 24 * time.Hour

// advanceOptions retry for as long as the database is away. One attempt is
// short: a step machine runs in milliseconds.
var advanceOptions = workflow.LocalActivityOptions{
	StartToCloseTimeout: 10 * time.Second,
	// Unless it is said, all attempts together have the time of one.
	ScheduleToCloseTimeout: forEver,
	Summary:                "run steps",
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval:    100 * time.Millisecond,
		BackoffCoefficient: 2,
		// Longer than a workflow task, so that long pauses are timers: a task that is
		// kept open instead takes one of the worker's few places.
		MaximumInterval: 15 * time.Second,
	},
}

// Workflow is the business process of one interaction.
func Workflow(ctx workflow.Context, in Input) error {
	run := run{
		in:     in,
		queue:  in.Queue,
		nudges: workflow.GetSignalChannel(ctx, NudgeSignal),
	}
	if err := workflow.SetQueryHandler(ctx, StateQuery, run.state); err != nil {
		return err
	}
	return run.untilDone(ctx)
}

// run is one execution of the workflow.
type run struct {
	in       Input
	nudges   workflow.ReceiveChannel
	await    Await
	calling  *call
	queue    string // the present value of the search attribute
	advances int
}

func (r *run) untilDone(ctx workflow.Context) error {
	for {
		if err := r.advance(ctx); err != nil {
			return err
		}
		if r.await.Kind == AwaitDone {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			r.in.Queue = r.queue
			return workflow.NewContinueAsNewError(ctx, WorkflowName, r.in)
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

// advance answers all nudges that have come so far: it reads the database after
// them. One that comes while it reads stays in the channel.
func (r *run) advance(ctx workflow.Context) error {
	for r.nudges.ReceiveAsync(nil) {
	}
	local := workflow.WithLocalActivityOptions(ctx, advanceOptions)
	var await Await
	if err := workflow.ExecuteLocalActivity(local, advanceActivity, r.in.Interaction).Get(ctx, &await); err != nil {
		return err
	}
	r.await = await
	r.advances++
	if r.calling != nil && !r.calling.isFor(await) {
		r.calling.cancel()
		r.calling = nil
	}
	return r.show(ctx)
}

// wait returns when there may be news: a nudge, the end of the timer, or the
// outcome of the call.
func (r *run) wait(ctx workflow.Context) error {
	waiting, cancel := workflow.WithCancel(ctx)
	defer cancel()
	var failure error
	news := workflow.NewSelector(ctx)
	news.AddReceive(r.nudges, func(nudges workflow.ReceiveChannel, _ bool) { nudges.Receive(ctx, nil) })
	news.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { failure = ctx.Err() })
	switch r.await.Kind {
	case AwaitNudge:
	case AwaitTimer:
		remaining := max(r.await.Until.Sub(workflow.Now(ctx)), time.Millisecond)
		timer := workflow.NewTimerWithOptions(waiting, remaining, workflow.TimerOptions{Summary: "step " + r.await.Step})
		news.AddFuture(timer, func(workflow.Future) {})
	case AwaitCall:
		if r.calling == nil {
			r.calling = startCall(ctx, r.in.Interaction, r.await)
		}
		news.AddFuture(r.calling.outcome, func(outcome workflow.Future) {
			failure = r.calling.finish(ctx, outcome)
			r.calling = nil
		})
	case AwaitDone:
		return nil
	default:
		return temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("the process waits for %q, which this version does not know", r.await.Kind), "unknown-await", nil)
	}
	news.Select(ctx)
	return failure
}

// show puts the step where engineers look for it.
func (r *run) show(ctx workflow.Context) error {
	workflow.SetCurrentDetails(ctx, details(r.await))
	if r.await.Queue == "" || r.await.Queue == r.queue || r.await.Kind == AwaitDone {
		return nil
	}
	r.queue = r.await.Queue
	return workflow.UpsertTypedSearchAttributes(ctx, queueAttribute.ValueSet(r.queue))
}

// state answers the query "state".
func (r *run) state() (State, error) {
	return State{Interaction: r.in.Interaction, Process: r.in.Process, Await: r.await, Advances: r.advances}, nil
}

// details is one line of Markdown.
func details(await Await) string {
	step := "Step **" + await.Step + "**"
	switch await.Kind {
	case AwaitTimer:
		return step + ": waits until " + await.Until.UTC().Format(time.RFC3339)
	case AwaitCall:
		return step + ": waits for the answer of a call"
	case AwaitDone:
		return "Stopped: " + await.StopReason
	case AwaitNudge:
		if await.Queue != "" {
			return step + ": " + await.State + ", queue **" + await.Queue + "**"
		}
		return step + ": " + await.State
	}
	return step
}
