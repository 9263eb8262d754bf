package node

import (
	"context"
	"sync"

	"github.com/switchyard/switchyard/tenants"
)

// board shows the status of one server to whoever asks, and lets them wait.
type board struct {
	notify func()

	mu      sync.Mutex
	status  Status
	changed chan struct{} // closed and replaced at each change
}

func newBoard(id tenants.ServerID, notify func()) *board {
	return &board{
		notify:  notify,
		status:  Status{Server: id, State: tenants.ServerPending},
		changed: make(chan struct{}),
	}
}

// post shows a status; the server stays.
func (b *board) post(status Status) {
	b.mu.Lock()
	status.Server = b.status.Server
	same := b.status == status
	if !same {
		b.status = status
		close(b.changed)
		b.changed = make(chan struct{})
	}
	b.mu.Unlock()
	if !same {
		b.notify()
	}
}

func (b *board) read() (Status, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status, b.changed
}

// await returns the first status that enough accepts, or the last one when ctx
// has ended.
func (b *board) await(ctx context.Context, enough func(Status) bool) (Status, bool) {
	for {
		status, changed := b.read()
		if enough(status) {
			return status, true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return status, false
		}
	}
}
