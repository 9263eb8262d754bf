package expression

import (
	"fmt"
	"slices"
	"time"
)

// Slot is the place of a variable, or of an object's field, in a language's records.
type Slot int32

// layout is where the records of a language keep what.
type layout struct {
	slots   map[string]Slot // by name, a field's is object.field
	names   []string        // by slot
	objects map[string][]field
}

type field struct {
	name string
	slot Slot
}

func (l *layout) add(name string) Slot {
	slot := Slot(len(l.names))
	l.slots[name] = slot
	l.names = append(l.names, name)
	return slot
}

func (l *layout) addObject(object Variable) error {
	for _, f := range object.Fields {
		name := object.Name + "." + f.Name
		if _, ok := l.slots[name]; ok {
			return fmt.Errorf("field %q twice", name)
		}
		if f.Type.cel == nil || len(f.Fields) > 0 {
			return fmt.Errorf("field %q has no type, or fields of its own: an object in an object is a map", name)
		}
		l.objects[object.Name] = append(l.objects[object.Name], field{name: f.Name, slot: l.add(name)})
	}
	return nil
}

// Slot finds where records keep a variable, "score", or a field of an object,
// "profile.age". An object as a whole has none.
func (l *Language) Slot(name string) (Slot, bool) {
	slot, ok := l.layout.slots[name]
	return slot, ok
}

// Record is a Scope that programs of its language read without looking up names:
// a value lies in the slot of its variable or field, unboxed. An object is always
// there and what is not set of it is null; any other variable that is not set has
// no value, and reading it fails.
//
// Many goroutines may evaluate with a record while none changes it. It keeps the
// lists and maps that it is given: they must not change.
type Record struct {
	language *Language
	slots    []value
}

// NewRecord makes a record in which nothing is set.
func (l *Language) NewRecord() *Record {
	return &Record{language: l, slots: make([]value, len(l.layout.names))}
}

// Set sets a value as Scope.Lookup returns them. A value of another type than was
// declared is kept, and expressions see it as it is.
func (r *Record) Set(slot Slot, to any) { r.slots[slot] = valueOf(to) }

// SetBool sets a truth value.
func (r *Record) SetBool(slot Slot, to bool) { r.slots[slot] = boolValue(to) }

// SetInt sets a whole number.
func (r *Record) SetInt(slot Slot, to int64) { r.slots[slot] = intValue(to) }

// SetDouble sets a number.
func (r *Record) SetDouble(slot Slot, to float64) { r.slots[slot] = doubleValue(to) }

// SetText sets text.
func (r *Record) SetText(slot Slot, to string) { r.slots[slot] = textValue(to) }

// SetTime sets an instant; expressions see it in UTC.
func (r *Record) SetTime(slot Slot, to time.Time) { r.slots[slot] = timeValue(to) }

// noTexts is an empty list.
var noTexts any = []string{}

// SetTexts sets a list of texts. Setting the one that is there, or an empty one, takes
// no memory.
func (r *Record) SetTexts(slot Slot, to []string) {
	if len(to) == 0 {
		r.slots[slot] = value{kind: kindList, ref: noTexts}
		return
	}
	there, ok := r.slots[slot].ref.([]string)
	if ok && len(there) == len(to) && &there[0] == &to[0] {
		return
	}
	r.slots[slot] = value{kind: kindList, ref: to}
}

// Unset takes a value away.
func (r *Record) Unset(slot Slot) { r.slots[slot] = value{} }

// Reset takes all values away, so that the record can be used again.
func (r *Record) Reset() { clear(r.slots) }

// Clone copies the record; both share the lists and maps.
func (r *Record) Clone() *Record {
	return &Record{language: r.language, slots: slices.Clone(r.slots)}
}

// Lookup implements Scope.
func (r *Record) Lookup(name string) (any, bool) {
	layout := &r.language.layout
	if fields, ok := layout.objects[name]; ok {
		object := make(map[string]any, len(fields))
		for _, f := range fields {
			if v := r.slots[f.slot]; v.kind != kindUnset {
				object[f.name] = v.native()
			}
		}
		return object, true
	}
	slot, ok := layout.slots[name]
	if !ok || r.slots[slot].kind == kindUnset {
		return nil, false
	}
	return r.slots[slot].native(), true
}
