package api

import (
	"encoding/json"
	"fmt"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/simulation"
	"github.com/switchyard/switchyard/testruns"
)

// testRunOutline is a test run without its result.
func testRunOutline(t testruns.TestRun) client.TestRun {
	return client.TestRun{
		ID: string(t.ID), Channel: t.Channel, Solution: t.Group.Solution, Group: t.Group.Name, Flowchart: t.Flowchart,
		Strategy: t.Strategy, Level: t.Level, Source: string(t.Source), Name: t.Name, State: string(t.State), Reason: t.Reason,
		Server: t.Server, Done: t.Done, Total: t.Total, CreatedAt: t.CreatedAt, CreatedBy: t.CreatedBy.Name, EndedAt: instant(t.EndedAt),
	}
}

func testRunShape(t testruns.TestRun) (client.TestRun, error) {
	shape := testRunOutline(t)
	if len(t.Result) == 0 {
		return shape, nil
	}
	var stored rehearsal.Result
	if err := json.Unmarshal(t.Result, &stored); err != nil {
		return client.TestRun{}, fmt.Errorf("result of test run %s: %w", t.ID, err)
	}
	result := testResultShape(stored)
	shape.Result = &result
	return shape, nil
}

func testResultShape(r rehearsal.Result) client.TestRunResult {
	shape := client.TestRunResult{
		Hash: r.Hash, Rows: r.Rows, Profiles: r.Report.Profiles, Broken: r.Broken.Count, BrokenRows: brokenShapes(r.Broken),
		UnknownColumns: orEmpty(r.UnknownColumns),
		Flowcharts:     shapes(r.Report.Flowcharts, testedFlowchartShape),
		Segments:       []client.TestedSegment{}, Outside: []client.TestedProfile{},
		Points: shapes(r.Report.Points, func(p simulation.PointReport) client.TestedPoint { return client.TestedPoint(p) }),
		Offers: shapes(r.Report.Offers, testedOfferShape),
		Rules:  shapes(r.Report.Rules, testedRuleShape),
	}
	samples := map[string][]client.TestedProfile{}
	for _, s := range r.Samples {
		samples[s.Segment] = shapes(s.Rows, testedProfileShape)
	}
	shape.Outside = orEmpty(samples[""])
	for _, s := range r.Report.Segments {
		shape.Segments = append(shape.Segments, client.TestedSegment{Name: s.Name, Visitors: s.Visitors, Samples: orEmpty(samples[s.Name])})
	}
	return shape
}

// shapes are the shapes of all values.
func shapes[D, T any](values []D, shape func(D) T) []T {
	all := make([]T, len(values))
	for i, value := range values {
		all[i] = shape(value)
	}
	return all
}

func brokenShapes(p profiles.Problems) []client.BrokenRow {
	return shapes(p.First, func(p profiles.Problem) client.BrokenRow { return client.BrokenRow(p) })
}

func testedFlowchartShape(f simulation.FlowchartReport) client.TestedFlowchart {
	return client.TestedFlowchart{Name: f.Name, Runs: f.Runs, Boxes: shapes(f.Boxes, func(b simulation.BoxReport) client.TestedBox {
		return client.TestedBox{
			Name: b.Name, Visitors: b.Visitors, Passed: b.Passed, Failed: b.Failed, Failure: b.Failure, FailedKey: b.FailedKey,
			Branches: shapes(b.Branches, func(b simulation.BranchReport) client.TestedBranch { return client.TestedBranch(b) }),
		}
	})}
}

func testedProfileShape(s rehearsal.Sample) client.TestedProfile {
	shape := client.TestedProfile{Key: s.Key, Segments: s.Segments}
	for _, p := range s.Paths {
		shape.Paths = append(shape.Paths, client.TestedPath(p))
	}
	for _, o := range s.Offers {
		shape.Offers = append(shape.Offers, client.TestedChoice{Point: o.Point, Offers: orEmpty(o.Offers)})
	}
	for _, f := range s.Failures {
		shape.Failures = append(shape.Failures, client.TestedFailure(f))
	}
	return shape
}

func testedOfferShape(o simulation.OfferReport) client.TestedOffer {
	return client.TestedOffer{Code: o.Code, Won: o.Won, Dropped: droppedShape(o.Dropped), Never: neverShape(o.Never)}
}

func testedRuleShape(r simulation.RuleReport) client.TestedRule {
	return client.TestedRule{
		Strategy: r.Strategy, Rule: r.Name, Offer: r.Offer, Won: r.Won, Dropped: droppedShape(r.Dropped), Never: neverShape(r.Never),
	}
}

func droppedShape(dropped map[decision.Reason]int) map[string]int {
	if len(dropped) == 0 {
		return nil
	}
	shape := make(map[string]int, len(dropped))
	for reason, count := range dropped {
		shape[string(reason)] = count
	}
	return shape
}

func neverShape(n *simulation.Never) *client.NeverWins {
	if n == nil {
		return nil
	}
	return &client.NeverWins{Certain: n.Certain, Why: string(n.Why), Text: n.Text, By: n.By}
}
