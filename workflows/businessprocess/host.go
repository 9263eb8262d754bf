package businessprocess

import (
	"context"

	"github.com/switchyard/switchyard/interactionserver/process"
)

// Host is the interaction server: its database holds the state of processes.
// Errors are faults; those of kind NotFound and Invalid are final, all others are
// retried.
type Host interface {
	// Advance moves the process of an interaction on until it must wait, in one
	// transaction. Called again without news it returns the same Await.
	Advance(ctx context.Context, interaction string) (Await, error)
	// PendingCall returns the request that the process waits to have sent; ok is
	// false when it no longer waits for the one with that sequence number.
	PendingCall(ctx context.Context, interaction string, sequence int64) (request process.Request, ok bool, err error)
	// Offers asks the runtime for offers to the interaction's customer.
	Offers(ctx context.Context, interaction string, asked process.Offers) (Response, error)
	// Answer records the outcome of a call, an event of kind Responded or
	// CallFailed. The first one of a sequence number counts; one that nobody
	// waits for is dropped.
	Answer(ctx context.Context, interaction string, outcome process.Event) error
}

// MessageKind says what a message asks of Temporal.
type MessageKind string

// The closed set of message kinds.
const (
	StartMessage MessageKind = "start" // begin the workflow of a new interaction
	NudgeMessage MessageKind = "nudge" // tell it that something changed
)

// Message is one row of the outbox.
type Message struct {
	ID          int64
	Kind        MessageKind
	Interaction string
	Process     string
	MediaType   string
	// Queue is the first queue of the process when it is already known.
	Queue string
}

// Outbox holds what has to be told to Temporal. Rows are written with the change
// that they tell of, so they outlive a crash and an outage.
type Outbox interface {
	// Pending returns the oldest unsettled messages, at most limit.
	Pending(ctx context.Context, limit int) ([]Message, error)
	// Settle removes messages; ids that are gone are ignored.
	Settle(ctx context.Context, ids []int64) error
	// Open reports whether the interaction has not stopped yet.
	Open(ctx context.Context, interaction string) (bool, error)
}
