package touchpoint

import (
	"maps"
	"slices"

	"github.com/switchyard/switchyard/runtime/decision"
)

// explain adds how a point was decided to the answer.
func (o *offering) explain(x *decision.Explanation) {
	if x == nil {
		return
	}
	shown := x.Candidates[:min(len(x.Candidates), o.candidates)]
	o.candidates -= len(shown)
	e := Explain{
		Point: o.in.Point.Name, Zone: x.Zone, Segments: append([]string{}, x.Segments...),
		Candidates: make([]Candidate, len(shown)), LeftOut: len(x.Candidates) - len(shown),
	}
	for i := range shown {
		from := &shown[i]
		c := Candidate{
			Offer: from.Offer, Origin: from.Origin, Strategy: from.Rule.Strategy, Rule: from.Rule.Name,
			Step: from.Step, Reason: from.Reason, Text: from.Text, Rank: from.Rank,
		}
		if from.Scored() {
			score := from.Score
			c.Score, c.Source = &score, from.Source
		}
		e.Candidates[i] = c
	}
	o.answer.Explain = append(o.answer.Explain, e)
}

func sortedKeys[T any](all map[string]T) []string {
	if len(all) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(all))
}
