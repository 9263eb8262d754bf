package history

import (
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Contact is one presentation of an offer.
type Contact struct {
	Treatment Treatment
	Session   string
	Channel   string
	Point     string
	Zone      string

	// Level and Customer are the audience level and the canonical key. Without a
	// key the visitor is anonymous: nothing is kept of it but the contact.
	Level    string
	Customer string

	Offer string
	// Strategy and Rule are empty for an assigned or a default offer.
	Strategy, Rule string
	// Segment is that of the rule; empty for a rule of everybody.
	Segment string
	Score   float64
	Source  decision.Source
	// Learning is the model that took part, empty for none.
	Learning string
	// Propensity is the probability with which this offer was chosen here.
	Propensity float64

	// Deployment and Hash are those of the version that was served.
	Deployment int64
	Hash       string
	At         time.Time

	// Columns are those of the history mapping, and what else shall be kept. Values
	// as definition.ValueType.Convert gives them.
	Columns map[string]any

	// PerCustomer is the offer's limit per customer, nil for none: the state of the
	// customer and offer keeps what is needed for it.
	PerCustomer *definition.Limit
	// Reservation is where a presentation of an offer with a total limit was taken
	// from, by Limits.Take; zero for an offer without.
	Reservation Reservation
}

// Reservation is a chunk of presentations that a server has reserved.
type Reservation uuid.UUID

// IsZero reports whether it is none.
func (r Reservation) IsZero() bool { return r == Reservation{} }
