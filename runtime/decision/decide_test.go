package decision_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
)

type rule = definition.TreatmentRule

// TestDecide has golden decisions: what is chosen, with score and source, and why
// the other candidates were dropped.
func TestDecide(t *testing.T) {
	t.Parallel()
	type input = func(t *testing.T, m *decision.Model, in *decision.Input)
	tests := []struct {
		name    string
		shop    func(d *decision.Definitions)
		profile map[string]any
		give    input
		want    []string // "code score source", or the default string
		dropped []string // "code step reason"
	}{
		{name: "TheHigherScoreWins",
			shop: func(d *decision.Definitions) {
				rules(d, rule{Offer: "card", Score: score(20)}, rule{Offer: "loan", Score: score(80)}, rule{Offer: "fund"})
			},
			want: []string{"loan 80 rule", "fund 50 rule", "card 20 rule"}},
		{name: "OnlyTheBestAreGiven",
			shop: func(d *decision.Definitions) {
				rules(d, rule{Offer: "card", Score: score(20)}, rule{Offer: "loan", Score: score(80)}, rule{Offer: "fund"})
			},
			give:    func(_ *testing.T, _ *decision.Model, in *decision.Input) { in.Count = 2 },
			want:    []string{"loan 80 rule", "fund 50 rule"},
			dropped: []string{"card 6 outscored"}},
		{name: "ANegativeNumberGivesTheDefault",
			shop:    func(d *decision.Definitions) { rules(d, rule{Offer: "card"}) },
			give:    func(_ *testing.T, _ *decision.Model, in *decision.Input) { in.Count = -1 },
			want:    []string{"hello"},
			dropped: []string{"card 6 outscored"}},
		{name: "AHugeNumberGivesAll",
			shop: func(d *decision.Definitions) { rules(d, rule{Offer: "card"}) },
			give: func(_ *testing.T, _ *decision.Model, in *decision.Input) { in.Count = math.MaxInt },
			want: []string{"card 50 rule"}},
		{name: "NothingQualifiesSoTheDefaultStands",
			shop:    func(d *decision.Definitions) { rules(d, rule{Offer: "card", When: "profile.age > 40"}) },
			profile: map[string]any{"age": int64(30)},
			want:    []string{"hello"}, dropped: []string{"card 3 not-eligible"}},
		{name: "SegmentAndZoneMakeCandidates",
			shop: func(d *decision.Definitions) {
				rules(d, rule{Offer: "card", Segment: "young", Zone: "top"}, rule{Offer: "loan", Segment: "old"},
					rule{Offer: "fund", Zone: "side"}, rule{Name: "off", Offer: "fund", Disabled: true})
			},
			want:    []string{"card 50 rule"},
			dropped: []string{"loan 2 not-in-segment", "fund 2 other-zone", "fund 2 rule-disabled"}},
		{name: "RetiredOffersAreNoCandidates",
			shop: func(d *decision.Definitions) {
				d.Offers["card"] = definition.Offer{Retired: true}
				rules(d, rule{Offer: "card"})
			},
			want: []string{"hello"}, dropped: []string{"card 2 offer-retired"}},
		{name: "DatesFilter",
			shop: func(d *decision.Definitions) {
				d.Campaigns["spring"], d.Campaigns["winter"] = definition.Campaign{Start: at(1)}, definition.Campaign{End: at(0)}
				d.Offers["early"], d.Offers["late"] = definition.Offer{Effective: at(1)}, definition.Offer{Expires: at(0)}
				d.Offers["sprung"], d.Offers["frozen"] = definition.Offer{Campaign: "spring"}, definition.Offer{Campaign: "winter"}
				rules(d, rule{Offer: "early"}, rule{Offer: "late"}, rule{Offer: "sprung"}, rule{Offer: "frozen"},
					rule{Offer: "card", Effective: at(1)}, rule{Offer: "loan", Expires: at(0)}, rule{Offer: "fund", Effective: at(0), Expires: at(1)})
			},
			want: []string{"fund 50 rule"},
			dropped: []string{"early 3 offer-not-yet-effective", "late 3 offer-expired", "sprung 3 campaign-not-yet-started",
				"frozen 3 campaign-ended", "card 3 rule-not-yet-effective", "loan 3 rule-expired"}},
		{name: "AConditionThatFailsIsNotMet",
			shop: func(d *decision.Definitions) { rules(d, rule{Offer: "card", When: "profile.age > 40"}) },
			want: []string{"hello"}, dropped: []string{"card 3 condition-failed"}},
		{name: "ConditionsReadTheOffer",
			shop: func(d *decision.Definitions) {
				d.Offers["card"] = definition.Offer{Attributes: map[string]any{"price": 99.0}}
				rules(d, rule{Offer: "card", When: "offer.price < profile.income"}, rule{Offer: "loan", When: "offer.price < profile.income"})
			},
			profile: map[string]any{"income": 50.0},
			want:    []string{"loan 50 rule"}, dropped: []string{"card 3 not-eligible"}},
		{name: "ScoresAreComputed",
			shop: func(d *decision.Definitions) {
				rules(d, rule{Offer: "card", Score: score(10), ScoreExpression: "score + offer.price"},
					rule{Offer: "loan", ScoreExpression: "1.0 / (profile.income - profile.income)"}, rule{Offer: "fund", ScoreExpression: "profile.age"})
			},
			profile: map[string]any{"income": 50.0},
			want:    []string{"card 20 expression"}, dropped: []string{"loan 4 score-failed", "fund 4 score-failed"}},
		{name: "PastAndListsFilter",
			shop: func(d *decision.Definitions) {
				d.Channel.PresentationsPerVisit = 2
				rules(d, rule{Offer: "blocked"}, rule{Offer: "accepted"}, rule{Offer: "rejected"}, rule{Offer: "shown"}, rule{Offer: "hidden"}, rule{Offer: "elsewhere"}, rule{Offer: "fresh"})
				for _, r := range d.Strategies["main"].Rules {
					d.Offers[r.Offer] = definition.Offer{}
				}
			},
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Blocked, in.Exclude = []decision.OfferID{id(t, m, "blocked"), 99, -1}, []decision.OfferID{id(t, m, "elsewhere")}
				in.Past = []decision.Past{{Offer: id(t, m, "accepted"), Accepted: true}, {Offer: id(t, m, "rejected"), Rejected: true},
					{Offer: id(t, m, "shown"), Shown: 2}, {Offer: id(t, m, "hidden"), Suppressed: true}, {Offer: id(t, m, "fresh"), Shown: 1}, {Offer: 99}}
			},
			want: []string{"fresh 50 rule"},
			dropped: []string{"blocked 3 blocked", "accepted 3 already-accepted", "rejected 3 already-rejected",
				"shown 3 shown-too-often", "hidden 3 suppressed", "elsewhere 3 at-other-point"}},
		{name: "SuppressionLastsForItsTimeAndTakesOthersAlong",
			shop: func(d *decision.Definitions) {
				d.Offers["card"] = definition.Offer{Suppress: &definition.Suppression{OnAccept: true, For: days(2), Also: []string{"loan"}}}
				d.Offers["fund"] = definition.Offer{Suppress: &definition.Suppression{OnReject: true, For: days(2)}}
				d.Offers["gift"] = definition.Offer{Suppress: &definition.Suppression{AfterPresentations: 3}}
				rules(d, rule{Offer: "card"}, rule{Offer: "loan"}, rule{Offer: "fund"}, rule{Offer: "gift"})
			},
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Past = []decision.Past{{Offer: id(t, m, "card"), AcceptedAt: *at(-1)}, {Offer: id(t, m, "fund"), RejectedAt: *at(-2)},
					{Offer: id(t, m, "gift"), Unanswered: 3, ShownAt: *at(-300)}}
			},
			want:    []string{"fund 50 rule"},
			dropped: []string{"card 3 suppressed", "loan 3 suppressed", "gift 3 suppressed"}},
		{name: "LimitsFilterAndAreSpreadEvenly",
			shop: func(d *decision.Definitions) {
				limits := func(customer, total *definition.Limit) definition.Offer {
					return definition.Offer{Effective: at(-1), Expires: at(1), Limits: &definition.OfferLimits{PerCustomer: customer, Total: total}}
				}
				d.Offers["card"], d.Offers["loan"] = limits(&definition.Limit{Presentations: 3}, nil), limits(nil, &definition.Limit{Presentations: 3})
				d.Offers["half"], d.Offers["open"] = limits(nil, &definition.Limit{Presentations: 6, Even: true}), limits(nil, &definition.Limit{Presentations: 7, Even: true})
				rules(d, rule{Offer: "card"}, rule{Offer: "loan"}, rule{Offer: "half"}, rule{Offer: "open"})
			},
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Past = []decision.Past{{Offer: id(t, m, "card"), Presented: 3}}
				in.Totals = func(decision.OfferID) int64 { return 3 }
			},
			want:    []string{"open 50 rule"},
			dropped: []string{"card 3 customer-limit", "loan 3 total-limit", "half 3 total-limit"}},
		{name: "OneOfferOnceWithItsBestScore",
			shop: func(d *decision.Definitions) {
				rules(d, rule{Name: "a", Offer: "card", Score: score(20)}, rule{Name: "b", Offer: "card", Score: score(30)}, rule{Name: "c", Offer: "card", Score: score(30)})
			},
			want: []string{"card 30 rule"}, dropped: []string{"card 5 better-rule", "card 5 better-rule"}},
		{name: "EqualScoresNewerOfferThenCode",
			shop: func(d *decision.Definitions) {
				d.Offers["loan"], d.Offers["old"] = definition.Offer{Effective: at(-1)}, definition.Offer{Effective: at(-9)}
				rules(d, rule{Offer: "fund"}, rule{Offer: "card"}, rule{Offer: "old"}, rule{Offer: "loan"})
			},
			give:    func(_ *testing.T, _ *decision.Model, in *decision.Input) { in.Count = 3 },
			want:    []string{"loan 50 rule", "old 50 rule", "card 50 rule"},
			dropped: []string{"fund 6 outscored"}},
		{name: "AnOverrideBeatsTheRule",
			shop: func(d *decision.Definitions) {
				rules(d, rule{Offer: "card", ScoreExpression: "1.0"}, rule{Offer: "loan", Learning: of(false)})
			},
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Overrides = []decision.Override{{Offer: id(t, m, "card"), Score: 7, Zone: "side"}, {Offer: id(t, m, "card"), Score: 70},
					{Offer: id(t, m, "card"), Score: 90}, {Offer: id(t, m, "fund"), Score: 80}}
			},
			want: []string{"card 70 override", "loan 50 rule"}},
		{name: "AnOverrideAddsACandidate",
			shop: func(d *decision.Definitions) {
				d.Offers["gone"] = definition.Offer{Retired: true}
				d.Offers["over"] = definition.Offer{Expires: at(0)}
				rules(d)
			},
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Overrides = []decision.Override{{Offer: id(t, m, "card"), Score: 7, Adds: true}, {Offer: id(t, m, "loan"), Score: 8, Adds: true, Segment: "old"},
					{Offer: id(t, m, "gone"), Adds: true}, {Offer: id(t, m, "over"), Adds: true}, {Offer: 99, Adds: true}}
			},
			want:    []string{"card 7 override"},
			dropped: []string{"loan 2 override-does-not-apply", "gone 2 offer-retired", "over 3 offer-expired", " 2 unknown-offer"}},
		{name: "DefaultOffersAreCandidates",
			shop: func(d *decision.Definitions) { rules(d, rule{Offer: "card", Score: score(3)}) },
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Defaults = []decision.Default{{Offer: id(t, m, "loan"), Score: 5}, {Offer: id(t, m, "card"), Score: 1}, {Offer: 99}}
			},
			want: []string{"loan 5 default", "card 3 rule"}, dropped: []string{"card 5 better-rule", " 2 unknown-offer"}},
		{name: "WhatWasLearnedBeatsBoth",
			shop: func(d *decision.Definitions) {
				d.Offers["gift"], d.Offers["pen"] = definition.Offer{}, definition.Offer{}
				rules(d, rule{Offer: "card"}, rule{Offer: "loan", Learning: of(false)}, rule{Offer: "fund"}, rule{Offer: "gift"}, rule{Offer: "pen"})
			},
			give: func(t *testing.T, m *decision.Model, in *decision.Input) {
				t.Helper()
				in.Point, _ = m.Point("smart")
				in.Count = 9
				in.Overrides = []decision.Override{{Offer: id(t, m, "card"), Score: 99}, {Offer: id(t, m, "fund"), Score: 98, Final: true}}
				in.Learned = func(model string, offer decision.OfferID) (float64, bool) {
					require.Equal(t, "bandit", model)
					return 60, offer != id(t, m, "gift")
				}
			},
			want: []string{"fund 98 override", "card 60 learning", "pen 60 learning", "gift 50 rule", "loan 50 rule"}},
		{name: "AnotherAudienceLevelHasOtherRules",
			shop: func(d *decision.Definitions) {
				d.Strategies["house"] = definition.Strategy{AudienceLevel: "household", Rules: []rule{{Name: "h", Offer: "card"}}}
				rules(d, rule{Offer: "loan"})
			},
			want: []string{"loan 50 rule"}},
		{name: "AMacroIsRead",
			shop:    func(d *decision.Definitions) { rules(d, rule{Offer: "card", When: "macro.rich"}) },
			profile: map[string]any{"income": 1e6},
			want:    []string{"card 50 rule"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, d := scopes(t), shop()
			test.shop(&d)
			m, err := decision.Compile(s, d)
			require.NoError(t, err)
			in := visitor(t, s, m, test.profile)
			if test.give != nil {
				test.give(t, m, in)
			}
			require.Equal(t, test.want, chosen(m.Decide(in)))

			x := m.Explain(in)
			require.Equal(t, test.want, chosen(x.Result), "explained")
			var dropped []string
			for _, c := range x.Candidates {
				require.NotEmpty(t, c.Text, c)
				if c.Reason != decision.Won {
					dropped = append(dropped, fmt.Sprintf("%s %d %s", c.Offer, c.Step, c.Reason))
				}
			}
			require.Equal(t, test.dropped, dropped)
		})
	}
}

