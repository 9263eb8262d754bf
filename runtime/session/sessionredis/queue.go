package sessionredis

import (
	"context"
	"slices"
	"sync"

	"github.com/switchyard/switchyard/internal/fault"
)

// queues have this process's calls of each session, one of which is in front of it.
type queues struct {
	mu   sync.Mutex
	most int
	of   map[string]*queue
}

// queue are the calls behind the first one, the longest waiting first.
type queue struct{ waiting []chan struct{} }

// enter waits until the call is the first one.
func (q *queues) enter(ctx context.Context, id string) error {
	q.mu.Lock()
	present := q.of[id]
	if present == nil {
		q.of[id] = &queue{}
		q.mu.Unlock()
		return nil
	}
	if len(present.waiting) >= q.most {
		q.mu.Unlock()
		return fault.New(fault.Unavailable, "session-busy", "%d calls of the session are waiting", q.most)
	}
	turn := make(chan struct{})
	present.waiting = append(present.waiting, turn)
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	at := slices.Index(present.waiting, turn)
	if at >= 0 {
		present.waiting = slices.Delete(present.waiting, at, at+1)
	}
	q.mu.Unlock()
	if at < 0 { // the turn came at the same time
		q.leave(id)
	}
	return busy(ctx.Err())
}

// leave lets the next call come to the front.
func (q *queues) leave(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	present := q.of[id]
	if len(present.waiting) == 0 {
		delete(q.of, id)
		return
	}
	close(present.waiting[0])
	present.waiting = present.waiting[1:]
}

func busy(cause error) error {
	return fault.New(fault.Unavailable, "session-busy", "the session's turn did not come in time").Because(cause)
}

func away(cause error) error {
	return fault.New(fault.Unavailable, "session-store-away", "the session store cannot be reached").Because(cause)
}
