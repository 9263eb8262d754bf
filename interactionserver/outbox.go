package interactionserver

import "github.com/switchyard/switchyard/tenants"

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
