package history

import (
	"time"
)

// Class is what a response counts as.
type Class string

// The closed set of classes.
const (
	Accept  Class = "accept"
	Reject  Class = "reject"
	Neither Class = "neither"
	// Seen is no answer of the customer: a touchpoint tells that it has shown the
	// offer.
	Seen Class = "seen"
)

// Response is what a customer did with a presented offer. The first of a treatment
// and a type counts.
type Response struct {
	Treatment Treatment
	// Type is a name: a response type of the history mapping, or one of those that
	// are always there.
	Type  string
	Class Class
	// Session is the session in which it came; another one than the contact's makes
	// it a cross-session response.
	Session string
	Channel string
	At      time.Time
	Columns map[string]any
}

// Answer is a response and the contact that it is to.
type Answer struct {
	*Response
	Contact *Contact
}

// Kept is what became of a response.
type Kept struct {
	State KeptState
	// CrossSession says that the contact was of another session.
	CrossSession bool
	// Level, Customer, Offer and Session are the contact's; empty of an orphan.
	Level, Customer, Offer, Session string
}

// KeptState is what became of a response.
type KeptState string

// The closed set of states of a kept response.
const (
	// Recorded is the first of its treatment and type.
	Recorded KeptState = "recorded"
	// Repeated was there before, and changes nothing.
	Repeated KeptState = "repeated"
	// Orphaned has no contact. It is kept apart.
	Orphaned KeptState = "orphaned"
	// Refused has no contact and is not kept: too many such are.
	Refused KeptState = "refused"
)
