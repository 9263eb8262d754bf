package businessprocess

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// Names of the activities in histories.
const (
	advanceActivity = "Advance"
	callActivity    = "CallHTTP"
	failActivity    = "FailCall"
)

// activities do what the workflow may not: read, write and call.
type activities struct {
	host   Host
	caller *Caller
	log    *slog.Logger
}

// Advance runs the steps of an interaction until its process must wait.
func (a *activities) Advance(ctx context.Context, interaction string) (Await, error) {
	await, err := a.host.Advance(ctx, interaction)
	return await, a.outward(ctx, err)
}

// CallHTTP makes one attempt of a call, also of one of the runtime, and records
// the response. When nobody
// waits for the call any more it does nothing.
func (a *activities) CallHTTP(ctx context.Context, in CallInput) error {
	request, ok, err := a.host.PendingCall(ctx, in.Interaction, in.Sequence)
	if err != nil || !ok {
		return a.outward(ctx, err)
	}
	attempt := int(activity.GetInfo(ctx).Attempt)
	response, err := a.send(ctx, in.Interaction, request)
	if err == nil && worthRetrying(response.Status) && attempt < request.Retry.Attempts {
		err = fault.New(fault.Unavailable, "call-failed", "the called service answered with status %d", response.Status)
	}
	if err != nil {
		return again(a.outward(ctx, err), pauseAfter(attempt, request.Retry))
	}
	return a.outward(ctx, a.host.Answer(ctx, in.Interaction, process.Event{
		Kind:     process.Responded,
		Sequence: in.Sequence,
		Status:   response.Status,
		Body:     response.Body,
	}))
}

func (a *activities) send(ctx context.Context, interaction string, request process.Request) (Response, error) {
	if request.Offers != nil {
		return a.host.Offers(ctx, interaction, *request.Offers)
	}
	return a.caller.Do(ctx, request)
}

// FailCall records that a call brought no response.
func (a *activities) FailCall(ctx context.Context, failure CallFailure) error {
	return a.outward(ctx, a.host.Answer(ctx, failure.Interaction, process.Event{
		Kind:     process.CallFailed,
		Sequence: failure.Sequence,
		Problem:  failure.Reason,
	}))
}

// maxPause bounds the pause between two attempts of a call.
const maxPause = time.Minute

// pauseAfter is how long a process wants to wait after its n-th attempt.
func pauseAfter(n int, retry process.Retry) time.Duration {
	delay := time.Duration(retry.Delay)
	switch retry.Backoff {
	case process.BackoffLinear:
		delay *= time.Duration(n)
	case process.BackoffExponential:
		delay <<= min(n-1, 16)
	case process.BackoffConstant:
	}
	return min(max(delay, time.Millisecond), maxPause)
}

// again sets when the server is to make the next attempt.
func again(err error, after time.Duration) error {
	var application *temporal.ApplicationError
	if !errors.As(err, &application) || application.NonRetryable() {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(application.Message(), application.Type(),
		temporal.ApplicationErrorOptions{NextRetryDelay: after})
}

// outward is the one place where errors become Temporal's. Only the public part
// of a fault is put into histories; the rest is logged here.
func (a *activities) outward(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, "internal", "an unexpected error, see the server's log").Because(err)
	}
	if f.Kind == fault.Internal {
		a.log.ErrorContext(ctx, "activity failed", "workflow", activity.GetInfo(ctx).WorkflowExecution.ID, "error", err)
	}
	final := f.Kind == fault.NotFound || f.Kind == fault.Invalid || f.Kind == fault.Forbidden
	return temporal.NewApplicationErrorWithOptions(f.Message, f.Type, temporal.ApplicationErrorOptions{NonRetryable: final})
}
