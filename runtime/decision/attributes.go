package decision

import (
	"maps"
	"slices"
)

// Attributes are the attributes of a chosen offer for this visitor: those of the
// offer, where it names none the default of the definition, and computed ones,
// where those of the rule count before those of the offer. Computed attributes see
// the others as they are defined. One that fails, or whose expression gives null,
// is missing; failed says why it failed. Where no rule of the visitor's level is for
// the offer, one that reads what the level has not is missing too.
func (m *Model) Attributes(in *Input, c Chosen) (attributes map[string]any, failed map[string]error) {
	l := m.levels[in.Level]
	if l == nil {
		return map[string]any{}, nil
	}
	attributes = l.scope.Attributes(l.values[c.Offer])
	in.Frame.SetOffer(l.values[c.Offer])
	for _, name := range m.computedBy(l, c) {
		program := l.computed[c.Offer]["computed."+name]
		if c.Rule != NoRule {
			if own, ok := l.ruleComputed[c.Rule][name]; ok {
				program = own
			}
		}
		delete(attributes, name)
		if program == nil {
			continue
		}
		value, err := program.Value(in.Frame)
		switch {
		case err != nil:
			if failed == nil {
				failed = map[string]error{}
			}
			failed[name] = err
		case value != nil:
			attributes[name] = value
		}
	}
	return attributes, failed
}

// FixedAttributes are those of a chosen offer of which none is computed; false where
// some are. They are the same for all visitors and must not be changed.
func (m *Model) FixedAttributes(in *Input, c Chosen) (map[string]any, bool) {
	l := m.levels[in.Level]
	if l == nil || len(m.definitions.Offers[c.Code].Computed) > 0 || c.Rule != NoRule && len(l.ruleComputed[c.Rule]) > 0 {
		return nil, false
	}
	return l.values[c.Offer].Attributes(), true
}

// SetOffer sets the offer that expressions see from now on. The level is one of the
// model's.
func (m *Model) SetOffer(in *Input, offer OfferID) {
	in.Frame.SetOffer(m.levels[in.Level].values[offer])
}

// computedBy lists the computed attributes of a chosen offer.
func (m *Model) computedBy(l *level, c Chosen) []string {
	names := slices.Collect(maps.Keys(m.definitions.Offers[c.Code].Computed))
	if c.Rule != NoRule {
		names = slices.AppendSeq(names, maps.Keys(l.ruleComputed[c.Rule]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
