package businessprocess

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// CallInput names an HTTP call; what is called stays in the database.
type CallInput struct {
	Interaction string `json:"interaction"`
	Sequence    int64  `json:"sequence"`
}

// CallFailure tells the host that no attempt of a call brought a response.
type CallFailure struct {
	CallInput
	Reason string `json:"reason"`
}

// call is an HTTP call that an activity is making.
type call struct {
	CallInput
	outcome workflow.Future
	cancel  workflow.CancelFunc
}

func startCall(ctx workflow.Context, interaction string, await Await) *call {
	in := CallInput{Interaction: interaction, Sequence: await.Sequence}
	policy := CallPolicy{Timeout: defaultTimeout, Attempts: 1}
	if await.Call != nil {
		policy = *await.Call
	}
	calling, cancel := workflow.WithCancel(workflow.WithActivityOptions(ctx, policy.options(await.Step)))
	return &call{CallInput: in, outcome: workflow.ExecuteActivity(calling, callActivity, in), cancel: cancel}
}

// isFor reports whether await still waits for this call.
func (c *call) isFor(await Await) bool {
	return await.Kind == AwaitCall && await.Sequence == c.Sequence
}

// finish tells the host when there was no response. A response was recorded by
// the activity itself.
func (c *call) finish(ctx workflow.Context, outcome workflow.Future) error {
	err := outcome.Get(ctx, nil)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	local := workflow.WithLocalActivityOptions(ctx, advanceOptions)
	failure := CallFailure{CallInput: c.CallInput, Reason: reasonOf(err)}
	return workflow.ExecuteLocalActivity(local, failActivity, failure).Get(ctx, nil)
}

// options bounds each attempt a little above the call's own time-out, which the
// activity keeps, so that its answer still has time to be recorded. How long to
// pause between attempts is decided by the activity.
func (p CallPolicy) options(step string) workflow.ActivityOptions {
	const toRecord = 10 * time.Second
	return workflow.ActivityOptions{
		StartToCloseTimeout: p.Timeout + toRecord,
		Summary:             "step " + step,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 1,
			MaximumAttempts:    int32(min(max(p.Attempts, 1), maxAttempts)),
		},
	}
}

// maxAttempts bounds a call whatever its process asks for.
const maxAttempts = 100

// reasonOf returns a text that may be shown: what an attempt itself reported.
func reasonOf(err error) string {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return "the call did not end in time"
	}
	return "the call failed"
}
