package history

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
)

// Options tune a Recorder. The zero value is right.
type Options struct {
	// Rows bounds a transaction, which one batch alone may exceed; 0 is 1,000.
	Rows int
	// Gather is how long a transaction waits for more at most, where more are to be
	// expected; 0 is 2 ms.
	Gather time.Duration
	// Queue bounds the rows that wait; 0 is 20,000.
	Queue int
	// QueueBytes bounds the memory that they take, about; 0 is 64 MiB.
	QueueBytes int
	// Writers is the number of transactions at a time at most; 0 is 2. There is one
	// while it keeps up: the larger its groups are, the less each caller costs.
	Writers int
	// Patience is how long a group is tried again while the database is away; 0 is
	// 2 s. Once it was in vain groups are tried once, until one succeeds.
	Patience time.Duration
	// Logger hears of rows that the database refused and when it is away; nil is the
	// default logger.
	Logger *slog.Logger
}

func (o Options) complete() Options {
	set(&o.Rows, 1_000)
	set(&o.Gather, 2*time.Millisecond)
	set(&o.Queue, 20_000)
	set(&o.QueueBytes, 64<<20)
	set(&o.Writers, 2)
	set(&o.Patience, 2*time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func set[T int | time.Duration](value *T, standing T) {
	if *value <= 0 {
		*value = standing
	}
}

// Recorder gathers batches and writes them in groups. It is safe for concurrent
// use.
type Recorder struct {
	store   Writer
	options Options

	// mu is held for reading while something is put into the queue, so that it is
	// not closed meanwhile.
	mu     sync.RWMutex
	closed bool
	queue  chan *request
	// What is in the queue and being written: never more rows than the queue has
	// places.
	counting    sync.Mutex
	rows, bytes int
	waiting     int       // rows that no writer has yet
	began       time.Time // the first writer's group; zero while it waits for one

	help chan struct{} // a place for one who wants another writer

	away atomic.Bool // the database was, the last time
}

// request is a batch that waits.
type request struct {
	ctx   context.Context //nolint:containedctx // the caller's, who waits
	batch Batch
	bytes int           // that the batch takes, about
	done  chan struct{} // closed once kept and err are there
	kept  []Kept
	err   error
}

// NewRecorder returns a recorder. What is recorded waits until Run sets it to work.
func NewRecorder(store Writer, o Options) *Recorder {
	o = o.complete()
	return &Recorder{store: store, options: o, queue: make(chan *request, o.Queue), help: make(chan struct{}, 1)}
}

// Run writes until ctx ends, then what was handed in by then, and returns. A
// recorder runs once.
func (r *Recorder) Run(ctx context.Context) error {
	var writers sync.WaitGroup
	writers.Go(r.work)
	for range r.options.Writers - 1 {
		writers.Go(r.assist)
	}
	<-ctx.Done()
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.queue)
		close(r.help)
	}
	r.mu.Unlock()
	writers.Wait()
	return nil
}

// Record returns once the batch is durable, with what became of its responses, in
// their order. The batch must not change until then, and never after an error. Errors are
// faults: Invalid (places name contacts[i].… and responses[i].…), TooMany
// "history-overloaded" where too much waits, Unavailable where the database is
// away, the recorder stops or ctx ends, and Conflict "reservation-lapsed" where a
// presentation was not taken in time: take it again. After an Unavailable the
// batch may be stored: whoever records it again sets Batch.Again.
func (r *Recorder) Record(ctx context.Context, b Batch) ([]Kept, error) {
	if b.Rows() == 0 {
		return nil, nil
	}
	bytes, err := b.check()
	if err != nil {
		return nil, err
	}
	q := &request{ctx: ctx, batch: b, bytes: bytes, done: make(chan struct{})}
	if err := r.enqueue(q); err != nil {
		return nil, err
	}
	select {
	case <-q.done:
		return q.kept, q.err
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "history-slow", "the history did not come to it in time; try again").Because(context.Cause(ctx))
	}
}

func (r *Recorder) enqueue(q *request) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return fault.New(fault.Unavailable, "history-stopped", "this server is stopping; try another")
	}
	if !r.makeRoom(q) {
		return fault.New(fault.TooMany, "history-overloaded", "more contacts and responses wait than can be written; try again later")
	}
	r.queue <- q // has a place: each request has a row
	if r.helpWanted() {
		r.ask()
	}
	return nil
}

// ask asks for another writer. The queue is not closed meanwhile.
func (r *Recorder) ask() {
	select {
	case r.help <- struct{}{}:
	default: // is asked for
	}
}

// askLater asks for another writer where the first has become late.
func (r *Recorder) askLater() {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.closed && r.helpWanted() {
		r.ask()
	}
}

// lateAfter is how long a transaction takes for others to be begun beside it.
const lateAfter = 50 * time.Millisecond

// helpWanted reports whether the first writer does not keep up: as much waits as a
// transaction takes, or something does and its own takes long.
func (r *Recorder) helpWanted() bool {
	r.counting.Lock()
	defer r.counting.Unlock()
	return r.waiting >= r.options.Rows || r.waiting > 0 && !r.began.IsZero() && time.Since(r.began) >= lateAfter
}

// makeRoom counts a request in, if there is room.
func (r *Recorder) makeRoom(q *request) bool {
	r.counting.Lock()
	defer r.counting.Unlock()
	rows, bytes := r.rows+q.batch.Rows(), r.bytes+q.bytes
	if rows > r.options.Queue || bytes > r.options.QueueBytes {
		return false
	}
	r.rows, r.bytes, r.waiting = rows, bytes, r.waiting+q.batch.Rows()
	return true
}

// answer tells callers what became of their batches.
func (r *Recorder) answer(q *request, kept []Kept, err error) {
	q.kept, q.err = kept, err
	r.counting.Lock()
	r.rows, r.bytes = r.rows-q.batch.Rows(), r.bytes-q.bytes
	r.counting.Unlock()
	close(q.done)
}
