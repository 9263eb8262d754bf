package customer

import (
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Past is what happened between one customer and one offer, in all visits.
type Past struct {
	// Presented counts all presentations.
	Presented int64
	// Recent are presentations that the time of a limit may still hold, in order.
	Recent []Presentations
	// ShownAt is the last presentation, zero for never.
	ShownAt time.Time
	// Unanswered counts presentations since the last response.
	Unanswered  int
	RespondedAt time.Time // last response of any class
	AcceptedAt  time.Time
	RejectedAt  time.Time
}

// Presentations are some at about the same time.
type Presentations struct {
	At    time.Time
	Count int64
}

// Present notes a presentation of an offer with that limit per customer, nil for
// none.
func (p *Past) Present(at time.Time, perCustomer *definition.Limit) {}

// Accept, Reject and Answer note a response that counts as that; Answer one that
// counts as neither.
func (p *Past) Accept(at time.Time) {}

// Reject notes a response that counts as a rejection.
func (p *Past) Reject(at time.Time) {}

// Answer notes a response that counts as neither.
func (p *Past) Answer(at time.Time) {}

// PresentedWithin counts the presentations that count for that limit now, for
// decision.Past.Presented.
func (p *Past) PresentedWithin(perCustomer *definition.Limit, now time.Time) int64 { return 0 }
