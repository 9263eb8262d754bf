package definition

import (
	"slices"
	"strings"
)

// Circle looks for a circle in a graph of n nodes from the given starts on, and
// returns its nodes, the first again at the end; nil when there is none. Reached,
// of length n, is set for every node that was visited.
func Circle(n int, starts []int, next func(node int) []int, reached []bool) []int {
	done := make([]bool, n)
	place := make([]int, n) // on the trail, from 1; 0 for not
	type step struct {
		node int
		rest []int
	}
	for _, start := range starts {
		if done[start] {
			continue
		}
		trail := []step{{start, next(start)}}
		place[start], reached[start] = 1, true
		for len(trail) > 0 {
			top := &trail[len(trail)-1]
			if len(top.rest) == 0 {
				done[top.node], place[top.node] = true, 0
				trail = trail[:len(trail)-1]
				continue
			}
			node := top.rest[0]
			top.rest = top.rest[1:]
			if at := place[node]; at > 0 {
				var circle []int
				for _, s := range trail[at-1:] {
					circle = append(circle, s.node)
				}
				return append(circle, node)
			}
			if !done[node] {
				trail = append(trail, step{node, next(node)})
				place[node], reached[node] = len(trail), true
			}
		}
	}
	return nil
}

// maxTrail bounds how many names of a circle a message has.
const maxTrail = 10

// Trail names the nodes of a circle: a → b → a.
func Trail(circle []int, name func(int) string) string {
	names := make([]string, len(circle))
	for i, node := range circle {
		names[i] = name(node)
	}
	return Arrows(names)
}

// Arrows writes the names of a circle, shortened where there are many.
func Arrows(names []string) string {
	if len(names) > maxTrail {
		names = slices.Concat(names[:maxTrail-2], []string{"…"}, names[len(names)-1:])
	}
	return strings.Join(names, " → ")
}

// EventCircle finds events that trigger each other without end, the first again at
// the end; nil when there are none.
func EventCircle(events map[string]Event) []string {
	names := sorted(events)
	places := make(map[string]int, len(names))
	all := make([]int, len(names))
	for i, name := range names {
		places[name], all[i] = i, i
	}
	circle := Circle(len(names), all, func(i int) []int {
		var next []int
		for _, action := range events[names[i]].Actions {
			for _, name := range action.Events {
				if place, ok := places[name]; ok {
					next = append(next, place)
				}
			}
		}
		return next
	}, make([]bool, len(names)))
	var named []string
	for _, i := range circle {
		named = append(named, names[i])
	}
	return named
}
