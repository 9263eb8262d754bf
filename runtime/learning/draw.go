package learning

import (
	"math"
	"slices"
)

// Draws is the number of samples of which propensities are the shares.
const Draws = 64

// maxSamples bounds the samples of all offers for the propensities of a decision,
// but for leastDraws of each.
const (
	maxSamples = 16 * Draws
	leastDraws = 4
)

// percent makes scores of probabilities: 0 to 100, as marketers' are.
const percent = 100

// Draw scores the offers of one decision. It can be used again, and belongs to one
// goroutine at a time.
type Draw struct {
	snapshot *Snapshot
	context  *Context
	seed     uint64
	explores bool
	asked    []asked
	places   []int32 // by offer: its place in asked, from 1
	samples  []float64
	counted  counted
}

// counted is in how many samples the first of the chosen was the best of all.
type counted struct {
	draws int // 0: not counted yet
	first float64
}

// asked is a candidate.
type asked struct {
	offer int
	belief
	score float64 // that counts
}

// Begin begins a decision. The context is of the snapshot's layout, and is not to
// change before the end.
func (d *Draw) Begin(s *Snapshot, c *Context, seed uint64) {
	for _, a := range d.asked {
		d.places[a.offer] = 0
	}
	d.snapshot, d.context, d.seed, d.asked, d.counted = s, c, seed, d.asked[:0], counted{}
	if n := len(s.offers); len(d.places) < n {
		d.places = append(d.places, make([]int32, n-len(d.places))...)
	}
	coin := stream(seed, math.MaxUint64)
	d.explores = s.layout.exploration > 0 && coin.uniform() < s.layout.exploration
}

// Explores reports whether the decision is made at random.
func (d *Draw) Explores() bool { return d.explores }

// Score is the sampled probability of acceptance of a candidate, in percent, or
// any number where the decision is made at random. It is false where the
// marketer's score counts, and for an offer that the snapshot does not have. The
// same offer has the same score as long as the decision lasts.
func (d *Draw) Score(offer int) (float64, bool) {
	if d.snapshot == nil || offer < 0 || offer >= len(d.snapshot.offers) {
		return 0, false
	}
	if at := d.places[offer]; at > 0 {
		return d.asked[at-1].score, d.known()
	}
	a := asked{offer: offer}
	switch {
	case d.explores:
		from := stream(^d.seed, uint64(offer)) // not that of samples
		a.score = percent * from.uniform()
	case !d.snapshot.waiting:
		from := stream(d.seed, uint64(offer))
		a.belief = d.snapshot.belief(d.context, offer)
		a.score = percent * d.snapshot.sample(a.belief, &from)
	}
	d.asked = append(d.asked, a)
	d.places[offer] = int32(len(d.asked)) //nolint:gosec // offers are counted by int32
	return a.score, d.known()
}

func (d *Draw) known() bool { return d.explores || !d.snapshot.waiting }

// Candidates is the number of offers that Score was asked for.
func (d *Draw) Candidates() int { return len(d.asked) }

// Propensities are the probabilities with which each of the chosen offers was
// among as many, in (0, 1]; they are appended to list. The chosen are those that
// were scored. While the marketer's scores count, marketer says whether they
// alone would have chosen an offer too; otherwise it is not asked and may be nil.
func (d *Draw) Propensities(list []float64, chosen []int, marketer func(offer int) bool) []float64 {
	n, candidates := len(chosen), max(len(d.asked), len(chosen))
	exploration := d.snapshot.layout.exploration
	random := exploration * float64(n) / float64(max(candidates, 1))
	from := len(list)
	switch {
	case n == candidates:
		for range chosen {
			list = append(list, 1)
		}
		return list
	case d.snapshot.waiting:
		for _, offer := range chosen {
			p := random
			if !d.explores || marketer(offer) {
				p += 1 - exploration
			}
			list = append(list, min(p, 1))
		}
		return list
	}
	for range chosen {
		list = append(list, 0)
	}
	draws := d.count(list[from:], chosen)
	for i := from; i < len(list); i++ {
		times := list[i]
		if !d.explores {
			times = max(times, 1) // it was chosen, also where it tied
		}
		list[i] = min((1-exploration)*times/float64(draws)+random, 1)
	}
	return list
}

