package sleep

import (
	"context"
	"time"
)

// For waits for d and returns true, or false as soon as ctx has ended. It waits for
// no time when d is zero or less, but returns false then too when ctx has ended.
func For(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
