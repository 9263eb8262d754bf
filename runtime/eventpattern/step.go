package eventpattern

import (
	"math"
	"slices"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Step goes on from a state by what an event means, and reports whether the pattern
// is met by it. The state that it is given stays as it is.
func (p *Pattern) Step(s State, h Hit, at time.Time) (next State, met bool) {
	if !p.fits(s) {
		s = State{of: p.of}
	}
	now := max(at.UnixMicro(), s.last, 1)
	if h.None() || s.done || now < s.until || now < p.from || now >= p.to {
		return s, false
	}
	s.last = now
	switch {
	case h.suspends:
		until := int64(math.MaxInt64)
		if p.within > 0 {
			until = now + p.within
		}
		return State{of: p.of, last: now, until: until}, false
	case p.definition.Logic == definition.Sequence:
		s, met = p.follow(s, h, now)
	default:
		s = p.count(s, h, now)
		met = p.enough(s)
	}
	if met {
		return State{of: p.of, last: now, done: !p.definition.Again}, true
	}
	return s, false
}

// follow goes on in a sequence.
func (p *Pattern) follow(s State, h Hit, now int64) (next State, met bool) {
	n := len(p.definition.Members)
	if p.within == 0 {
		if slices.Contains(h.members, s.place) {
			s.place++
		}
		return s, s.place == n
	}
	s.starts = slices.Clone(s.starts)
	if s.starts == nil {
		s.starts = make([]int64, n)
	}
	// Backwards: one event is one step.
	for _, k := range slices.Backward(h.members) {
		if k == 0 {
			s.starts[0] = now
		} else if begun := s.starts[k-1]; begun > 0 && begun > now-p.within {
			s.starts[k] = begun
		}
	}
	return s, s.starts[n-1] > 0
}

// count counts an event for the members that it hits.
func (p *Pattern) count(s State, h Hit, now int64) State {
	n := len(p.definition.Members)
	if p.within == 0 {
		s.counts = slices.Clone(s.counts)
		if s.counts == nil {
			s.counts = make([]int64, n)
		}
		for _, i := range h.members {
			s.counts[i] = min(s.counts[i]+1, p.need[i])
		}
		return s
	}
	recent := make([][]entry, n)
	copy(recent, s.recent)
	for i := range recent {
		recent[i] = p.still(recent[i], now)
		if slices.Contains(h.members, i) {
			recent[i] = p.trim(append(recent[i], entry{p.rounded(i, now), 1}), i)
		}
	}
	s.recent = recent
	return s
}

// still is a copy of the entries that the window holds.
func (p *Pattern) still(entries []entry, now int64) []entry {
	first := 0
	for first < len(entries) && entries[first].at <= now-p.within {
		first++
	}
	kept := make([]entry, 0, len(entries)-first+1)
	return append(kept, entries[first:]...)
}

// rounded is the time under which an event is kept: that of its part of the window
// where the member needs more events than are kept one by one.
func (p *Pattern) rounded(member int, now int64) int64 {
	width := p.within / int64(p.kept)
	if p.need[member] <= int64(p.kept) || width <= 1 {
		return now
	}
	return now - now%width
}

// trim makes one entry of those of one time, and drops the oldest ones that are not
// needed. It changes the entries.
func (p *Pattern) trim(entries []entry, member int) []entry {
	kept, total := entries[:0], int64(0)
	for _, e := range entries {
		total += e.n
		if last := len(kept) - 1; last >= 0 && kept[last].at == e.at {
			kept[last].n += e.n
		} else {
			kept = append(kept, e)
		}
	}
	need := p.need[member]
	for len(kept) > 0 && total-kept[0].n >= need {
		total -= kept[0].n
		kept = kept[1:]
	}
	for i := range kept {
		kept[i].n = min(kept[i].n, need)
	}
	return kept
}

// enough reports whether what was counted meets the pattern.
func (p *Pattern) enough(s State) bool {
	sum := 0.0
	for i, m := range p.definition.Members {
		n := s.counted(i)
		if p.definition.Logic == definition.WeightedCounter {
			sum += m.Weight * float64(n)
		} else if n < p.need[i] {
			return false
		}
	}
	return p.definition.Logic != definition.WeightedCounter || sum >= p.definition.Threshold
}

// counted is what counts for a member.
func (s State) counted(member int) int64 {
	if len(s.counts) > 0 {
		return s.counts[member]
	}
	total := int64(0)
	if len(s.recent) > 0 {
		for _, e := range s.recent[member] {
			total += e.n
		}
	}
	return total
}
