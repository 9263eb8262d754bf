package decision_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/switchyard/switchyard/runtime/decision"
)

// tally counts in how many decisions what occurs.
type tally map[string]int

func (c tally) count(occurs bool, feature string) {
	if occurs {
		c[feature]++
	}
}

// features are all that have to occur.
func features() []string {
	all := []string{
		"source rule", "source expression", "source override", "source default", "source learning",
		"override that is final", "override beside learning", "override with a condition", "override that adds", "tie", "default string", "household",
		"further point without duplicates", "further point with duplicates", "rules of several words", "computed attribute fails",
		"attribute computed by the rule", "attribute computed by the offer", "seats run out", "more seats than offers", "a model takes part", "mixed learning",
		"profile with nulls", "unknown segment", "all attributes known",
	}
	for _, reason := range decision.Reasons {
		all = append(all, "reason "+string(reason))
	}
	return all
}

func (c tally) model(m *decision.Model) {
	const word = 64
	c.count(m.Rules() > 2*word, "rules of several words")
}

func (c tally) decision(in *decision.Input, want []outcome, decided decision.Result) {
	c["decisions"]++
	reasons, scores := map[decision.Reason]bool{}, map[float64]bool{}
	tie, overridden := false, false
	for _, o := range want {
		overridden = overridden || o.source == decision.FromOverride
		reasons[o.reason] = true
		if o.rank > 0 {
			tie = tie || scores[o.score]
			scores[o.score] = true
		}
	}
	for reason := range reasons {
		c["reason "+string(reason)]++
	}
	sources := map[decision.Source]bool{}
	for _, chosen := range decided.Offers {
		sources[chosen.Source] = true
	}
	for source := range sources {
		c["source "+string(source)]++
	}
	for _, o := range in.Overrides {
		c.count(o.Final, "override that is final")
		c.count(o.Adds, "override that adds")
		c.count(o.When != nil, "override with a condition")
	}
	c.count(tie, "tie")
	c.count(overridden && decided.Baseline != "", "override beside learning")
	c.count(len(decided.Offers) == 0, "default string")
	c.count(in.Level == "household", "household")
	c.count(reasons[decision.Outscored], "seats run out")
	c.count(len(decided.Offers) > 0 && len(decided.Offers) < in.Count, "more seats than offers")
	c.count(decided.Baseline != "", "a model takes part")
	c.count(decided.Mixed, "mixed learning")
	c.count(slices.Contains(in.Segments, "strange"), "unknown segment")
	known := 0
	for _, name := range []string{"region", "plan", "age", "income", "tags", "since"} {
		if in.Level == "customer" && in.Frame.Attribute(name) != nil {
			known++
		}
	}
	c.count(in.Level == "customer" && known < 4, "profile with nulls")
	c.count(known == 6, "all attributes known")
}

// report says what share of the decisions has what.
func (c tally) report(t *testing.T) {
	t.Helper()
	for _, feature := range slices.Sorted(maps.Keys(c)) {
		t.Logf("%8d  %6.2f %%  %s", c[feature], 100*float64(c[feature])/float64(c["decisions"]), feature)
	}
}
