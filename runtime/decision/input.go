package decision

import (
	"time"

	"github.com/switchyard/switchyard/runtime/scope"
)

// OfferID is an offer's place in a Model; Model.Offer finds it by its code.
type OfferID int32

// Input is all that a decision depends on.
type Input struct {
	// Level is the audience level of the visitor.
	Level string
	// Frame has the profile and the parameters; it is of that level. What depends on
	// the decision, segments, now, offer and score, is set in it: nobody else may use
	// the frame meanwhile.
	Frame    *scope.Frame
	Segments []string
	Point    Point
	// Count is how many offers are wanted.
	Count int
	Now   time.Time

	// Exclude are offers that another point of the same call has already.
	Exclude []OfferID
	// Past is what happened with offers before; an offer is in it once at most.
	Past []Past
	// Totals says how often an offer with a total limit was presented to anybody,
	// within the time of the limit. Without it never. The same offer gets the same
	// answer as long as the decision lasts.
	Totals func(OfferID) int64

	// Blocked are offers that this customer is never given.
	Blocked []OfferID
	// Overrides of this customer, in order: the first that applies counts.
	Overrides []Override
	// Defaults are offers that are candidates whatever the segments.
	Defaults []Default

	// Learned gives the score that a model has learned for an offer and this
	// visitor; false while it knows too little. Without it nothing was learned. The
	// same offer gets the same answer as long as the decision lasts, also where
	// chance has a part in it.
	Learned func(model string, offer OfferID) (score float64, known bool)
}

// Past is what happened with an offer before.
type Past struct {
	Offer OfferID

	// In this visit.
	Shown      int // presentations
	Accepted   bool
	Rejected   bool
	Suppressed bool // by an event

	// Of the customer in all visits, this one among them.
	AcceptedAt time.Time // last; zero for never
	RejectedAt time.Time // last; zero for never
	// Unanswered counts presentations since the last response, the last of them
	// was at ShownAt.
	Unanswered int
	ShownAt    time.Time
	// Presented counts presentations within the time of the offer's limit per
	// customer.
	Presented int64
}

// Override changes the score of an offer for one customer. One whose offer the
// model does not have, or whose condition fails, does not apply.
type Override struct {
	Offer OfferID
	Score float64
	// Adds makes the offer a candidate where no rule does; otherwise the override
	// only changes scores.
	Adds bool
	// Final scores count whatever was learned.
	Final bool
	// Zone and Segment narrow where it applies; empty for everywhere.
	Zone, Segment string
	// When is a condition under which it applies, nil for always.
	When *scope.Program
}

// Default is an offer that is a candidate whatever the segments.
type Default struct {
	Offer OfferID
	Score float64
}

// Point is an interaction point of a Model.
type Point struct {
	Name string
	Zone string
	// Default is answered when no offer qualifies.
	Default string

	zone int32
}
