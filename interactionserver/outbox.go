package interactionserver

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// OutboxKind says what the process host is to be told.
type OutboxKind string

// The closed set of outbox kinds.
const (
	OutboxStart OutboxKind = "start" // begin the process of a new interaction
	OutboxNudge OutboxKind = "nudge" // call Advance: there is news
)

// OutboxEntry is a message to the process host that is delivered at least once:
// it was written together with the change that it tells of, and stays until it
// is settled. It carries no data, so that delivering it twice is harmless.
type OutboxEntry struct {
	ID          int64
	Kind        OutboxKind
	Interaction InteractionID
	Process     tenants.Name
	MediaType   string
}

// inheritance is how long an entry is left to the server that wrote it before
// others of the group deliver it.
const inheritance = 5 * time.Second

// Outbox returns at most limit entries to deliver now, oldest first: those that
// this server wrote, and those that another one left behind, of the processes
// that are granted. Deliver them, then Settle them.
func (s *Service) Outbox(ctx context.Context, limit int) ([]OutboxEntry, error) {
	processes := s.view.Load().processes
	if len(processes) == 0 {
		return nil, nil
	}
	return s.store.Outbox(ctx, processes, inheritance, limit)
}

// OutboxReady receives when an entry was written by this server. It is a hint:
// poll Outbox as well, for entries that were left behind.
func (s *Service) OutboxReady() <-chan struct{} { return s.outbox }

// Settle removes delivered entries.
func (s *Service) Settle(ctx context.Context, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	return s.store.Settle(ctx, ids)
}

// Open reports whether an interaction is there and has not stopped, so that its
// process has to go on. Like Advance it is for the process host.
func (s *Service) Open(ctx context.Context, id InteractionID) (bool, error) {
	in, found, err := s.store.Find(ctx, id)
	return found && in.State != Stopped, err
}

const (
	// patience is how long the process host may take before it is told again.
	patience = time.Minute
	// remindEvery is how often those are looked for that wait for it longer.
	remindEvery = time.Minute
)

// remind tells the process host again of what it was told and seems to have lost,
// as when its own database was restored. Such interactions would wait for ever:
// their entries are settled.
func (s *Service) remind(ctx context.Context) {
	var last time.Time
	for {
		pause(ctx, remindEvery)
		if ctx.Err() != nil {
			return
		}
		now, err := s.remindOnce(ctx, last)
		switch {
		case err == nil:
			last = now
		case ctx.Err() == nil:
			s.log.Warn("cannot look for interactions that wait for the process host", "error", err)
		}
	}
}

// remindOnce tells of those whose time for it came since the last time, and
// returns when that was.
func (s *Service) remindOnce(ctx context.Context, last time.Time) (time.Time, error) {
	posted, now, err := s.store.Remind(ctx, s.view.Load().processes, patience, last)
	if posted > 0 {
		s.log.Warn("told the process host again of interactions that it keeps waiting", "interactions", posted)
		s.outbox.raise()
	}
	return now, err
}
