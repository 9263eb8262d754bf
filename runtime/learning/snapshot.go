package learning

import (
	"math"
	"slices"
	"time"
)

// Offer is one that may be a candidate; its place in a list is what it is called
// by.
type Offer struct {
	Code string
	// Awaited are the times in which the marketer's scores count until it has the
	// minimum of presentations: while it can be offered.
	Awaited []Span
}

// Span is a time from an instant, included, until another, not included. The zero
// time is without limit.
type Span struct{ From, Until time.Time }

func (o *Offer) awaited(now time.Time) bool {
	return slices.ContainsFunc(o.Awaited, func(s Span) bool {
		return !now.Before(s.From) && (s.Until.IsZero() || now.Before(s.Until))
	})
}

// Snapshot is what a model knows at an instant, in the form that decisions read.
// It is immutable and safe for concurrent use.
type Snapshot struct {
	layout *Layout
	offers []offer
	cells  map[uint64]belief // by offer and cell
	// waiting says that some offer lacks its minimum of presentations.
	waiting bool
}

// belief is what is known of a probability: a Beta distribution of these
// parameters, or a normal one of this mean and standard deviation.
type belief struct{ a, b float64 }

// offer is an offer: its own rate, and of cells what holds in one where it was
// never presented.
type offer struct {
	rate    float64
	prior   belief
	weights *weights // of a linear model; nil before the first presentation
}

// maxPrior is the most presentations that an offer's own rate counts for in a cell.
const maxPrior = 20

// NewSnapshot makes a snapshot as of an instant, which the statistics survive
// unchanged. Their shape is that of the layout.
func NewSnapshot(l *Layout, s *Statistics, offers []Offer, now time.Time) *Snapshot {
	made := &Snapshot{layout: l, offers: make([]offer, len(offers))}
	if l.shape.Features == 0 {
		made.cells = map[uint64]belief{}
	}
	places := make(map[string]int, len(offers))
	for i, o := range offers {
		places[o.Code] = i
		whole := s.rows[place{o.Code, Whole}]
		if whole == nil {
			whole = &Row{}
		}
		made.offers[i] = l.offer(whole, aged(whole.At, now, l.shape.HalfLife))
		if whole.Presentations < float64(l.minimum) && o.awaited(now) {
			made.waiting = true
		}
	}
	if l.shape.Features > 0 {
		return made
	}
	for at, row := range s.rows {
		if i, ok := places[at.offer]; ok && at.cell != Whole {
			n, a := sums(row, aged(row.At, now, l.shape.HalfLife))
			prior := made.offers[i].prior
			made.cells[cellOf(i, uint32(at.cell))] = belief{prior.a + a, prior.b + n - a} //nolint:gosec // at most Cells
		}
	}
	return made
}

func cellOf(offer int, cell uint32) uint64 { return uint64(offer)<<32 | uint64(cell) } //nolint:gosec // a place in a list

// sums are the weights of presentations and of acceptances. There may be more of
// these for a moment, where servers are not of one time.
func sums(r *Row, factor float64) (n, a float64) {
	n = r.Weight * factor
	return n, min(r.Accepted*factor, n)
}

func (l *Layout) offer(whole *Row, factor float64) offer {
	n, a := sums(whole, factor)
	o := offer{rate: (a + 1) / (n + 2)}
	if l.shape.Features == 0 {
		k := min(n+2, maxPrior)
		o.prior = belief{k * o.rate, k * (1 - o.rate)}
	} else if len(whole.Moments) == moments(l.shape.Features) {
		o.weights = solve(whole.Moments, l.shape.Features, factor, o.rate)
	}
	return o
}

// Offers is the number of offers.
func (s *Snapshot) Offers() int { return len(s.offers) }

// Waiting reports whether the marketer's scores count, until each offer has its
// minimum of presentations.
func (s *Snapshot) Waiting() bool { return s.waiting }

// Layout is that of the contexts which it reads.
func (s *Snapshot) Layout() *Layout { return s.layout }

// belief is what is known of an offer in a context.
func (s *Snapshot) belief(c *Context, offer int) belief {
	o := &s.offers[offer]
	switch {
	case s.layout.shape.Features > 0:
		return o.linear(c.Features)
	default:
		if known, ok := s.cells[cellOf(offer, c.Cell)]; ok {
			return known
		}
		return o.prior
	}
}

// Mean is the probability of acceptance that is to be expected.
func (s *Snapshot) Mean(c *Context, offer int) float64 {
	mean, _ := s.moments(s.belief(c, offer))
	return mean
}

// moments are the mean and the standard deviation.
func (s *Snapshot) moments(b belief) (mean, deviation float64) {
	if s.layout.shape.Features > 0 {
		return b.a, b.b
	}
	sum := b.a + b.b
	return b.a / sum, math.Sqrt(b.a*b.b/(sum+1)) / sum
}

// sample draws a probability. What a linear model draws may lie beyond 0 and 1.
func (s *Snapshot) sample(b belief, from *source) float64 {
	if s.layout.shape.Features > 0 {
		return b.a + b.b*from.normal()
	}
	return from.beta(b.a, b.b)
}
