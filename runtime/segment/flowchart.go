package segment

import (
	"fmt"
	"slices"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// Flowchart is a compiled flowchart. It is immutable and safe for concurrent use.
type Flowchart struct {
	name  string
	level *scope.Level
	boxes []box // each after those that lead to it; the first is the entry
	names []string
	at    map[string]int // places in the definition, by name
	ways  [][]string     // names of branches, by place in the definition
}

// box is a box in the form that runs read.
type box struct {
	definition.Box
	index     int   // in the definition
	next      []int // places in Flowchart.boxes
	otherwise []int
	branches  []branch
	when      *scope.Program
	derive    []*scope.Program
	seed      string
}

type branch struct {
	when  *scope.Program
	until float64 // of a sample: the place behind its share
	next  []int
}

// Compile makes a flowchart that can be run. The error is a fault.Invalid of type
// malformed-definition with places such as "flowcharts/value.boxes[3].when".
func Compile(level *scope.Level, name string, f definition.Flowchart) (*Flowchart, error) {
	programs, places := level.CompileDocument(f, nil)
	order, wrong := sorted(f)
	if places = append(places, wrong...); len(places) > 0 {
		path := definition.Reference{Kind: definition.KindFlowchart, Name: name}.String()
		return nil, definition.Problem(definition.Below(path, places))
	}
	compiled := &Flowchart{name: name, level: level, at: make(map[string]int, len(f.Boxes))}
	at := make(map[string]int, len(order)) // by name of the box: its place in the run
	for place, i := range order {
		at[f.Boxes[i].Name] = place
	}
	for i, d := range f.Boxes {
		compiled.names = append(compiled.names, d.Name)
		compiled.ways = append(compiled.ways, branchNames(d))
		compiled.at[d.Name] = i
	}
	for _, i := range order {
		compiled.boxes = append(compiled.boxes, compiled.box(f.Boxes[i], i, at, programs))
	}
	return compiled, nil
}

func (f *Flowchart) box(d definition.Box, index int, at map[string]int, programs scope.Programs) box {
	path := fmt.Sprintf("boxes[%d].", index)
	b := box{Box: d, index: index, next: placesOf(d.Next, at), otherwise: placesOf(d.Otherwise, at),
		when: programs[path+"when"], seed: d.Seed}
	if b.seed == "" {
		b.seed = f.name + "/" + d.Name
	}
	for i := range d.Derive {
		b.derive = append(b.derive, programs[fmt.Sprintf("%sderive[%d].expression", path, i)])
	}
	share := 0.0
	for i, br := range d.Branches {
		if share += br.Share; share > 100-1e-9 {
			share = 100 // shares such as 33.3, 33.3 and 33.4 add up to a little less
		}
		b.branches = append(b.branches, branch{when: programs[fmt.Sprintf("%sbranches[%d].when", path, i)],
			until: share, next: placesOf(br.Next, at)})
	}
	return b
}

func placesOf(names []string, at map[string]int) []int {
	places := make([]int, len(names))
	for i, name := range names {
		places[i] = at[name]
	}
	return places
}

// sorted orders the boxes that the entry leads to so that each comes after those
// that lead to it; among boxes that could come next, the first of the definition
// does. It finds what definition.Flowchart's Check finds too: a flowchart that
// cannot run is never compiled.
func sorted(f definition.Flowchart) (order []int, places []fault.Place) {
	at := make(map[string]int, len(f.Boxes))
	entry := -1
	for i, b := range f.Boxes {
		at[b.Name] = i
		if b.Type == definition.BoxInteraction && entry < 0 {
			entry = i
		}
	}
	if entry < 0 {
		return nil, []fault.Place{{Path: "boxes", Message: "there is no box of type interaction to begin with"}}
	}
	leads := make([][]int, len(f.Boxes))
	for i, b := range f.Boxes {
		for _, name := range follow(b) {
			to, ok := at[name]
			if !ok {
				places = append(places, fault.Place{Path: fmt.Sprintf("boxes[%d]", i), Message: fmt.Sprintf("there is no box %q", name)})
				continue
			}
			leads[i] = append(leads[i], to)
		}
	}
	if len(places) > 0 {
		return nil, places
	}
	return sortFrom(entry, leads, f)
}

// follow are the names of all boxes that a box leads to, each once.
func follow(b definition.Box) []string {
	names := slices.Concat(b.Next, b.Otherwise)
	for _, br := range b.Branches {
		names = append(names, br.Next...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func sortFrom(entry int, leads [][]int, f definition.Flowchart) (order []int, places []fault.Place) {
	reached := make([]bool, len(leads))
	waits := make([]int, len(leads)) // for so many boxes before it
	reached[entry] = true
	for queue := []int{entry}; len(queue) > 0; queue = queue[1:] {
		for _, to := range leads[queue[0]] {
			if waits[to]++; !reached[to] {
				reached[to] = true
				queue = append(queue, to)
			}
		}
	}
	ready := []int{}
	if waits[entry] == 0 {
		ready = append(ready, entry)
	}
	for len(ready) > 0 {
		i := slices.Index(ready, slices.Min(ready))
		box := ready[i]
		ready = slices.Delete(ready, i, i+1)
		order = append(order, box)
		for _, to := range leads[box] {
			if waits[to]--; waits[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
	for i, box := range f.Boxes {
		if reached[i] && waits[i] > 0 {
			return nil, []fault.Place{{Path: fmt.Sprintf("boxes[%d]", i), Message: fmt.Sprintf("box %s lies on, or behind, a way that leads back to itself", box.Name)}}
		}
	}
	return order, nil
}

// Name is the flowchart's name.
func (f *Flowchart) Name() string { return f.name }

// Level is the audience level whose visitors it runs for.
func (f *Flowchart) Level() *scope.Level { return f.level }

// Segments are the names of all segments that it can put a visitor in.
func (f *Flowchart) Segments() []string {
	var names []string
	for i := range f.boxes {
		if f.boxes[i].Type == definition.BoxSegment {
			names = append(names, f.boxes[i].Segment)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Boxes are the names of all boxes in the order of the definition. The caller does
// not change them.
func (f *Flowchart) Boxes() []string { return f.names }

// Box is the place of a box in the definition.
func (f *Flowchart) Box(name string) int { return f.at[name] }

// Branches are the names of the branches of a box, by its place in the definition.
// The caller does not change them.
func (f *Flowchart) Branches(box int) []string { return f.ways[box] }

func branchNames(d definition.Box) []string {
	names := make([]string, 0, len(d.Branches))
	for _, b := range d.Branches {
		names = append(names, b.Name)
	}
	return names
}
