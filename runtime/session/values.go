package session

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"slices"
)

// Values are named values, such as a profile: no more than lists of names and
// values, where a map takes four times as much. The zero value has none. A copy
// shares its values with the original.
type Values struct {
	names  []string // in order; may be those of other sessions, and never changes
	values []any    // by place in names; nil: not known
	bytes  int      // that values take beside their places, about
}

// spare bounds the places of shared names for which there is no value.
const spare = 8

// NewValues returns the values of a map but those that are nil. Declared are names in
// order that many have and that are kept once, where that saves memory.
func NewValues(declared []string, from map[string]any) Values {
	if len(from) == 0 {
		return Values{}
	}
	v := Values{names: declared}
	if len(declared) > 2*len(from)+spare || !hasAll(declared, from) {
		v.names = slices.Sorted(maps.Keys(from))
	}
	v.values = make([]any, len(v.names))
	for i, name := range v.names {
		v.values[i] = from[name]
		v.bytes += sizeOf(from[name])
	}
	return v
}

func hasAll(names []string, from map[string]any) bool {
	for name := range from {
		if _, ok := slices.BinarySearch(names, name); !ok {
			return false
		}
	}
	return true
}

// Get returns a value; nil where it is not known.
func (v *Values) Get(name string) any {
	if at, ok := slices.BinarySearch(v.names, name); ok {
		return v.values[at]
	}
	return nil
}

// At is Get for a name that comes at that place where all declared names have one.
func (v *Values) At(place int, name string) any {
	if place < len(v.names) && v.names[place] == name {
		return v.values[place]
	}
	return v.Get(name)
}

// Set sets a value; nil makes it unknown.
func (v *Values) Set(name string, value any) {
	at, ok := slices.BinarySearch(v.names, name)
	switch {
	case ok:
		v.bytes += sizeOf(value) - sizeOf(v.values[at])
		v.values[at] = value
	case value != nil:
		v.names = slices.Insert(slices.Clip(slices.Clone(v.names)), at, name)
		v.values = slices.Insert(v.values, at, value)
		v.bytes += sizeOf(value)
	}
}

// All are the values that are known, in the order of their names.
func (v *Values) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i, value := range v.values {
			if value != nil && !yield(v.names[i], value) {
				return
			}
		}
	}
}

// Map returns a new map of what is known.
func (v *Values) Map() map[string]any { return maps.Collect(v.All()) }

// IsZero reports whether nothing is known, for encoding/json.
func (v Values) IsZero() bool {
	for range v.All() {
		return false
	}
	return true
}

// MarshalJSON writes an object.
func (v Values) MarshalJSON() ([]byte, error) { return json.Marshal(v.Map()) }

// UnmarshalJSON reads an object, whose numbers are json.Number.
func (v *Values) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return err
	}
	*v = NewValues(nil, fields)
	return nil
}

// size is about how many bytes the values take. Names are shared as a rule.
func (v *Values) size() int { return cap(v.values)*perValue + v.bytes }
