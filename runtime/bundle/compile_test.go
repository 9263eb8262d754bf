package bundle_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
)

func TestCompile(t *testing.T) {
	t.Parallel()
	p := bundletest.Synthetic(small)
	compiled, err := bundle.Compile(p)
	require.NoError(t, err)
	require.Equal(t, goldenHash, compiled.Hash)
	require.Len(t, compiled.Flowcharts, small.Flowcharts)
	require.NotNil(t, compiled.Model)
	require.NotNil(t, compiled.Events["paid"]["individual"].At("actions[0].when"))
	require.NotNil(t, compiled.HistoryMappings["individual"].At("contact.country"))

	level, ok := compiled.Scope.Level("individual")
	require.True(t, ok)
	frame := level.NewFrame()
	frame.SetProfile(bundletest.Profile(5))
	frame.SetEvent(map[string]any{"amount": 4.5})
	income, err := compiled.Events["paid"]["individual"].At("actions[0].set.income").Value(frame)
	require.NoError(t, err)
	require.InDelta(t, bundletest.Profile(5)["income"].(float64)+4.5, income, 0)
}

func TestCompileNamesEveryPlace(t *testing.T) {
	t.Parallel()
	trigger := func(name string) definition.Event {
		return definition.Event{Actions: []definition.EventAction{{Do: definition.TriggerEvents, Events: []string{name}}}}
	}
	tests := []struct {
		name  string
		spoil func(c *bundle.Content)
		want  string
	}{
		{"RuleCondition", func(c *bundle.Content) { c.Strategies["strategy-0"].Rules[3].When = "profile.agee > 3" },
			"strategies/strategy-0.rules[3].when: line 1, column 8: undefined field 'agee'"},
		{"RuleOffer", func(c *bundle.Content) { c.Strategies["strategy-0"].Rules[3].Offer = "gone" },
			"strategies/strategy-0.rules[3].offer: the package has no offer gone"},
		{"RuleDates", func(c *bundle.Content) {
			rule := &c.Strategies["strategy-0"].Rules[0]
			rule.Effective, rule.Expires = &bundletest.Now, &bundletest.Now
		}, "strategies/strategy-0.rules[0].expires: 2026-06-01T12:00:00Z is not after effective"},
		{"Box", func(c *bundle.Content) { c.Flowcharts["flowchart-1"].Boxes[1].When = "derived.valu > 1.0" },
			"flowcharts/flowchart-1.boxes[1].when: line 1, column 8: undefined field 'valu'"},
		{"Circle", func(c *bundle.Content) { c.Flowcharts["flowchart-1"].Boxes[4].Next = []string{"known"} },
			"flowcharts/flowchart-1.boxes[1]: the boxes form a circle: known → value → high → known"},
		{"Segment", func(c *bundle.Content) { delete(c.Segments, bundletest.Segment(0, 0)) },
			"flowcharts/flowchart-0.boxes[4].segment: the package has no segment segment-0-high"},
		{"Macro", func(c *bundle.Content) {
			c.Macros["adult"] = definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: "macro.valuable > 1.0"}
		}, "macros/adult.expression: the macros form a circle: adult → valuable → adult"},
		{"Events", func(c *bundle.Content) { c.Events["a"], c.Events["b"] = trigger("b"), trigger("a") },
			"events/a.actions: the events trigger each other in a circle: a → b → a"},
		{"EventParameter", func(c *bundle.Content) { c.Events["paid"].Actions[0].When = "event.cost > 0.0" },
			"events/paid.actions[0].when: line 1, column 1: undefined field 'cost': the event declares no such parameter"},
		{"Pattern", func(c *bundle.Content) {
			c.EventPatterns = map[string]definition.EventPattern{"p": {Logic: definition.MatchAll, Members: []definition.PatternMember{{Event: "paid", When: "event.amount"}, {Event: "gone"}}}}
		}, "event-patterns/p.members[1].event: the package has no event gone"},
		{"OfferAttribute", func(c *bundle.Content) { c.Offers["offer-1"].Attributes["fee"] = "much" },
			"offers/offer-1.attributes.fee: expected a number"},
		{"UnknownOfferAttribute", func(c *bundle.Content) { c.Offers["offer-1"].Attributes["fees"] = 1.0 },
			"offers/offer-1.attributes.fees: the package has no offer attribute fees"},
		{"LookAlike", func(c *bundle.Content) { c.Offers["gоld"] = definition.Offer{} }, "offers/gоld.name: a name has lower case letters a to z"},
		{"Learning", func(c *bundle.Content) { c.LearningModels["clicks"].Attributes[0] = "shoe" },
			"learning-models/clicks.attributes[0]: audience level individual has no attribute shoe"},
		{"History", func(c *bundle.Content) { c.HistoryMappings["individual"].Contact["country"] = "profile.land" },
			"history-mappings/individual.contact.country: line 1, column 8: undefined field 'land'"},
		{"Channel", func(c *bundle.Content) { c.Channel = definition.Channel{} }, "channels/web.solution: the package has no channel"},
		{"LevelOfAnotherChannel", func(c *bundle.Content) {
			c.AudienceLevels["household"] = c.AudienceLevels["individual"]
			s := c.Strategies["strategy-0"]
			s.AudienceLevel = "household"
			c.Strategies["strategy-0"] = s
		}, "strategies/strategy-0.audienceLevel: household is no audience level of channel web"},
		{"Level", func(c *bundle.Content) { clear(c.AudienceLevels) }, "channels/web.audienceLevels[0]: the package has no audience level individual"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := bundletest.Synthetic(small)
			test.spoil(&p.Content)
			_, err := bundle.Compile(p)
			requireFault(t, err, "invalid-package", test.want)
			_, again := bundle.Compile(p)
			require.Equal(t, err.Error(), again.Error(), "the same places in the same order")
		})
	}
}

func TestCompileBoundsItsPlaces(t *testing.T) {
	t.Parallel()
	p := bundletest.Synthetic(bundletest.Size{Rules: 300, Clauses: 1, Offers: 10, Flowcharts: 2, Zones: 2})
	for _, s := range p.Content.Strategies {
		for i := range s.Rules {
			s.Rules[i].When = "nothing"
		}
	}
	_, err := bundle.Compile(p)
	f, _ := fault.As(err)
	require.Len(t, f.Places, definition.MaxProblems)
}

func TestEventsMaySuppressOffersThatAreNotThere(t *testing.T) {
	t.Parallel()
	p := bundletest.Synthetic(small)
	p.Content.Events["left"] = definition.Event{Actions: []definition.EventAction{{Do: definition.SuppressOffers, Offers: []string{"gone"}}}}
	_, err := bundle.Compile(p)
	require.NoError(t, err)
}

func TestCompileRefusesAnExpressionOfAMegabyte(t *testing.T) {
	t.Parallel()
	p := bundletest.Synthetic(small)
	p.Content.Strategies["strategy-0"].Rules[0].When = strings.Repeat("true && ", 1<<17) + "true"
	_, err := bundle.Compile(p)
	requireFault(t, err, "invalid-package", "strategies/strategy-0.rules[0].when: the expression has 1048580 characters, at most 4096 are allowed")
}
