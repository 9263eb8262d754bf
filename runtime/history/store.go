package history

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Batch is what one caller records at once: all of it or nothing.
type Batch struct {
	Contacts  []Contact
	Responses []Response
	// Again says that it may be there already, by an attempt of which it is not
	// known how it ended.
	Again bool
}

// Rows is the number of contacts and responses.
func (b *Batch) Rows() int { return len(b.Contacts) + len(b.Responses) }

// Writer writes batches durably, as far as it can in one transaction.
type Writer interface {
	// Write writes all batches or none, and returns what became of the responses,
	// batch by batch. Writing the same again is safe where the batches say so. Where the reservations of some
	// have lapsed nothing is written, and the error is a *LapsedError. An error that
	// is a fault.Unavailable may pass.
	Write(ctx context.Context, batches []Batch) ([][]Kept, error)
}

// LapsedError says that reservations are not valid any more.
type LapsedError struct{ Reservations []Reservation }

// Error implements error.
func (*LapsedError) Error() string { return "reserved presentations have lapsed" }

// Chunk is a part of a total limit that one server may present.
type Chunk struct {
	ID Reservation
	// Size is the number of presentations; 0 where none is left.
	Size int64
	// Counted are the presentations that count beside this chunk, those that other
	// servers have reserved among them.
	Counted int64
	// Lasts is how long it may be taken from.
	Lasts time.Duration
}

// Reserver reserves presentations of offers with a total limit.
type Reserver interface {
	// Reserve reserves some of what is left of the allowed number: none where none
	// is left, and otherwise as few as leave enough for other servers. Within is the
	// time of the limit, nil for ever.
	Reserve(ctx context.Context, offer string, allowed int64, within *duration.Duration) (Chunk, error)
	// Release gives back what was not presented of chunks.
	Release(ctx context.Context, chunks []Reservation) error
}

// Total is the total limit of an offer now.
type Total struct {
	Offer string
	Limit definition.Limit
	// Allowed is how many presentations it allows up to now:
	// definition.Offer.Allowed.
	Allowed int64
}

// Entry is a row of the history. Exactly one of Contact, Response and Orphan is
// there.
type Entry struct {
	Sequence int64
	Contact  *Contact
	Response *RecordedResponse
	Orphan   *Response
}

// RecordedResponse is a response with what is known from its contact.
type RecordedResponse struct {
	Response
	Level, Customer, Offer string
	CrossSession           bool
}

// Page is a part of the history in the order of its sequence. A row is there once
// no row can come before it any more: whoever goes on after Next misses none.
type Page struct {
	Entries []Entry
	// Next is where the next page begins.
	Next int64
	// More says that there are more rows by now.
	More bool
}

// Reader reads the history.
type Reader interface {
	// Read returns at most limit rows after that sequence; 0 is the beginning.
	Read(ctx context.Context, after int64, limit int) (Page, error)
}
