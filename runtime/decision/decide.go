package decision

import (
	"cmp"
	"slices"
)

// Decide chooses the best offers.
func (m *Model) Decide(in *Input) Result {
	var result Result
	m.DecideInto(in, &result)
	return result
}

// DecideInto is Decide for many decisions: the memory of into is used again.
func (m *Model) DecideInto(in *Input, into *Result) {
	r := m.begin(in)
	if r.level != nil {
		r.search()
		r.unranked()
	}
	r.assignedAndDefaults()
	r.write(into, r.choose(in.Count))
	m.end(r)
}

// run is the state of one decision. It is used again: slices by offer are empty
// between decisions.
type run struct {
	m     *Model
	in    *Input
	level *level // nil where the model has none of that name
	now   int64
	point int32 // its zone
	// learning is the model of the zone, empty for none.
	learning string
	segments []int32

	found    search
	dropped  []Reason // by offer: why it is
	override []int32  // by offer: the override that applies, from 1
	applies  []bool   // by override
	kept     []int32  // by offer: its place in entries, from 1
	seated   []bool   // by offer: whether it is among the chosen
	touched  []OfferID
	entries  []entry
	chosen   []entry
	baseline baseline
}

// entry is a candidate that has a score.
type entry struct {
	score  float64
	offer  OfferID
	rule   RuleID
	order  int32 // of the candidate: rules, then assigned, then defaults
	source source
	learns bool // the zone's model takes part
}

// source is a Source in one byte.
type source uint8

const (
	fromRule source = iota
	fromExpression
	fromOverride
	fromDefault
	fromLearning
)

var sources = [...]Source{
	fromRule: FromRule, fromExpression: FromExpression, fromOverride: FromOverride, fromDefault: FromDefault, fromLearning: FromLearning,
}

func newRun(m *Model) *run {
	return &run{m: m, dropped: make([]Reason, len(m.offers)), override: make([]int32, len(m.offers)), kept: make([]int32, len(m.offers)),
		seated: make([]bool, len(m.offers))}
}

func (m *Model) begin(in *Input) *run {
	r := m.runs.Get().(*run)
	r.in, r.now, r.point, r.learning = in, in.Now.UnixMicro(), in.Point.zone, ""
	if in.Point.Name == "" {
		r.point = unknown
	} else {
		r.learning = m.learning[r.point]
	}
	r.baseline = baseline{wanted: r.learning != "" && in.Learned != nil}
	if r.level = m.levels[in.Level]; r.level != nil {
		for _, name := range in.Segments {
			if id, ok := r.level.segments[name]; ok && !slices.Contains(r.segments, id) {
				r.segments = append(r.segments, id)
			}
		}
	}
	if in.Frame != nil {
		in.Frame.SetSegments(in.Segments)
		in.Frame.SetNow(in.Now)
	}
	r.applyOverrides()
	r.dropOffers()
	return r
}

func (m *Model) end(r *run) {
	for _, id := range r.touched {
		r.dropped[id], r.override[id], r.kept[id], r.seated[id] = "", 0, 0, false
	}
	r.in, r.level = nil, nil
	r.segments, r.applies, r.touched, r.entries, r.chosen = r.segments[:0], r.applies[:0], r.touched[:0], r.entries[:0], r.chosen[:0]
	m.runs.Put(r)
}

// keep notes a candidate that was not dropped, where it is the best of its offer:
// step 5.
func (r *run) keep(e entry, v verdict) {
	if v.reason != "" {
		return
	}
	if r.baseline.wanted {
		r.baseline.kept(r, e)
	}
	at := r.kept[e.offer]
	if at == 0 {
		r.entries = append(r.entries, e)
		r.kept[e.offer] = int32(len(r.entries))
		r.touched = append(r.touched, e.offer)
		return
	}
	if best := &r.entries[at-1]; e.beats(best) {
		*best = e
	}
}

// beats compares two candidates of one offer.
func (e *entry) beats(other *entry) bool {
	if e.score != other.score {
		return e.score > other.score
	}
	return e.order < other.order
}

// few is the number up to which the best are kept sorted while looking.
const few = 16

// best sorts the best n of the entries: step 6. The others are lost.
func (r *run) best(n int) []entry {
	n = min(max(n, 0), len(r.entries))
	if n > few || n == len(r.entries) {
		slices.SortFunc(r.entries, r.m.order)
		return r.entries[:n]
	}
	for i, e := range r.entries {
		// The first min(i, n) are sorted, and are the best of those before i.
		at := min(i, n)
		if at == n {
			if n == 0 || r.m.order(e, r.entries[n-1]) >= 0 {
				continue
			}
			at--
		}
		for ; at > 0 && r.m.order(e, r.entries[at-1]) < 0; at-- {
			r.entries[at] = r.entries[at-1]
		}
		r.entries[at] = e
	}
	return r.entries[:n]
}

// order compares candidates: the higher score, the newer offer, the code; those of
// one offer as beats does.
func (m *Model) order(a, b entry) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	if a.offer == b.offer {
		return cmp.Compare(a.order, b.order)
	}
	if a, b := m.offers[a.offer].newness, m.offers[b.offer].newness; a != b {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a.offer, b.offer)
}

func (r *run) write(into *Result, best []entry) {
	*into = Result{Offers: into.Offers[:0]}
	if len(best) == 0 {
		into.Default = r.in.Point.Default
		return
	}
	into.Offers = slices.Grow(into.Offers, len(best))
	for i := range best {
		e := &best[i]
		c := Chosen{Offer: e.offer, Code: r.m.offers[e.offer].code, Score: e.score, Source: sources[e.source], Rule: e.rule}
		if e.learns {
			c.Learning = r.learning
		}
		into.Offers = append(into.Offers, c)
	}
	r.baseline.tell(r, into)
}
