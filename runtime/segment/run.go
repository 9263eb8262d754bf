package segment

import (
	"fmt"
	"slices"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// Run runs the flowchart for one visitor. The frame has the profile and is of the
// flowchart's level; derived fields are set in it, and nobody else may use it
// meanwhile. The key is the visitor's: samples depend on it.
func (f *Flowchart) Run(frame *scope.Frame, key string) Result {
	r := run{flowchart: f, frame: frame, key: key, reached: make([]bool, len(f.boxes))}
	frame.ClearDerived()
	r.reached[0] = true
	for i := range f.boxes {
		if r.reached[i] {
			r.visit(&f.boxes[i])
		}
	}
	return r.result
}

type run struct {
	flowchart *Flowchart
	frame     *scope.Frame
	key       string
	reached   []bool // by place in the run
	result    Result
}

// visit does what a box does and marks the boxes that the visitor goes on to.
func (r *run) visit(b *box) {
	v := Visit{Box: b.index, Branch: NoBranch, Passed: true}
	next := b.next
	switch b.Type {
	case definition.BoxSelect:
		r.derive(b)
		if v.Passed = r.selects(b); !v.Passed {
			next = nil
		}
	case definition.BoxDecision:
		v.Branch = r.decide(b)
		v.Passed, next = b.leave(v.Branch)
	case definition.BoxSample:
		v.Branch = sample(b, r.key)
		v.Passed, next = b.leave(v.Branch)
	case definition.BoxSnapshot:
		r.snapshot(b)
	case definition.BoxSegment:
		if !slices.Contains(r.result.Segments, b.Segment) {
			r.result.Segments = append(r.result.Segments, b.Segment)
		}
	case definition.BoxInteraction: // the visitor goes on
	}
	r.result.Visits = append(r.result.Visits, v)
	for _, place := range next {
		r.reached[place] = true
	}
}

// leave says where a visitor goes on who took a branch, or none.
func (b *box) leave(taken int) (passed bool, next []int) {
	if taken == NoBranch {
		return len(b.otherwise) > 0, b.otherwise
	}
	return true, b.branches[taken].next
}

// derive computes the fields in order: each sees those before it.
func (r *run) derive(b *box) {
	for i, program := range b.derive {
		value, err := program.Value(r.frame)
		if err != nil {
			r.failed(b, fmt.Sprintf("derive[%d].expression", i), err)
			continue
		}
		name := b.Derive[i].Name
		r.frame.SetDerived(name, value)
		if r.result.Derived == nil {
			r.result.Derived = map[string]any{}
		}
		r.result.Derived[name] = value
	}
}

func (r *run) selects(b *box) bool {
	if b.when == nil {
		return true
	}
	holds, err := b.when.Bool(r.frame)
	if err != nil {
		r.failed(b, "when", err)
		return false
	}
	return holds
}

// decide finds the first branch whose condition holds. One that fails ends the
// search: whether it would hold is not known, so the branches after it do not
// count.
func (r *run) decide(b *box) int {
	for i := range b.branches {
		if b.branches[i].when == nil {
			return i
		}
		holds, err := b.branches[i].when.Bool(r.frame)
		if err != nil {
			r.failed(b, fmt.Sprintf("branches[%d].when", i), err)
			return NoBranch
		}
		if holds {
			return i
		}
	}
	return NoBranch
}

func sample(b *box, key string) int {
	place := Place(b.seed, key)
	for i := range b.branches {
		if place < b.branches[i].until {
			return i
		}
	}
	return NoBranch
}

func (r *run) snapshot(b *box) {
	s := Snapshot{Box: b.Name, Values: make(map[string]any, len(b.Attributes))}
	profile, _ := r.frame.Record().Lookup("profile")
	attributes, _ := profile.(map[string]any)
	for _, name := range b.Attributes {
		if value, ok := attributes[name]; ok {
			s.Values[name] = value
		}
	}
	r.result.Snapshots = append(r.result.Snapshots, s)
}

func (r *run) failed(b *box, path string, err error) {
	r.result.Failures = append(r.result.Failures, Failure{Box: b.Name, Path: path, Text: err.Error()})
}