func chosen(r decision.Result) []string {
	if r.Default != "" {
		return []string{r.Default}
	}
	var out []string
	for _, c := range r.Offers {
		out = append(out, fmt.Sprintf("%s %v %s", c.Code, c.Score, c.Source))
	}
	return out
}

func TestCompileSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	d := shop()
	d.Offers["card"] = definition.Offer{Campaign: "none", Suppress: &definition.Suppression{Also: []string{"nothing"}}}
	d.InteractionPoints["lost"] = definition.InteractionPoint{Zone: "nowhere", Default: "x"}
	d.Strategies["other"] = definition.Strategy{AudienceLevel: "company"}
	rules(&d, rule{Offer: "what", Zone: "where"}, rule{Offer: "loan", When: "profile.agee > 1", ScoreExpression: "profile.region"})
	_, err := decision.Compile(scopes(t), d)
	f, ok := fault.As(err)
	require.True(t, ok, err)
	var paths []string
	for _, p := range f.Places {
		paths = append(paths, p.Path)
	}
	require.Equal(t, []string{"interaction-points/lost.zone", "offers/card.campaign", "offers/card.suppress.also[0]",
		"strategies/main.rules[0].offer", "strategies/main.rules[0].zone", "strategies/other.audienceLevel",
		"strategies/main.rules[1].scoreExpression", "strategies/main.rules[1].when"}, paths)
}

func TestAttributesAreComputedForTheVisitor(t *testing.T) {
	t.Parallel()
	s, d := scopes(t), shop()
	d.Offers["card"] = definition.Offer{
		Attributes: map[string]any{"kind": "gold"},
		Computed:   map[string]string{"greeting": "'dear ' + profile.region", "price": "double(profile.age)"},
	}
	rules(&d, rule{Offer: "card", Computed: map[string]string{"price": "offer.price * 2.0"}})
	m, err := decision.Compile(s, d)
	require.NoError(t, err)

	in := visitor(t, s, m, map[string]any{"region": "north", "age": int64(30)})
	given := m.Decide(in).Offers[0]
	attributes, failed := m.Attributes(in, given)
	require.Empty(t, failed)
	require.Equal(t, map[string]any{"kind": "gold", "greeting": "dear north", "price": 20.0}, attributes)

	given.Rule = decision.NoRule
	attributes, _ = m.Attributes(in, given)
	require.InDelta(t, 30, attributes["price"], 0, "of the offer")

	in = visitor(t, s, m, nil)
	attributes, failed = m.Attributes(in, given)
	require.Equal(t, map[string]any{"kind": "gold"}, attributes)
	require.Len(t, failed, 2)
}
