package temporalclient

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/internal/sleep"
)

// afterFailure is the pause after a failure: the database or Temporal is away.
const afterFailure = time.Second

// Repeat does something again and again until ctx ends, with a pause of about that
// length in between, a second after a failure.
func Repeat(ctx context.Context, every time.Duration, failures *outage.Log, do func(ctx context.Context) error) {
	for wait := time.Duration(0); Pause(ctx, wait); {
		err := do(ctx)
		failures.Note(ctx, err)
		wait = every
		if err != nil {
			wait = afterFailure
		}
	}
}

// Pause waits for about d; it returns false when ctx ended first.
func Pause(ctx context.Context, d time.Duration) bool {
	return sleep.For(ctx, d*3/4+rand.N(d/2+1))
}
