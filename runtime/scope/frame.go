package scope

import (
	"fmt"
	"time"

	"github.com/switchyard/switchyard/internal/expression"
)

// Frame holds the values that the programs of a level see, for one visitor. It
// belongs to one goroutine at a time.
type Frame struct {
	level  *Level
	record *expression.Record
	macros []macroState
}

type macroState struct {
	done   bool
	failed error
}

// NewFrame makes a frame in which nothing is set.
func (l *Level) NewFrame() *Frame {
	return &Frame{level: l, record: l.language.NewRecord(), macros: make([]macroState, len(l.macros))}
}

// Level is the frame's.
func (f *Frame) Level() *Level { return f.level }

// Reset takes all values away, so that the frame can be used for another visitor.
func (f *Frame) Reset() {
	f.record.Reset()
	clear(f.macros)
}

// Record has the values, for indexes by expression.Requirement.
func (f *Frame) Record() *expression.Record { return f.record }

// evaluate evaluates a macro; those that it reads were evaluated before.
func (f *Frame) evaluate(i int) {
	m := &f.level.macros[i]
	value, err := m.program.Value(f)
	f.macros[i] = macroState{done: true, failed: err}
	switch {
	case err != nil:
		f.macros[i].failed = fmt.Errorf("macro %s: %w", m.name, err)
		f.record.Unset(m.slot)
	case value == nil:
		f.record.Unset(m.slot)
	default:
		f.record.Set(m.slot, value)
	}
}

func (f *Frame) set(slot expression.Slot, value any) {
	if value == nil {
		f.record.Unset(slot)
		return
	}
	f.record.Set(slot, value)
}

// SetProfile sets the attributes of the profile and the key: values as
// definition.ValueType.Convert gives them, nil or none for what is not known, where
// the default of the declaration stands in. What the level does not declare is
// left out.
func (f *Frame) SetProfile(attributes map[string]any) { f.SetProfileOf(fromMap(attributes)) }

// Getter has named values; nil stands for none. Place is that of the name among all
// of the level in order: who has just those need not search.
type Getter interface {
	At(place int, name string) any
}

type fromMap map[string]any

func (m fromMap) At(_ int, name string) any { return m[name] }

// SetProfileOf is SetProfile for attributes that are no map.
func (f *Frame) SetProfileOf(attributes Getter) {
	for i := range f.level.profile {
		a := &f.level.profile[i]
		value := attributes.At(a.place, a.name)
		if value == nil {
			value = a.standing
		}
		f.set(a.slot, value)
	}
	clear(f.macros)
}

// SetAttribute changes one attribute of the profile. It is false where the level
// declares none of that name.
func (f *Frame) SetAttribute(name string, value any) bool {
	for i := range f.level.profile {
		if a := &f.level.profile[i]; a.name == name {
			if value == nil {
				value = a.standing
			}
			f.set(a.slot, value)
			clear(f.macros)
			return true
		}
	}
	return false
}

// Attribute returns an attribute of the profile; nil where it is not known.
func (f *Frame) Attribute(name string) any {
	profile, _ := f.record.Lookup("profile")
	return profile.(map[string]any)[name]
}

// SetNow sets the clock.
func (f *Frame) SetNow(now time.Time) {
	f.record.SetTime(f.level.slots.now, now)
	clear(f.macros)
}

// nothing stands for no parameters; records do not change what they are given.
var nothing = map[string]any{}

// SetParameters sets the parameters of the session, over which those of the call
// lie.
func (f *Frame) SetParameters(parameters map[string]any) {
	if parameters == nil {
		parameters = nothing
	}
	f.record.Set(f.level.slots.parameters, parameters)
}

// SetEvent sets the parameters of an event. Those that are declared and have
// neither value nor default are left out.
func (f *Frame) SetEvent(parameters map[string]any) {
	if parameters == nil {
		parameters = nothing
	}
	f.record.Set(f.level.slots.event, parameters)
}

// SetSegments sets the segments of the visitor; the frame keeps the list.
func (f *Frame) SetSegments(names []string) { f.record.SetTexts(f.level.slots.segments, names) }

// SetScore sets the marketer's score.
func (f *Frame) SetScore(score float64) { f.record.SetDouble(f.level.slots.score, score) }

// SetDerived sets a derived field.
func (f *Frame) SetDerived(name string, value any) {
	if slot, ok := f.level.derived[name]; ok {
		f.set(slot, value)
	}
}

// ClearDerived takes all derived fields away, before another flowchart is run.
func (f *Frame) ClearDerived() {
	for _, slot := range f.level.derived {
		f.record.Unset(slot)
	}
}

// Offer are the values of an offer as expressions of a level see them, made once.
type Offer struct {
	values     []any
	attributes map[string]any
}

// NewOffer makes the values of an offer: its code and its attributes, where it
// names none the default of the definition. Computed attributes are not seen. The
// attributes have passed Scope.CheckOffer: the default stands in for one that has
// not.
func (l *Level) NewOffer(code string, attributes map[string]any) *Offer {
	o := &Offer{values: make([]any, len(l.offer))}
	o.values[0] = code
	for i, a := range l.offer[1:] {
		value, err := a.kind.Convert(attributes[a.name])
		if err != nil || value == nil {
			value = a.standing
		}
		o.values[i+1] = value
	}
	o.attributes = l.Attributes(o)
	return o
}

// Attributes are those that have a value, by name. They must not be changed.
func (o *Offer) Attributes() map[string]any { return o.attributes }

// Attributes are those of an offer that have a value, by name.
func (l *Level) Attributes(o *Offer) map[string]any {
	values := make(map[string]any, len(o.values))
	for i, a := range l.offer[1:] {
		if value := o.values[i+1]; value != nil {
			values[a.name] = value
		}
	}
	return values
}

// SetOffer sets the offer that is decided on.
func (f *Frame) SetOffer(o *Offer) {
	for i := range o.values {
		f.set(f.level.offer[i].slot, o.values[i])
	}
}
