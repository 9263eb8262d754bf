package decisiontest

import "slices"

// Hand is the rules as closures, which are tried one after another.
type Hand []Rule

// Rule is a rule of four clauses in Go. Zones and segments are sets of bits, the
// highest of the segments being that of everybody.
type Rule struct {
	zones, segments uint8
	offer           int
	score           float64
	when            func(*Person) bool
}

// Choice is an offer that was chosen; those with a lower number have a lower code.
type Choice struct {
	Offer int
	Score float64
}

// The visitor's zone and segments as bits.
var (
	visitorZones    = bitsOf(zones[:1], zones)
	visitorSegments = bitsOf(VisitorSegments, segments) | 1<<len(segments)
)

func bitsOf(names, all []string) (bits uint8) {
	for _, name := range names {
		bits |= 1 << slices.Index(all, name)
	}
	return bits
}

// Decide adds the best offers to best, at most Wanted. It does what somebody would
// who writes these rules by hand and wants them fast: a rule that could not come
// among the best any more is not tried.
func (h Hand) Decide(p *Person, best []Choice) []Choice {
	zone, segments := visitorZones, visitorSegments
	for i := range h {
		r := &h[i]
		if r.zones&zone == 0 || r.segments&segments == 0 {
			continue
		}
		if len(best) == Wanted && !r.beats(best[Wanted-1]) || !r.when(p) {
			continue
		}
		best = r.insert(best)
	}
	return best
}

func (r *Rule) beats(c Choice) bool {
	return r.score > c.Score || r.score == c.Score && r.offer < c.Offer
}

// insert puts the offer where it belongs, each offer once.
func (r *Rule) insert(best []Choice) []Choice {
	at := len(best)
	for i, c := range best {
		if c.Offer == r.offer {
			if r.score <= c.Score {
				return best
			}
			at = i
			break
		}
	}
	switch {
	case at < len(best):
	case len(best) < Wanted:
		best = append(best, Choice{})
	default:
		at--
	}
	for ; at > 0 && r.beats(best[at-1]); at-- {
		best[at] = best[at-1]
	}
	best[at] = Choice{Offer: r.offer, Score: r.score}
	return best
}
