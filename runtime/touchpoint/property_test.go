package touchpoint_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// A session that is debugged is given the same offers as one that is not, whatever
// the package, the customer and the calls before; and what explanations say was
// chosen is what was answered.
func TestExplainAndDecisionAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		change, kept := drawContent(r), drawCustomer(r)
		plain, debugged := setup(t, change), setup(t, change)
		for _, b := range []*testBundle{plain, debugged} {
			b.customers.known["customer/ada"] = kept
			b.limits.left["o1"], b.limits.left["o2"] = 2, 3
		}
		profile := map[string]any{"age": rapid.IntRange(10, 80).Draw(r, "age"), "income": rapid.Float64Range(0, 3000).Draw(r, "income"),
			"region": rapid.SampledFrom([]string{"north", "south"}).Draw(r, "region")}
		start := touchpoint.Start{Channel: "web", Profile: profile}
		if rapid.Bool().Draw(r, "known") {
			start.Audience.ID = map[string]any{"id": "ada"}
		}
		explained := start
		explained.Debug = true
		require.Equal(r, plain.StartSession(plain.ctx, "s", start), debugged.StartSession(debugged.ctx, "s", explained))

		var treatments []string
		for range rapid.IntRange(1, 12).Draw(r, "calls") {
			call := drawCall(r, treatments)
			a, b := call(plain), call(debugged)
			for _, x := range b.Explain {
				agrees(r, x, listOf(b, x.Point))
			}
			require.Len(r, b.Explain, len(b.OfferLists))
			b.Explain = nil
			require.Equal(r, a, b)
			for _, list := range a.OfferLists {
				for _, o := range list.Offers {
					treatments = append(treatments, o.Treatment)
				}
			}
			pause := time.Duration(rapid.IntRange(0, 90).Draw(r, "pause")) * time.Second
			plain.clock.Pass(pause)
			debugged.clock.Pass(pause)
		}
		require.Equal(r, plain.history.written, debugged.history.written)
		require.Equal(r, plain.limits.left, debugged.limits.left)
	})
}

func listOf(a touchpoint.Answer, point string) touchpoint.OfferList {
	return a.OfferLists[slices.IndexFunc(a.OfferLists, func(l touchpoint.OfferList) bool { return l.Point == point })]
}

func agrees(t require.TestingT, x touchpoint.Explain, list touchpoint.OfferList) {
	won := make([]string, len(list.Offers))
	count := 0
	for _, c := range x.Candidates {
		if c.Reason != decision.Won {
			require.NotEqual(t, decision.StepChosen, c.Step)
			continue
		}
		require.LessOrEqual(t, c.Rank, len(won))
		require.InDelta(t, list.Offers[c.Rank-1].Score, *c.Score, 0)
		won[c.Rank-1] = c.Offer
		count++
	}
	require.Equal(t, len(won), count)
	if count > 0 {
		require.Equal(t, codes(list), won)
	}
}

