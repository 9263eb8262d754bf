package decision

import (
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/runtime/scope"
)

// keys numbers the values that rules of a level require in a slot of the profile,
// from 1. A decision looks for the number of the visitor's value once; rules are
// then found by comparing numbers, without their programs coming into the caches.
type keys struct {
	slot    expression.Slot
	numbers map[expression.Key]int32
}

// Numbers of a visitor's value besides those that rules require.
const (
	notLooked int32 = 0
	noRules   int32 = -1 // no rule requires the value
	untold    int32 = -2 // nothing can be told: rules have to be tried
)

// node finds those of many rules whose conditions can hold: leaves are looked at
// whatever the profile, and of each group those that require the visitor's value.
type node struct {
	leaves []leaf
	groups []group
}

type group struct {
	keys     int32 // place in the level's keys
	byNumber map[int32]*node
	all      []leaf
}

// leaf is a rule and up to two values that it requires.
type leaf struct {
	id     RuleID
	checks [2]check
}

// check is a value that a rule requires; number 0 stands for none.
type check struct{ keys, number int32 }

// Bounds of the index: fewer rules are not worth a look-up; a rule that allows
// many values would be in many places; each depth takes one look-up more.
const (
	fewRules   = 16
	manyValues = 8
	maxDepth   = 5
)

// indexer makes the nodes of a level.
type indexer struct {
	level    *level
	places   map[expression.Slot]int32
	required map[RuleID][]required
}

// required are the values that a rule requires in a slot, one of them.
type required struct {
	keys    int32
	numbers []int32
}

func newIndexer(l *level) *indexer {
	return &indexer{level: l, places: map[expression.Slot]int32{}, required: map[RuleID][]required{}}
}

// add notes what a rule's condition requires of the profile.
func (x *indexer) add(id RuleID, when *scope.Program) {
	if when == nil {
		return
	}
	for _, requirement := range when.Requires() {
		if len(requirement.Keys) <= manyValues {
			x.required[id] = append(x.required[id], x.number(requirement))
		}
	}
}

func (x *indexer) number(requirement expression.Requirement) required {
	place, ok := x.places[requirement.Slot]
	if !ok {
		place = int32(len(x.level.keys))
		x.places[requirement.Slot] = place
		x.level.keys = append(x.level.keys, keys{slot: requirement.Slot, numbers: map[expression.Key]int32{}})
	}
	r := required{keys: place}
	numbers := x.level.keys[place].numbers
	for _, key := range requirement.Keys {
		if numbers[key] == 0 {
			numbers[key] = int32(len(numbers)) + 1
		}
		if n := numbers[key]; !slices.Contains(r.numbers, n) {
			r.numbers = append(r.numbers, n)
		}
	}
	return r
}

// node indexes rules; used are the slots that were looked at on the way to it.
func (x *indexer) node(rules []RuleID, used []int32) *node {
	if len(rules) <= fewRules || len(used) == maxDepth {
		return &node{leaves: x.leaves(rules, used)}
	}
	values := x.values(rules, used)
	n := &node{}
	members := map[int32][]RuleID{}
	for _, id := range rules {
		if place, ok := x.best(id, values); ok {
			members[place] = append(members[place], id)
		} else {
			n.leaves = append(n.leaves, x.leaf(id, used))
		}
	}
	for place := range int32(len(x.level.keys)) {
		switch some := members[place]; {
		case len(some) == 0:
		case len(some) <= fewRules:
			n.leaves = append(n.leaves, x.leaves(some, used)...)
		default:
			n.groups = append(n.groups, x.group(place, some, used))
		}
	}
	return n
}

// values counts the values that the rules require in each slot.
func (x *indexer) values(rules []RuleID, used []int32) map[int32]int {
	seen := map[check]bool{}
	counts := map[int32]int{}
	for _, id := range rules {
		for _, r := range x.required[id] {
			for _, n := range r.numbers {
				if c := (check{r.keys, n}); !seen[c] && !slices.Contains(used, r.keys) {
					seen[c] = true
					counts[r.keys]++
				}
			}
		}
	}
	return counts
}

// best is the slot that tells most about a rule: few values of many.
func (x *indexer) best(id RuleID, values map[int32]int) (best int32, ok bool) {
	share := 1.0
	for _, r := range x.required[id] {
		if values[r.keys] < 2 {
			continue
		}
		if s := float64(len(r.numbers)) / float64(values[r.keys]); s < share {
			best, share, ok = r.keys, s, true
		}
	}
	return best, ok
}

func (x *indexer) group(place int32, rules []RuleID, used []int32) group {
	byNumber := map[int32][]RuleID{}
	for _, id := range rules {
		// A rule that requires two things of one slot is looked for by the first.
		i := slices.IndexFunc(x.required[id], func(r required) bool { return r.keys == place })
		for _, n := range x.required[id][i].numbers {
			byNumber[n] = append(byNumber[n], id)
		}
	}
	g := group{keys: place, byNumber: map[int32]*node{}, all: x.leaves(rules, used)}
	used = append(slices.Clone(used), place)
	for n, some := range byNumber {
		g.byNumber[n] = x.node(some, used)
	}
	return g
}

func (x *indexer) leaves(rules []RuleID, used []int32) []leaf {
	leaves := make([]leaf, len(rules))
	for i, id := range rules {
		leaves[i] = x.leaf(id, used)
	}
	return leaves
}

func (x *indexer) leaf(id RuleID, used []int32) leaf {
	l := leaf{id: id}
	n := 0
	for _, r := range x.required[id] {
		if n < len(l.checks) && len(r.numbers) == 1 && !slices.Contains(used, r.keys) {
			l.checks[n] = check{keys: r.keys, number: r.numbers[0]}
			n++
		}
	}
	return l
}

// walk considers the rules of a node.
func (r *run) walk(n *node) {
	r.consider(n.leaves)
	for i := range n.groups {
		g := &n.groups[i]
		number := r.numberOf(g.keys)
		if number == untold {
			r.consider(g.all)
		} else if next := g.byNumber[number]; next != nil {
			r.walk(next)
		}
	}
}

func (r *run) consider(leaves []leaf) {
	for i := range leaves {
		l := &leaves[i]
		if r.passes(l.checks[0]) && r.passes(l.checks[1]) {
			r.keep(r.judge(l.id))
		}
	}
}

func (r *run) passes(c check) bool {
	if c.number == 0 {
		return true
	}
	number := r.numberOf(c.keys)
	return number == c.number || number == untold
}

// numberOf is the number of the visitor's value.
func (r *run) numberOf(place int32) int32 {
	if r.numbers[place] == notLooked {
		r.numbers[place] = r.look(&r.level.keys[place])
	}
	return r.numbers[place]
}

func (r *run) look(k *keys) int32 {
	key, ok := r.in.Frame.Record().Key(k.slot)
	if !ok {
		return untold
	}
	if number, ok := k.numbers[key]; ok {
		return number
	}
	return noRules
}

// readsOffer reports whether a program reads the offer that is decided on.
func readsOffer(p *scope.Program) bool {
	return p != nil && slices.ContainsFunc(p.Reads(), func(name string) bool {
		return name == "offer" || strings.HasPrefix(name, "offer.")
	})
}

// never reports whether a rule's condition can never hold.
func (r *rule) never() bool {
	if r.when == nil {
		return false
	}
	constant, ok := r.when.Constant()
	return ok && constant != true
}
