package temporalclient

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 2 * time.Second
)

// Part is a part of what a worker does; provisioning.Service is one.
type Part interface{ Register(to worker.Registry) }

// NewWorker returns a worker of one task queue that does all of these parts: a
// task queue has one kind of worker, since Temporal gives its tasks to any.
func NewWorker(c client.Client, queue string, logger *slog.Logger, parts ...Part) worker.Worker {
	w := worker.New(c, queue, worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{Faults(logger)},
		// How long Temporal waits for a worker that was killed, before it gives its
		// workflows to another one.
		StickyScheduleToStartTimeout: 2 * time.Second,
	})
	for _, part := range parts {
		part.Register(w)
	}
	return w
}

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
		if !sleep.For(ctx, pause) {
			return
		}
		pause = min(2*pause, longestPause)
	}
}
