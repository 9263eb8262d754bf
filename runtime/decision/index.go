package decision

import (
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/runtime/scope"
)

// node finds those of many rules whose conditions can hold: rest are looked at
// whatever the profile, and of each group those that require what the profile has
// in the group's slot.
type node struct {
	rest   []RuleID
	groups []group
}

type group struct {
	slot  expression.Slot
	byKey map[expression.Key]*node
	all   []RuleID // where nothing can be told from the slot
}

// Bounds of the index: fewer rules are not worth a look-up; a rule that allows
// many values would be in many places; each depth takes one look-up more.
const (
	fewRules   = 4
	manyValues = 8
	maxDepth   = 5
)

// index makes the node of rules.
func index(all []rule, rules []RuleID) *node {
	b := &builder{rules: all, requires: map[RuleID][]expression.Requirement{}}
	for _, id := range rules {
		b.requires[id] = requirements(all[id].when)
	}
	return b.node(rules, nil)
}

// requirements are those of a condition that stay what they are during a
// decision. A condition on the offer is not looked for: the offer is set later.
func requirements(when *scope.Program) []expression.Requirement {
	if when == nil || readsOffer(when) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(when.Requires()), func(r expression.Requirement) bool {
		return len(r.Keys) > manyValues
	})
}

type builder struct {
	rules    []rule
	requires map[RuleID][]expression.Requirement
}

func (b *builder) node(rules []RuleID, used []expression.Slot) *node {
	if len(rules) <= fewRules || len(used) == maxDepth {
		return &node{rest: rules}
	}
	values := b.values(rules, used)
	n := &node{}
	members := map[expression.Slot][]RuleID{}
	for _, id := range rules {
		if slot, ok := b.best(id, values); ok {
			members[slot] = append(members[slot], id)
		} else {
			n.rest = append(n.rest, id)
		}
	}
	for _, slot := range sortedSlots(members) {
		if len(members[slot]) <= fewRules {
			n.rest = append(n.rest, members[slot]...)
			continue
		}
		n.groups = append(n.groups, b.group(slot, members[slot], append(slices.Clone(used), slot)))
	}
	return n
}

// values counts the values that the rules require in each slot.
func (b *builder) values(rules []RuleID, used []expression.Slot) map[expression.Slot]int {
	seen := map[expression.Slot]map[expression.Key]bool{}
	for _, id := range rules {
		for _, r := range b.requires[id] {
			if slices.Contains(used, r.Slot) {
				continue
			}
			if seen[r.Slot] == nil {
				seen[r.Slot] = map[expression.Key]bool{}
			}
			for _, key := range r.Keys {
				seen[r.Slot][key] = true
			}
		}
	}
	counts := map[expression.Slot]int{}
	for slot, keys := range seen {
		counts[slot] = len(keys)
	}
	return counts
}

// best is the slot that tells most about a rule: few values of many.
func (b *builder) best(id RuleID, values map[expression.Slot]int) (best expression.Slot, ok bool) {
	share := 1.0
	for _, r := range b.requires[id] {
		if values[r.Slot] < 2 {
			continue
		}
		if s := float64(len(r.Keys)) / float64(values[r.Slot]); s < share || s == share && ok && r.Slot < best {
			best, share, ok = r.Slot, s, true
		}
	}
	return best, ok
}

func (b *builder) group(slot expression.Slot, rules []RuleID, used []expression.Slot) group {
	byKey := map[expression.Key][]RuleID{}
	for _, id := range rules {
		// Conditions that require two things of one slot are looked for by the first.
		i := slices.IndexFunc(b.requires[id], func(r expression.Requirement) bool { return r.Slot == slot })
		keys := b.requires[id][i].Keys
		for k, key := range keys {
			if !slices.Contains(keys[:k], key) {
				byKey[key] = append(byKey[key], id)
			}
		}
	}
	g := group{slot: slot, byKey: map[expression.Key]*node{}, all: rules}
	for key, some := range byKey {
		g.byKey[key] = b.node(some, used)
	}
	return g
}

func sortedSlots(members map[expression.Slot][]RuleID) []expression.Slot {
	slots := make([]expression.Slot, 0, len(members))
	for slot := range members {
		slots = append(slots, slot)
	}
	slices.Sort(slots)
	return slots
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
