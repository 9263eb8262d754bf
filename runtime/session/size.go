package session

import "time"

// Bytes that a session and its parts take beside their texts, measured on 64-bit
// machines and rounded up; a test compares the sum with the heap.
const (
	perSession      = 672
	perMap          = 48
	perEntry        = 56 // of a map: the key's and the value's headers, and spare room
	perValue        = 16 // of a list
	perTexts        = 24
	perText         = 16
	perOffer        = 184
	perPresentation = 32
	perTreatment    = 40
	perOverride     = 232 // here and compiled
	perDefault      = 40  // here and compiled
	perBox          = 16  // a value behind an interface
	perBegun        = 52
)

// Size is about how many bytes of memory the data takes.
func (d *Data) Size() int64 {
	size := perSession + len(d.ID) + len(d.Channel) + len(d.Version.Hash) + len(d.Level) + len(d.Audience)
	size += d.Profile.size() + sizeOfMap(d.Parameters)
	for _, value := range d.Key {
		size += perBox + sizeOf(value)
	}
	// The names of attributes, segments, flowcharts and offers are those of the package.
	size += cap(d.Set)*perText + cap(d.Segments)*perText + cap(d.Assigned)*2*perText + cap(d.Blocked)*perText
	size += cap(d.Offers)*perOffer + cap(d.Treatments)*perTreatment + cap(d.Begun)*perBegun
	for i := range d.Offers {
		size += cap(d.Offers[i].Past.Recent) * perPresentation
	}
	if len(d.Patterns) > 0 {
		size += perMap
	}
	for _, state := range d.Patterns { // their names are those of the package
		size += perEntry + state.Size()
	}
	size += cap(d.Overrides)*perOverride + cap(d.Defaults)*perDefault
	for i := range d.Overrides {
		size += len(d.Overrides[i].When)
	}
	return int64(size)
}

func sizeOfMap(values map[string]any) int {
	if len(values) == 0 {
		return 0
	}
	size := perMap
	for name, value := range values {
		size += perEntry + len(name) + sizeOf(value)
	}
	return size
}

func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return perBox + len(v)
	case []string:
		size := perTexts
		for _, text := range v {
			size += perText + len(text)
		}
		return size
	case time.Time:
		return 24
	case nil, bool:
		return 0
	default:
		return 8
	}
}