// First is the probability with which the offer that came first did so, in (0, 1]:
// the first of those that Propensities was asked for before, or any where it was
// not. Baseline says whether the marketer's scores alone would have put it first.
func (d *Draw) First(offer int, baseline bool) float64 {
	candidates := max(len(d.asked), 1)
	exploration := d.snapshot.layout.exploration
	random := exploration / float64(candidates)
	switch {
	case candidates == 1:
		return 1
	case d.snapshot.waiting && (baseline || !d.explores):
		return min(1-exploration+random, 1)
	case d.snapshot.waiting:
		return random
	}
	if d.counted.draws == 0 {
		d.count([]float64{0}, []int{offer})
	}
	times := d.counted.first
	if !d.explores {
		times = max(times, 1) // it came first, also where it tied
	}
	return min((1-exploration)*times/float64(d.counted.draws)+random, 1)
}

// Exploration is the share of decisions that is made at random.
func (d *Draw) Exploration() float64 { return d.snapshot.layout.exploration }

// Asked appends the offers that Score was asked for.
func (d *Draw) Asked(list []int) []int {
	for _, a := range d.asked {
		list = append(list, a.offer)
	}
	return list
}

// count counts in how many samples each of the chosen is among the best.
func (d *Draw) count(times []float64, chosen []int) (draws int) {
	if d.explores {
		d.sampleFirst()
	}
	d.samples = slices.Grow(d.samples[:0], len(d.asked))[:len(d.asked)]
	for i, a := range d.asked {
		d.samples[i] = a.score
	}
	d.tally(times, chosen, len(d.asked))
	likely := d.contenders(len(chosen))
	draws = min(max(maxSamples/max(likely, 1), leastDraws), Draws)
	for draw := 1; draw < draws; draw++ {
		for i, a := range d.asked[:likely] {
			from := stream(d.seed+uint64(draw)*golden, uint64(a.offer)) //nolint:gosec // both are small
			d.samples[i] = percent * d.snapshot.sample(a.belief, &from)
		}
		d.tally(times, chosen, likely)
	}
	d.counted.draws = draws
	return draws
}

// sampleFirst makes up the scores by which a decision at random was not made.
func (d *Draw) sampleFirst() {
	for i := range d.asked {
		a := &d.asked[i]
		from := stream(d.seed, uint64(a.offer)) //nolint:gosec // a place in a list
		a.belief = d.snapshot.belief(d.context, a.offer)
		a.score = percent * d.snapshot.sample(a.belief, &from)
	}
}

// contenders puts those first that may be among the best n, and returns how many
// they are: all others are three standard deviations below.
func (d *Draw) contenders(n int) int {
	const deviations = 3
	for i, a := range d.asked {
		mean, deviation := d.snapshot.moments(a.belief)
		d.samples[i] = mean - deviations*deviation
	}
	slices.Sort(d.samples)
	least, likely := d.samples[len(d.samples)-n], 0
	for i := range d.asked {
		mean, deviation := d.snapshot.moments(d.asked[i].belief)
		if mean+deviations*deviation >= least {
			d.asked[i], d.asked[likely] = d.asked[likely], d.asked[i]
			likely++
		}
	}
	for i, a := range d.asked {
		d.places[a.offer] = int32(i) + 1 //nolint:gosec // offers are counted by int32
	}
	return likely
}

// tally adds one for each of the chosen that is among the best of the first so
// many samples.
func (d *Draw) tally(times []float64, chosen []int, sampled int) {
	for i, offer := range chosen {
		at := int(d.places[offer]) - 1
		if at < 0 || at >= sampled {
			continue
		}
		mine, better := d.samples[at], 0
		for k, s := range d.samples[:sampled] {
			if s > mine || s == mine && k < at {
				better++
			}
		}
		if better < len(chosen) {
			times[i]++
		}
		if i == 0 && better == 0 {
			d.counted.first++
		}
	}
}