func drawContent(t *rapid.T) func(*bundle.Content) {
	offer := rapid.SampledFrom([]string{"o0", "o1", "o2", "o3", "o4", "o5"})
	rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) definition.TreatmentRule {
		return definition.TreatmentRule{
			Offer: offer.Draw(t, "offer"), Score: of(float64(rapid.IntRange(0, 10).Draw(t, "score"))),
			Segment:  rapid.SampledFrom([]string{"", "", "young", "old", "rich"}).Draw(t, "segment"),
			Zone:     rapid.SampledFrom([]string{"", "top", "side"}).Draw(t, "zone"),
			Disabled: rapid.IntRange(0, 9).Draw(t, "disabled") == 0,
			When: rapid.SampledFrom([]string{"", "profile.age > 30", "profile.region == 'north'", "parameters.source == 'mail'",
				"profile.region == 'south' && profile.income > 100.0"}).Draw(t, "when"),
			ScoreExpression: rapid.SampledFrom([]string{"", "", "score * 2.0", "profile.income / 0.0", "double(profile.age)"}).Draw(t, "expression"),
		}
	}), 1, 25).Draw(t, "rules")
	for i := range rules {
		rules[i].Name = fmt.Sprintf("rule-%d", i)
	}
	perVisit := rapid.IntRange(0, 3).Draw(t, "perVisit")
	hour := duration.Duration(time.Minute)
	return func(c *bundle.Content) {
		for i := range 6 {
			c.Offers[fmt.Sprintf("o%d", i)] = definition.Offer{}
		}
		c.Offers["o1"] = definition.Offer{Limits: &definition.OfferLimits{Total: &definition.Limit{Presentations: 9}}}
		c.Offers["o2"] = definition.Offer{Limits: &definition.OfferLimits{
			Total: &definition.Limit{Presentations: 9}, PerCustomer: &definition.Limit{Presentations: 2, For: &hour}}}
		c.Offers["o3"] = definition.Offer{Suppress: &definition.Suppression{OnReject: true, AfterPresentations: 2, Also: []string{"o4"}, For: &hour}}
		c.Channel.PresentationsPerVisit = perVisit
		c.Strategies["main"] = definition.Strategy{Rules: rules}
	}
}

func drawCustomer(t *rapid.T) customer.Customer {
	offer := rapid.SampledFrom([]string{"o0", "o1", "o2", "o3", "o4", "o5", "gone"})
	return customer.Customer{
		Blocked: rapid.SliceOfN(offer, 0, 2).Draw(t, "blocked"),
		Overrides: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) customer.Override {
			return customer.Override{Offer: offer.Draw(t, "offer"), Score: float64(rapid.IntRange(0, 20).Draw(t, "score")),
				Adds: rapid.Bool().Draw(t, "adds"), Segment: rapid.SampledFrom([]string{"", "young"}).Draw(t, "segment"),
				When: rapid.SampledFrom([]string{"", "profile.age > 40"}).Draw(t, "when")}
		}), 0, 4).Draw(t, "overrides"),
		Defaults: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) customer.Default {
			return customer.Default{Offer: offer.Draw(t, "offer"), Score: 1}
		}), 0, 2).Draw(t, "defaults"),
		Past: map[string]customer.Past{offer.Draw(t, "past"): {Presented: 1, Unanswered: 1}},
	}
}

// drawCall is a call that both sessions are given.
func drawCall(t *rapid.T, treatments []string) func(b *testBundle) touchpoint.Answer {
	parameters := map[string]any{"source": rapid.SampledFrom([]string{"mail", "web"}).Draw(t, "source")}
	treatment := ""
	if len(treatments) > 0 {
		treatment = rapid.SampledFrom(treatments).Draw(t, "treatment")
	}
	switch rapid.IntRange(0, 4).Draw(t, "call") {
	case 0:
		event := rapid.SampledFrom([]string{"seen", "accepted", "rejected", "answered", "hide", "birthday", "earned"}).Draw(t, "event")
		return func(b *testBundle) touchpoint.Answer {
			return b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: event, Treatment: treatment, Parameters: map[string]any{"amount": 700}})
		}
	case 1:
		id := rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "id")
		return func(b *testBundle) touchpoint.Answer {
			return b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: touchpoint.Audience{ID: map[string]any{"id": id}},
				Profile: map[string]any{"age": 35, "region": "north"}, Parameters: parameters})
		}
	default:
		points := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"banner", "box"}), 1, 2, rapid.ID[string]).Draw(t, "points")
		r := wanted(rapid.IntRange(1, 4).Draw(t, "count"), points...)
		for i := range r.Points {
			r.Points[i].Duplicates = touchpoint.Duplicates(rapid.IntRange(0, 2).Draw(t, "duplicates"))
		}
		r.CallParameters = parameters
		return func(b *testBundle) touchpoint.Answer { return b.GetOffers(b.ctx, "s", r) }
	}
}
