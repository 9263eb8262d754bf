package decision

import "slices"

// search reads a table for one visitor, word by word and each word once.
type search struct {
	table    *table
	words    []uint64 // those that were read
	zone     cursor
	segments []cursor
	values   []looked
}

// looked is a column of the table and what is known of the visitor's value.
type looked struct {
	cursor
	state uint8
}

// What is known of the visitor's value: not looked at yet; its number; or nothing,
// so that the rules' conditions have to be tried.
const (
	notLooked uint8 = iota
	told
	untold
)

// search begins to look for rules.
func (r *run) search() {
	s, t := &r.found, r.level.table
	s.table, s.words = t, s.words[:0]
	s.zone = cursor{set: &t.zones.allowing[max(r.point+1, 0)]}
	s.segments = s.segments[:0]
	for _, segment := range r.segments {
		s.segments = append(s.segments, cursor{set: &t.segments.allowing[segment+1]})
	}
	s.values = slices.Grow(s.values[:0], len(t.values))[:len(t.values)]
	clear(s.values)
}

// word are the rules of a word whose zone and segment are the visitor's and whose
// conditions can hold.
func (r *run) word(at int) uint64 {
	s := &r.found
	if at < len(s.words) {
		return s.words[at]
	}
	word := r.read(at)
	s.words = append(s.words, word)
	return word
}

func (r *run) read(at int) uint64 {
	s := &r.found
	t := s.table
	rules := t.present[at]
	if bound := t.zones.bound[at] & rules; bound != 0 {
		rules &^= bound &^ s.zone.at(at)
	}
	if bound := t.segments.bound[at] & rules; bound != 0 {
		var allowed uint64
		for i := range s.segments {
			allowed |= s.segments[i].at(at)
		}
		rules &^= bound &^ allowed
	}
	for i := 0; i < len(t.values) && rules != 0; i++ {
		bound := t.values[i].bound[at] & rules
		if bound == 0 {
			continue
		}
		v := &s.values[i]
		if v.state == notLooked {
			r.look(v, &t.values[i])
		}
		if v.state == told {
			rules &^= bound &^ v.at(at)
		}
	}
	return rules
}

func (r *run) look(v *looked, of *values) {
	number, ok := of.numbers.Of(r.in.Frame.Record(), of.slot)
	v.state = untold
	if ok {
		v.state, v.set = told, &of.allowing[number]
	}
}
