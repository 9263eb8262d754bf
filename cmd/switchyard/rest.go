package main

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

// startupEnds is when, after it began to serve, a server is through with most of
// what it does only once, with all of it, and with what it does when its polls of
// Temporal end for the first time, which takes a minute.
var startupEnds = []time.Duration{3 * time.Second, 15 * time.Second, 65 * time.Second}

const (
	// restEvery costs an idle server about 10 ms of processor time; its polls take
	// 400 in a minute. It is as long as a poll of Temporal: what that needs is given
	// back soon after.
	restEvery = time.Minute
	// restBelow is how many bytes a second a server allocates at most that has
	// little to do. One that has nothing to do allocates a fifth of it.
	restBelow = 128 << 10
	// stacksGrow is how long goroutines take to get back the stacks that a
	// collection made smaller.
	stacksGrow = 2 * time.Second
)

// rest gives back the memory that a server does not use: what only the start
// needed, and what has come together since while there was little to do.
type rest struct {
	collect      func()
	releasePages func() error
	// allocated is how many bytes were allocated since the process began.
	allocated func() uint64
	log       *slog.Logger
}

func newRest(logger *slog.Logger) *rest {
	return &rest{
		collect:      debug.FreeOSMemory,
		releasePages: releaseUnusedPages,
		allocated:    func() uint64 { return readMetric(metricAllocated) },
		log:          logger,
	}
}

// run begins when the server serves, and ends with ctx.
func (r *rest) run(ctx context.Context) {
	began := time.Now()
	for _, end := range startupEnds {
		if !sleep.For(ctx, end-time.Since(began)) {
			return
		}
		r.giveBack(ctx)
	}
	every := time.NewTicker(restEvery)
	defer every.Stop()
	for at, allocated := time.Now(), r.allocated(); ; {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		now := r.allocated()
		if float64(now-allocated) < restBelow*time.Since(at).Seconds() {
			r.giveBack(ctx)
		}
		at, allocated = time.Now(), now
	}
}

// giveBack collects garbage, and then releases the pages that this took: a
// collection reads the tables of every function on a stack, and so does each stack
// that grows again after it. Nobody needs them until the next one.
func (r *rest) giveBack(ctx context.Context) {
	r.collect()
	if !sleep.For(ctx, stacksGrow) {
		return
	}
	if err := r.releasePages(); err != nil {
		r.log.Warn("cannot release unused pages", "error", err)
	}
}
