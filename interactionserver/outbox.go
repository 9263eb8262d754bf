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
