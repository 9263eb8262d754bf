package outage

import (
	"context"
	"log/slog"
	"sync"
)

// Log is the state of one thing that may fail for a while.
type Log struct {
	logger       *slog.Logger
	begins, ends string

	mu      sync.Mutex
	failing bool
}

// New returns a log with the messages of the beginning and of the end of an outage.
func New(logger *slog.Logger, begins, ends string) *Log {
	return &Log{logger: logger, begins: begins, ends: ends}
}

// Note takes the outcome of an attempt. What fails since ctx ended is no outage.
func (l *Log) Note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	changed := l.failing != (err != nil)
	l.failing = err != nil
	l.mu.Unlock()
	switch {
	case !changed:
	case err != nil:
		l.logger.WarnContext(ctx, l.begins, "error", err)
	default:
		l.logger.InfoContext(ctx, l.ends)
	}
}
