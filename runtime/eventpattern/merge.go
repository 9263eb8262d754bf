package eventpattern

import (
	"slices"
)

// Merge makes one state of two of the same customer: of what is known, and of a
// visit before it was known who it is. What counted in either counts, of a sequence
// the part that came farther. It is over or suspended where either is. Merging does
// not meet a pattern; the next event that counts does, where there is enough.
func (p *Pattern) Merge(known, visit State) State {
	switch {
	case !p.fits(visit):
		return known
	case !p.fits(known):
		return visit
	}
	merged := State{
		of: p.of, last: max(known.last, visit.last), done: known.done || visit.done,
		until: max(known.until, visit.until), place: max(known.place, visit.place),
		starts: farther(known.starts, visit.starts),
	}
	if merged.done {
		return State{of: p.of, last: merged.last, done: true}
	}
	merged.counts = p.sums(known.counts, visit.counts)
	if len(known.recent) == 0 || len(visit.recent) == 0 {
		merged.recent = slices.Concat(known.recent, visit.recent)
		return merged
	}
	for i := range known.recent {
		entries := slices.Concat(known.recent[i], visit.recent[i])
		slices.SortFunc(entries, func(a, b entry) int { return int(min(1, max(-1, a.at-b.at))) })
		merged.recent = append(merged.recent, p.trim(p.still(entries, merged.last), i))
	}
	return merged
}

func farther(a, b []int64) []int64 {
	if len(a) == 0 || len(b) == 0 {
		return slices.Concat(a, b)
	}
	latest := slices.Clone(a)
	for i := range latest {
		latest[i] = max(latest[i], b[i])
	}
	return latest
}

func (p *Pattern) sums(a, b []int64) []int64 {
	if len(a) == 0 || len(b) == 0 {
		return slices.Concat(a, b)
	}
	sums := slices.Clone(a)
	for i := range sums {
		sums[i] = min(sums[i]+b[i], p.need[i])
	}
	return sums
}
