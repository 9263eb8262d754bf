package temporalclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/switchyard/switchyard/internal/fault"
)

// Faults returns the interceptor that turns the errors of all activities of a
// worker into Temporal's. It is the outermost place: an error that was made
// non-retryable further in would be retried once somebody wraps it.
//
// Only the public part of a fault goes into histories, its cause into the log. A
// fault that the same input brings again is not retried.
func Faults(logger *slog.Logger) interceptor.WorkerInterceptor {
	return &faults{logger: logger}
}

type faults struct {
	interceptor.WorkerInterceptorBase
	logger *slog.Logger
}

func (f *faults) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &faultsInbound{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, logger: f.logger}
}

type faultsInbound struct {
	interceptor.ActivityInboundInterceptorBase
	logger *slog.Logger
}

func (f *faultsInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := f.Next.ExecuteActivity(ctx, in)
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, activity.ErrResultPending) {
		return result, err
	}
	info := activity.GetInfo(ctx)
	f.logger.WarnContext(ctx, "activity failed", "activity", info.ActivityType.Name,
		"workflow_id", info.WorkflowExecution.ID, "attempt", info.Attempt, "error", err)
	return nil, outward(err)
}

func outward(err error) error {
	known, ok := fault.As(err)
	if !ok {
		return temporal.NewApplicationErrorWithOptions("an unexpected error; the log has more", string(fault.Internal), temporal.ApplicationErrorOptions{})
	}
	return temporal.NewApplicationErrorWithOptions(publicText(known), known.Type, temporal.ApplicationErrorOptions{NonRetryable: isFinal(known.Kind)})
}

// shownPlaces bounds the places of a fault that go into a history.
const shownPlaces = 10

// publicText is a fault's message with the places that it names.
func publicText(f *fault.Fault) string {
	text := strings.Builder{}
	text.WriteString(f.Message)
	for _, place := range f.Places[:min(len(f.Places), shownPlaces)] {
		fmt.Fprintf(&text, "; %s: %s", place.Path, place.Message)
	}
	if more := len(f.Places) - shownPlaces; more > 0 {
		fmt.Fprintf(&text, "; and %d more", more)
	}
	return text.String()
}

// isFinal reports whether the same input brings a fault of that kind again.
func isFinal(kind fault.Kind) bool {
	switch kind {
	case fault.Unavailable, fault.TooMany, fault.Internal:
		return false
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict,
		fault.PreconditionFailed, fault.PreconditionRequired, fault.TooLarge:
		return true
	}
	return false
}
