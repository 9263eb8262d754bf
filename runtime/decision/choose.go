package decision

import "math/bits"

// unranked keeps the rules whose score is another than their own number: that of an
// expression, what was learned, an override of the customer.
func (r *run) unranked() {
	t := r.level.table
	until := t.computed
	if r.learning != "" {
		until = len(t.present)
	}
	for at := range until {
		word := r.word(at)
		if at >= t.computed {
			word &= t.learning[at]
		}
		for ; word != 0; word &= word - 1 {
			r.consider(t.rules[at*wordBits+bits.TrailingZeros64(word)])
		}
	}
	for i := range r.in.Overrides {
		if id := r.in.Overrides[i].Offer; r.applies[i] && r.override[id] == int32(i)+1 && r.dropped[id] == "" { //nolint:gosec // overrides are counted by int32
			r.overridden(id)
		}
	}
}

func (r *run) consider(id RuleID) {
	rule := &r.m.rules[id]
	if r.override[rule.offer] != 0 || r.dropped[rule.offer] != "" {
		return
	}
	if !r.idle(id, rule) {
		r.keep(r.judge(id))
	}
}

// idle reports whether a rule changes nothing whether it holds or not: what was
// learned of an offer is the score of all its rules that learn, of which the first
// counts, and the baseline is better already.
func (r *run) idle(id RuleID, rule *rule) bool {
	at := r.kept[rule.offer]
	if at == 0 || !rule.learns || rule.expression != nil {
		return false
	}
	best := &r.entries[at-1]
	return best.source == fromLearning && best.order < int32(id) &&
		r.baseline.found && r.m.order(r.baseline.first, r.m.ranked(id)) < 0
}

// overridden keeps the rules of an offer that has an override.
func (r *run) overridden(id OfferID) {
	for _, rule := range r.level.table.byOffer[id] {
		if r.candidacy(&r.m.rules[rule]) == "" {
			r.keep(r.judge(rule))
		}
	}
}

func (r *run) assignedAndDefaults() {
	for i := range r.in.Overrides {
		if r.in.Overrides[i].Adds && r.applies[i] {
			r.keep(r.assigned(i))
		}
	}
	for i := range r.in.Defaults {
		r.keep(r.byDefault(i))
	}
}

// choose is the steps 5 and 6. It goes through two rankings at once, that of what
// was kept and that of the rules whose own number is their score, and seats each
// offer when it comes first. Rules are judged in their turn, so that none is after
// the last seat is taken.
func (r *run) choose(count int) []entry {
	kept := r.best(count)
	if r.level != nil && count > 0 {
		kept = r.chooseRanked(kept, count)
	}
	for i := range kept {
		if len(r.chosen) < count {
			r.seat(&kept[i])
		}
	}
	return r.chosen
}

// chooseRanked goes on until the rules, or the seats, are used up, and returns what
// comes after the last rule.
func (r *run) chooseRanked(kept []entry, count int) []entry {
	t := r.level.table
	for at := t.computed; at < len(t.present); at++ {
		word := r.word(at)
		if r.learning != "" {
			word &^= t.learning[at]
		}
		for ; word != 0; word &= word - 1 {
			id := t.rules[at*wordBits+bits.TrailingZeros64(word)]
			for len(kept) > 0 && r.m.order(kept[0], r.m.ranked(id)) < 0 && len(r.chosen) < count {
				r.seat(&kept[0])
				kept = kept[1:]
			}
			if len(r.chosen) >= count && !r.baseline.asks() {
				return nil
			}
			r.tryRanked(id, count)
		}
	}
	return kept
}

func (r *run) tryRanked(id RuleID, count int) {
	offer := r.m.rules[id].offer
	if r.override[offer] != 0 || r.dropped[offer] != "" || r.seated[offer] && !r.baseline.asks() {
		return
	}
	e, v := r.judge(id)
	if v.reason != "" {
		return
	}
	if r.baseline.wanted {
		r.baseline.kept(r, e)
		r.baseline.ranked = true
	}
	if len(r.chosen) < count {
		r.seat(&e)
	}
}

// seat takes an offer into the answer, once.
func (r *run) seat(e *entry) {
	if !r.seated[e.offer] {
		r.seated[e.offer] = true
		r.touched = append(r.touched, e.offer)
		r.chosen = append(r.chosen, *e)
	}
}

// ranked is the entry of a rule whose own number is its score.
func (m *Model) ranked(id RuleID) entry {
	rule := &m.rules[id]
	return entry{offer: rule.offer, rule: id, order: int32(id), score: rule.score, source: fromRule}
}
