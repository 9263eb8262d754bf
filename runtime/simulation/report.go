package simulation

import (
	"maps"
	"slices"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/segment"
)

// Report is what was counted.
type Report struct {
	Profiles   int               `json:"profiles"`
	Flowcharts []FlowchartReport `json:"flowcharts,omitempty"`
	Segments   []SegmentReport   `json:"segments,omitempty"`
	Points     []PointReport     `json:"points,omitempty"`
	// Offers are all of the model in order of code, rules all in order of strategy
	// and place.
	Offers  []OfferReport `json:"offers,omitempty"`
	Rules   []RuleReport  `json:"rules,omitempty"`
	Samples []Sample      `json:"samples,omitempty"`
}

// FlowchartReport is what became of visitors in a flowchart.
type FlowchartReport struct {
	Name  string      `json:"name"`
	Runs  int         `json:"runs"`
	Boxes []BoxReport `json:"boxes"`
}

// BoxReport is what became of visitors in a box.
type BoxReport struct {
	Name     string `json:"name"`
	Visitors int    `json:"visitors"`
	// Passed are those that went on.
	Passed   int            `json:"passed"`
	Branches []BranchReport `json:"branches,omitempty"`
	// Failed counts expressions that failed; Failure is the first, of the visitor
	// FailedKey.
	Failed    int    `json:"failed,omitempty"`
	Failure   string `json:"failure,omitempty"`
	FailedKey string `json:"failedKey,omitempty"`
}

// BranchReport is how many visitors took a branch.
type BranchReport struct {
	Name     string `json:"name"`
	Visitors int    `json:"visitors"`
}

// SegmentReport is how many visitors a segment has.
type SegmentReport struct {
	Name     string `json:"name"`
	Visitors int    `json:"visitors"`
}

// PointReport is how often a point was asked, and how often no offer qualified.
type PointReport struct {
	Name      string `json:"name"`
	Decisions int    `json:"decisions"`
	Default   int    `json:"default"`
}

// OfferReport is what became of an offer: candidates of all its rules together.
type OfferReport struct {
	Code    string                  `json:"code"`
	Won     int                     `json:"won"`
	Dropped map[decision.Reason]int `json:"dropped,omitempty"`
	// Never says why an offer that did not win did not.
	Never *Never `json:"never,omitempty"`
}

// RuleReport is what became of a rule.
type RuleReport struct {
	decision.Rule
	Offer   string                  `json:"offer"`
	Won     int                     `json:"won"`
	Dropped map[decision.Reason]int `json:"dropped,omitempty"`
	Never   *Never                  `json:"never,omitempty"`
}

// Sample is what became of one profile.
type Sample struct {
	Key      string         `json:"key"`
	Segments []string       `json:"segments,omitempty"`
	Runs     []SampleRun    `json:"runs,omitempty"`
	Offers   []SampleOffers `json:"offers,omitempty"`
}

// SampleRun is a profile's way through a flowchart.
type SampleRun struct {
	Flowchart string             `json:"flowchart"`
	Boxes     []string           `json:"boxes"`
	Derived   map[string]any     `json:"derived,omitempty"`
	Snapshots []segment.Snapshot `json:"snapshots,omitempty"`
	Failures  []segment.Failure  `json:"failures,omitempty"`
}

// SampleOffers is what a point gave a profile.
type SampleOffers struct {
	Point  string   `json:"point"`
	Offers []string `json:"offers"`
}

// Report says what was counted up to now.
func (s *Simulation) Report() Report {
	r := Report{Profiles: s.profiles, Samples: slices.Clone(s.samples)}
	for i, f := range s.target.Flowcharts {
		r.Flowcharts = append(r.Flowcharts, s.flowcharts[i].report(f))
	}
	assigned := map[string]int{}
	for _, f := range s.target.Flowcharts {
		for _, name := range f.Segments() {
			assigned[name] = 0
		}
	}
	maps.Copy(assigned, s.segments)
	for _, name := range slices.Sorted(maps.Keys(assigned)) {
		r.Segments = append(r.Segments, SegmentReport{Name: name, Visitors: assigned[name]})
	}
	if s.target.Model == nil {
		return r
	}
	for i, p := range s.points {
		r.Points = append(r.Points, PointReport{Name: p.Name, Decisions: s.pointCount[i].decisions, Default: s.pointCount[i].byDefault})
	}
	s.reportOffers(&r, assigned)
	return r
}

func (c *flowchartCounts) report(f *segment.Flowchart) FlowchartReport {
	r := FlowchartReport{Name: f.Name(), Runs: c.runs}
	for i, name := range f.Boxes() {
		b := &c.boxes[i]
		box := BoxReport{Name: name, Visitors: b.visitors, Passed: b.passed, Failed: b.failed, Failure: b.failure, FailedKey: b.failedKey}
		for branch, name := range f.Branches(i) {
			box.Branches = append(box.Branches, BranchReport{Name: name, Visitors: b.branches[branch]})
		}
		r.Boxes = append(r.Boxes, box)
	}
	return r
}
