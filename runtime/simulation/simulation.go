package simulation

import (
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
)

// Target is what profiles are run through.
type Target struct {
	Scope      *scope.Scope
	Flowcharts []*segment.Flowchart
	// Model decides; nil for a test run of flowcharts alone.
	Model *decision.Model
}

// Options say how it is run.
type Options struct {
	// Points are asked for offers; none stands for all.
	Points []string
	// Count is how many offers each point asks for; 0 stands for 1.
	Count int
	Now   time.Time
	// Samples is the number of profiles, the first ones, that are shown.
	Samples int
}

// Profile is one visitor.
type Profile struct {
	// Level is its audience level.
	Level string
	// Key identifies it; samples depend on it.
	Key string
	// Attributes of the profile, values as scope.Frame's SetProfile takes them.
	Attributes map[string]any
	// Segments that it is in whatever the flowcharts say.
	Segments []string
}

// Simulation counts. It belongs to one goroutine at a time.
type Simulation struct {
	target  Target
	options Options
	points  []decision.Point
	frames  map[string]*scope.Frame
	trace   decision.Explanation

	profiles   int
	flowcharts []flowchartCounts // as in the target
	segments   map[string]int
	pointCount []pointCounts // as points
	offers     []offerCounts // by offer
	rules      []counts      // by rule
	samples    []Sample
}

type flowchartCounts struct {
	runs  int
	boxes []boxCounts
}

type boxCounts struct {
	visitors, passed, failed int
	failure                  string // the first
	failedKey                string // whose it is
	branches                 map[int]int
}

type pointCounts struct{ decisions, byDefault int }

// counts is what became of a candidate.
type counts struct {
	won     int
	dropped map[decision.Reason]int
}

type offerCounts struct {
	counts
	// behind counts who was chosen where the offer was outscored.
	behind map[decision.OfferID]int
}

// New begins a simulation. The error is a fault.Invalid for a point that the model
// does not have.
func New(t Target, o Options) (*Simulation, error) {
	s := &Simulation{target: t, options: o, frames: map[string]*scope.Frame{}, segments: map[string]int{}}
	s.options.Count = max(o.Count, 1)
	for _, f := range t.Flowcharts {
		s.flowcharts = append(s.flowcharts, flowchartCounts{boxes: make([]boxCounts, len(f.Boxes()))})
	}
	if t.Model == nil {
		return s, nil
	}
	names := o.Points
	if len(names) == 0 {
		names = t.Model.Points()
	}
	for _, name := range names {
		p, ok := t.Model.Point(name)
		if !ok {
			return nil, fault.New(fault.Invalid, "unknown-interaction-point", "there is no interaction point %q", name)
		}
		s.points = append(s.points, p)
	}
	s.pointCount = make([]pointCounts, len(s.points))
	s.offers = make([]offerCounts, t.Model.Offers())
	s.rules = make([]counts, t.Model.Rules())
	return s, nil
}
