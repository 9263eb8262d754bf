package temporalclient

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/worker"
)

// RunWorker keeps a worker running until ctx ends: it starts as soon as Temporal
// can be reached, and again, made anew, after a fatal error. It returns when the
// last worker has stopped.
func RunWorker(ctx context.Context, logger *slog.Logger, make func() worker.Worker) {
	panic("to come")
}
