package temporalclient

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// Beating tells Temporal once a second that do, which an activity does, is still
// under way, so that the death of this process is noticed soon.
func Beating(ctx context.Context, do func() error) error {
	done := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	})
	defer beats.Wait()
	defer close(done)
	return do()
}

// Reason says why an activity failed, for people.
func Reason(err error) string {
	var (
		application *temporal.ApplicationError
		timeout     *temporal.TimeoutError
	)
	switch {
	case errors.As(err, &application):
		return application.Message()
	case temporal.IsCanceledError(err):
		return "the workflow was cancelled"
	case errors.As(err, &timeout):
		return "it took too long"
	}
	return "an unexpected error; the log has more"
}
