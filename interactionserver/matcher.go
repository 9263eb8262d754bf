package interactionserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	// retry is how long the background work waits after an error, and between two
	// attempts to take the lead.
	retry = time.Second
	// refresh is how often the matcher reads everything anew, in case a change of
	// another server was missed.
	refresh = 15 * time.Second
)

// matcher brings interactions that wait for an agent together with agents that
// are free. One server of the group at a time does it for a set of processes, so
// that they do not do the same work; that no agent gets too much and no
// interaction two agents is ensured by the conditions of Store.Invite alone.
//
// It keeps what waits in memory, told by the Service's methods, and by watching
// the log of events for what other servers do, and reads it anew when it takes
// the lead, and now and then. What it believes may be out of date: an offer that
// is not possible any more is not made, and its interaction looked at again.
type matcher struct {
	service *Service
	wake    signal

	mu      sync.Mutex
	leading bool
	inbox   inbox
}

// inbox is what the matcher was told since its last round.
type inbox struct {
	startOver bool
	added     []Record                   // they wait, as they were just written
	changed   map[InteractionID]struct{} // to be read
}

func newMatcher(s *Service) *matcher {
	return &matcher{service: s, wake: newSignal()}
}

// startOver has the matcher work by a new configuration.
func (m *matcher) startOver() { m.tell(func(in *inbox) { in.startOver = true }) }

// add tells of an interaction that has begun to wait for an agent.
func (m *matcher) add(r Record) { m.tell(func(in *inbox) { in.added = append(in.added, r) }) }

// look has the matcher read these interactions and match again.
func (m *matcher) look(ids ...InteractionID) {
	m.tell(func(in *inbox) {
		for _, id := range ids {
			in.changed[id] = struct{}{}
		}
	})
}

// forget tells that an interaction waits no longer.
func (m *matcher) forget(id InteractionID) { m.look(id) }

// tell adds to the inbox of a matcher that leads; another one reads everything
// when it takes the lead.
func (m *matcher) tell(add func(*inbox)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leading {
		add(&m.inbox)
	}
	m.wake.raise()
}

// lead sets whether the inbox is filled, and empties it.
func (m *matcher) lead(leading bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leading = leading
	m.inbox = inbox{changed: map[InteractionID]struct{}{}}
}

// take returns what was told since the last time.
func (m *matcher) take() inbox {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.inbox
	m.inbox = inbox{changed: map[InteractionID]struct{}{}}
	return taken
}

// run leads whenever it can, until ctx ends.
func (m *matcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := m.turn(ctx); err != nil && ctx.Err() == nil {
			m.service.log.Warn("matcher waits", "error", err)
			pause(ctx, retry)
		}
	}
}

// turn takes the lead, or waits a little when another server has it, and matches
// until it is to start over or something fails.
func (m *matcher) turn(ctx context.Context) error {
	v := m.service.view.Load()
	leadership, held, err := m.service.store.Lead(ctx, leadName(v))
	if err != nil {
		return err
	}
	if !held {
		pause(ctx, retry)
		return nil
	}
	defer leadership.Release()
	m.lead(true)
	defer m.lead(false)
	if m.service.view.Load() != v {
		return nil // the configuration changed before the inbox could say so
	}
	r := newRound(m, v)
	for ctx.Err() == nil {
		// A server that was stopped for a while and goes on has lost the lead.
		if err := leadership.Held(ctx); err != nil {
			return err
		}
		again, err := r.play(ctx)
		if err != nil || r.over {
			return err
		}
		m.wait(ctx, again)
	}
	return nil
}

// wait returns when there is news, or time is up.
func (m *matcher) wait(ctx context.Context, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-m.wake:
	case <-timer.C:
	}
}

// leadName is shared by the servers that were granted the same processes.
func leadName(v *view) string {
	sum := sha256.Sum256([]byte(strings.Join(v.processes, "\x00")))
	return "matcher/" + hex.EncodeToString(sum[:8])
}

// pause waits for about d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	sleep.For(ctx, jittered(d))
}

// jittered is d, more or less a fifth, so that servers do not act in step.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
