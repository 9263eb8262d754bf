package simulation

import (
	"slices"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
)

// Add runs one profile. The error is a fault.Invalid for an audience level that
// there is none of; then nothing is counted.
func (s *Simulation) Add(p Profile) error {
	frame, err := s.frame(p)
	if err != nil {
		return err
	}
	s.profiles++
	sample := Sample{Key: p.Key, Segments: slices.Clone(p.Segments)}
	for i, f := range s.target.Flowcharts {
		if f.Level().Name() != p.Level {
			continue
		}
		result := f.Run(frame, p.Key)
		s.flowcharts[i].count(p.Key, f, result)
		sample.add(f, result)
	}
	slices.Sort(sample.Segments)
	sample.Segments = slices.Compact(sample.Segments)
	for _, name := range sample.Segments {
		s.segments[name]++
	}
	for i, point := range s.points {
		s.decide(i, point, p, frame, &sample)
	}
	if len(s.samples) < s.options.Samples {
		s.samples = append(s.samples, sample)
	}
	return nil
}

func (s *Simulation) frame(p Profile) (*scope.Frame, error) {
	frame, ok := s.frames[p.Level]
	if !ok {
		level, ok := s.target.Scope.Level(p.Level)
		if !ok {
			return nil, fault.New(fault.Invalid, "unknown-audience-level", "there is no audience level %q", p.Level)
		}
		frame = level.NewFrame()
		s.frames[p.Level] = frame
	}
	frame.Reset()
	frame.SetProfile(p.Attributes)
	frame.SetNow(s.options.Now)
	return frame, nil
}

func (c *flowchartCounts) count(key string, f *segment.Flowchart, result segment.Result) {
	c.runs++
	for _, v := range result.Visits {
		b := &c.boxes[v.Box]
		b.visitors++
		if v.Passed {
			b.passed++
		}
		if v.Branch != segment.NoBranch {
			if b.branches == nil {
				b.branches = map[int]int{}
			}
			b.branches[v.Branch]++
		}
	}
	for _, failure := range result.Failures {
		b := &c.boxes[f.Box(failure.Box)]
		if b.failed++; b.failed == 1 {
			b.failure, b.failedKey = failure.Path+": "+failure.Text, key
		}
	}
}

func (s *Sample) add(f *segment.Flowchart, result segment.Result) {
	s.Segments = append(s.Segments, result.Segments...)
	names := f.Boxes()
	run := SampleRun{Flowchart: f.Name(), Derived: result.Derived, Snapshots: result.Snapshots, Failures: result.Failures}
	for _, v := range result.Visits {
		run.Boxes = append(run.Boxes, names[v.Box])
	}
	s.Runs = append(s.Runs, run)
}

func (s *Simulation) decide(i int, point decision.Point, p Profile, frame *scope.Frame, sample *Sample) {
	m := s.target.Model
	m.Trace(&decision.Input{Level: p.Level, Frame: frame, Segments: sample.Segments, Point: point,
		Count: s.options.Count, Now: s.options.Now}, &s.trace)
	s.pointCount[i].decisions++
	if len(s.trace.Offers) == 0 {
		s.pointCount[i].byDefault++
	}
	for _, c := range s.trace.Candidates {
		id, _ := m.Offer(c.Offer)
		s.rules[c.ID].add(c.Reason)
		s.offers[id].add(c.Reason)
		if c.Reason == decision.Outscored {
			s.offers[id].outscored(s.trace.Offers)
		}
	}
	if len(s.samples) < s.options.Samples {
		given := SampleOffers{Point: point.Name}
		for _, chosen := range s.trace.Offers {
			given.Offers = append(given.Offers, chosen.Code)
		}
		sample.Offers = append(sample.Offers, given)
	}
}

func (c *counts) add(reason decision.Reason) {
	if reason == decision.Won {
		c.won++
		return
	}
	if c.dropped == nil {
		c.dropped = map[decision.Reason]int{}
	}
	c.dropped[reason]++
}

func (c *offerCounts) outscored(by []decision.Chosen) {
	if c.behind == nil {
		c.behind = map[decision.OfferID]int{}
	}
	for _, chosen := range by {
		c.behind[chosen.Offer]++
	}
}

// Merge adds what another simulation of the same target and options has counted;
// its samples come after those that are here.
func (s *Simulation) Merge(other *Simulation) {
	s.profiles += other.profiles
	for i := range s.flowcharts {
		s.flowcharts[i].merge(&other.flowcharts[i])
	}
	for name, n := range other.segments {
		s.segments[name] += n
	}
	for i, p := range other.pointCount {
		s.pointCount[i].decisions += p.decisions
		s.pointCount[i].byDefault += p.byDefault
	}
	for i := range s.offers {
		s.offers[i].merge(&other.offers[i].counts)
		for id, n := range other.offers[i].behind {
			if s.offers[i].behind == nil {
				s.offers[i].behind = map[decision.OfferID]int{}
			}
			s.offers[i].behind[id] += n
		}
	}
	for i := range s.rules {
		s.rules[i].merge(&other.rules[i])
	}
	room := max(min(s.options.Samples-len(s.samples), len(other.samples)), 0)
	s.samples = append(s.samples, other.samples[:room]...)
}

func (c *flowchartCounts) merge(other *flowchartCounts) {
	c.runs += other.runs
	for i := range c.boxes {
		b, o := &c.boxes[i], &other.boxes[i]
		b.visitors += o.visitors
		b.passed += o.passed
		if b.failed == 0 {
			b.failure, b.failedKey = o.failure, o.failedKey
		}
		b.failed += o.failed
		for branch, n := range o.branches {
			if b.branches == nil {
				b.branches = map[int]int{}
			}
			b.branches[branch] += n
		}
	}
}

func (c *counts) merge(other *counts) {
	c.won += other.won
	for reason, n := range other.dropped {
		if c.dropped == nil {
			c.dropped = map[decision.Reason]int{}
		}
		c.dropped[reason] += n
	}
}
