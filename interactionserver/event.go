package interactionserver

import (
	"encoding/json"
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// EventKind names what happened.
type EventKind string

// The closed set of events.
const (
	EventSubmitted  EventKind = "submitted"
	EventQueued     EventKind = "placed-in-queue"
	EventRouting    EventKind = "routing"       // waits for an agent
	EventWaiting    EventKind = "waiting"       // waits for a time
	EventRequested  EventKind = "requested"     // an external call is to be made
	EventResponded  EventKind = "responded"     // its answer, or its failure
	EventInvited    EventKind = "agent-invited" // offered to an agent
	EventAccepted   EventKind = "accepted"
	EventRejected   EventKind = "rejected"
	EventUnanswered EventKind = "not-answered" // the invitation ran out
	EventPulled     EventKind = "pulled"
	EventCompleted  EventKind = "completed"
	EventNoTarget   EventKind = "no-target" // every target's time ran out
	EventStopped    EventKind = "stopped"

	EventMediumChanged EventKind = "medium-changed"         // of an agent
	EventDoNotDisturb  EventKind = "do-not-disturb-changed" // of an agent
)

// Event is one entry of the log: nothing changes without one.
type Event struct {
	// ID grows with time within one interaction.
	ID          int64
	At          time.Time
	Kind        EventKind
	Interaction InteractionID     // empty for an agent's own events
	Agent       tenants.AccountID // whom it concerns; empty when nobody
	// Actor is the account that caused it; empty for the server itself.
	Actor      tenants.AccountID
	Assignment int64 // 0 where there is none
	Reason     string
	// Detail is an object with what else belongs to the kind; nil when nothing.
	Detail json.RawMessage
}
