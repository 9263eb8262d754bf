package eventpattern

import (
	"encoding/json"
	"errors"
)

// State is what a pattern remembers of one customer. The zero value is that of one
// of whom nothing is known. It does not change: Step returns another.
type State struct {
	of     string // fingerprint of the definition
	last   int64  // time of the last event that counted; all times are microseconds since 1970
	done   bool   // was met, and is not met again
	until  int64  // suspended until then
	counts []int64
	place  int       // in a sequence: members that are there
	recent [][]entry // rolling: by member, oldest first
	starts []int64   // rolling sequence: latest begin of its first 1, 2, 3… members; 0 for none
}

// entry is a number of events of a member at one time.
type entry struct{ at, n int64 }

// IsZero reports whether nothing is known.
func (s State) IsZero() bool { return s.of == "" }

// Size is about how many bytes of memory the state takes.
func (s State) Size() int {
	size := 160 + len(s.of) + 8*len(s.counts) + 8*len(s.starts)
	for _, entries := range s.recent {
		size += 24 + 16*len(entries)
	}
	return size
}

// stateJSON is the form of a State in JSON.
type stateJSON struct {
	Of     string  `json:"of,omitempty"`
	Last   int64   `json:"last,omitempty"`
	Done   bool    `json:"done,omitempty"`
	Until  int64   `json:"until,omitempty"`
	Counts []int64 `json:"counts,omitempty"`
	Place  int     `json:"place,omitempty"`
	// Recent has for each member pairs of time and number; the times count from the
	// pair before.
	Recent [][]int64 `json:"recent,omitempty"`
	Starts []int64   `json:"starts,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (s State) MarshalJSON() ([]byte, error) {
	form := stateJSON{Of: s.of, Last: s.last, Done: s.done, Until: s.until, Counts: s.counts, Place: s.place, Starts: s.starts}
	for _, entries := range s.recent {
		pairs := make([]int64, 0, 2*len(entries))
		before := int64(0)
		for _, e := range entries {
			pairs = append(pairs, e.at-before, e.n)
			before = e.at
		}
		form.Recent = append(form.Recent, pairs)
	}
	return json.Marshal(form)
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *State) UnmarshalJSON(text []byte) error {
	var form stateJSON
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	*s = State{of: form.Of, last: form.Last, done: form.Done, until: form.Until, counts: form.Counts, place: form.Place, starts: form.Starts}
	for _, pairs := range form.Recent {
		if len(pairs)%2 != 0 {
			return errors.New("expected pairs of time and number in recent")
		}
		var entries []entry
		before := int64(0)
		for i := 0; i < len(pairs); i += 2 {
			before += pairs[i]
			entries = append(entries, entry{before, pairs[i+1]})
		}
		s.recent = append(s.recent, entries)
	}
	return nil
}

// fits reports whether the pattern can go on from the state.
func (p *Pattern) fits(s State) bool {
	n := len(p.definition.Members)
	return s.of == p.of && s.last >= 0 && s.place >= 0 && s.place < n &&
		(len(s.counts) == 0 || len(s.counts) == n) &&
		(len(s.recent) == 0 || len(s.recent) == n) &&
		(len(s.starts) == 0 || len(s.starts) == n)
}
