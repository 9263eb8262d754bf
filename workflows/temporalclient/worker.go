package temporalclient

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/worker"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 2 * time.Second
)

// RunWorker keeps a worker running until ctx ends: it starts as soon as Temporal
// can be reached, and again, made anew, after a fatal error. It returns when the
// last worker has stopped.
func RunWorker(ctx context.Context, logger *slog.Logger, newWorker func() worker.Worker) {
	interrupt := make(chan any)
	stop := context.AfterFunc(ctx, func() { close(interrupt) })
	defer stop()
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := newWorker().Run(interrupt)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > time.Minute {
			pause = firstPause
		}
		if pause == firstPause { // once, not with each attempt
			logger.WarnContext(ctx, "worker waits for Temporal", "error", err)
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = min(2*pause, longestPause)
	}
}

// sleep waits; it returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
