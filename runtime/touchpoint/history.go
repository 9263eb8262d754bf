package touchpoint

import (
	"context"

	"github.com/switchyard/switchyard/runtime/history"
)

// History writes contacts and responses; *history.Recorder has it. What it returns
// without an error is durable.
type History interface {
	Record(ctx context.Context, b history.Batch) ([]history.Kept, error)
}

// Limits counts presentations of offers with a total limit; *history.Limits has it.
type Limits interface {
	Count(ctx context.Context, t history.Total) int64
	Take(offer string) (history.Reservation, bool)
}
