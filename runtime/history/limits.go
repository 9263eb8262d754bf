package history

import (
	"context"
)

// Limits hands out the presentations that total limits allow. It is safe for
// concurrent use.
type Limits struct{ store Reserver }

// NewLimits returns a Limits that has reserved nothing yet.
func NewLimits(store Reserver) *Limits { return &Limits{store: store} }

// Count is how often the offer was presented or reserved by others, for
// decision.Input.Totals: less than allowed exactly where this server has a
// presentation to take. Where it has none it reserves some, which asks the
// database; while that is away, or ctx ends, nothing is left.
func (l *Limits) Count(ctx context.Context, t Total) int64 { return t.Allowed }

// Take takes one presentation of an offer that was chosen; the contact carries the
// reservation. It is false where another session was faster: then the offer is
// excluded, and decided again.
func (l *Limits) Take(offer string) (Reservation, bool) { return Reservation{}, false }

// Close gives back what was reserved and not taken.
func (l *Limits) Close(ctx context.Context) error { return nil }
