package decision

import (
	"cmp"
	"slices"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/runtime/scope"
)

// table is where a level's rules are found: those that can become candidates, in
// the order in which their own scores rank them, so that the first few that hold
// are the best and the others need no look. Those whose score is an expression
// have no rank and come first, in words of their own.
type table struct {
	rules    []RuleID // by place; NoRule fills words up
	computed int      // words of rules whose score is an expression
	present  []uint64 // places that have a rule
	learning []uint64 // rules that take part in learning
	zones    column
	segments column
	values   []values // those that bind most rules first
	byOffer  [][]RuleID
}

// values are what rules require of an attribute of the profile.
type values struct {
	column
	slot    expression.Slot
	numbers *expression.Numbering
}

// manyValues of one attribute are left to the condition itself.
const manyValues = 32

// newTable makes the table of a level's rules.
func (m *Model) newTable(l *level) *table {
	var computed, ranked []RuleID
	t := &table{byOffer: make([][]RuleID, len(m.offers))}
	for _, id := range l.rules {
		r := &m.rules[id]
		switch {
		case r.off != "" || r.never():
			continue
		case r.expression != nil:
			computed = append(computed, id)
		default:
			ranked = append(ranked, id)
		}
		t.byOffer[r.offer] = append(t.byOffer[r.offer], id)
	}
	slices.SortFunc(ranked, func(a, b RuleID) int { return m.order(m.ranked(a), m.ranked(b)) })
	t.computed = words(len(computed))
	for len(computed)%wordBits > 0 {
		computed = append(computed, NoRule)
	}
	t.rules = slices.Concat(computed, ranked)
	t.present, t.learning = make([]uint64, words(len(t.rules))), make([]uint64, words(len(t.rules)))
	t.zones, t.segments = newColumn(len(t.rules), len(m.zones)), newColumn(len(t.rules), len(l.segments))
	for place, id := range t.rules {
		if id != NoRule {
			t.place(place, &m.rules[id])
		}
	}
	t.zones.finish()
	t.segments.finish()
	t.index(m)
	return t
}

func (t *table) place(place int, r *rule) {
	word, bit := place/wordBits, uint64(1)<<(place%wordBits)
	t.present[word] |= bit
	if r.learns {
		t.learning[word] |= bit
	}
	if r.zone != anywhere {
		t.zones.bind(place, []int32{r.zone + 1})
	}
	if r.segment != anybody {
		t.segments.bind(place, []int32{r.segment + 1})
	}
}

// requirement is what a rule requires of an attribute: one of the numbers.
type requirement struct {
	place   int
	numbers []int32
}

// index makes the columns of what conditions require.
func (t *table) index(m *Model) {
	numberings := map[expression.Slot]*expression.Numbering{}
	required := map[expression.Slot][]requirement{}
	for place, id := range t.rules {
		if id == NoRule || m.rules[id].when == nil {
			continue
		}
		for _, r := range m.rules[id].when.Requires() {
			if len(r.Keys) > manyValues {
				continue
			}
			if numberings[r.Slot] == nil {
				numberings[r.Slot] = &expression.Numbering{}
			}
			required[r.Slot] = add(required[r.Slot], place, numberings[r.Slot], r.Keys)
		}
	}
	for slot, requirements := range required {
		v := values{column: newColumn(len(t.rules), numberings[slot].Len()), slot: slot, numbers: numberings[slot]}
		for _, r := range requirements {
			v.bind(r.place, r.numbers)
		}
		v.finish()
		t.values = append(t.values, v)
	}
	slices.SortFunc(t.values, func(a, b values) int {
		return cmp.Or(cmp.Compare(b.count(), a.count()), cmp.Compare(a.slot, b.slot))
	})
}

// add adds what a rule requires; of one that requires two things of an attribute
// it keeps what both allow.
func add(to []requirement, place int, numbering *expression.Numbering, keys []expression.Key) []requirement {
	var numbers []int32
	for _, key := range keys {
		if n := numbering.Add(key); !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	if last := len(to) - 1; last >= 0 && to[last].place == place {
		to[last].numbers = slices.DeleteFunc(to[last].numbers, func(n int32) bool { return !slices.Contains(numbers, n) })
		return to
	}
	return append(to, requirement{place: place, numbers: numbers})
}

// readsOffer reports whether a program reads the offer that is decided on.
func readsOffer(p *scope.Program) bool {
	return p != nil && p.ReadsOffer()
}

// never reports whether a rule's condition can never hold.
func (r *rule) never() bool {
	if r.when == nil {
		return false
	}
	constant, ok := r.when.Constant()
	return ok && constant != true
}
