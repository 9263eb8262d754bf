package interactionserver

import (
	"sync"

	"github.com/switchyard/switchyard/tenants"
)

// signal is a channel that holds one wake-up: raising it again before it was
// received changes nothing.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) raise() {
	select {
	case s <- struct{}{}:
	default:
	}
}

// hub tells those who watch agents that something changed.
type hub struct {
	mu       sync.Mutex
	watchers map[tenants.AccountID]map[signal]struct{}
}

// watch returns a signal for an agent, and what ends it.
func (h *hub) watch(agent tenants.AccountID) (signal, func()) {
	s := newSignal()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[agent] == nil {
		h.watchers[agent] = map[signal]struct{}{}
	}
	h.watchers[agent][s] = struct{}{}
	return s, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[agent], s)
		if len(h.watchers[agent]) == 0 {
			delete(h.watchers, agent)
		}
	}
}

// tell raises the signals of an agent's watchers.
func (h *hub) tell(agent tenants.AccountID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.watchers[agent] {
		s.raise()
	}
}
