package touchpoint_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestGetOffers(t *testing.T) {
	t.Parallel()

	t.Run("WritesEachPresentationBeforeItAnswers", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		list := b.offers("s", "Banner")
		require.Equal(t, "banner", list.Point)
		require.Empty(t, list.Default)
		require.Equal(t, []string{"card", "loan"}, codes(list))
		require.Equal(t, map[string]any{"price": 5.0, "greeting": "hello north"}, list.Offers[0].Attributes)
		require.Len(t, b.history.written, 2)
		treatment, ok := history.ParseTreatment(list.Offers[1].Treatment)
		require.True(t, ok)
		require.Equal(t, history.Contact{
			Treatment: treatment, Session: "s", Channel: "web", Point: "banner", Zone: "top", Level: "customer", Customer: "ada",
			Offer: "loan", Strategy: "main", Rule: "loan", Segment: "young", Score: 60, Source: decision.FromRule, Propensity: 1,
			Deployment: 1, Hash: b.served.Serving("web").Hash, At: b.clock.Now(), Columns: map[string]any{"region": "north", "priced": 10.0},
		}, b.history.byTreatment[treatment])
	})

	t.Run("AnswersTheDefaultWhereNothingQualifies", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", touchpoint.Start{Channel: "web", Profile: map[string]any{"age": 12}})
		for range 5 {
			list := b.offers("s", "box")
			if len(list.Offers) == 0 {
				require.Equal(t, "bye", list.Default)
				return
			}
			require.Equal(t, []string{"loan"}, codes(list), "until it was shown three times")
		}
		t.Fatal("the offer was shown more often than the channel allows")
	})

	t.Run("AnswersTheWantedAttributes", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		r := wanted(1, "banner", "box")
		r.Points[0].Attributes, r.Points[1].Attributes = []string{"price", "unknown"}, []string{}
		a := b.GetOffers(b.ctx, "s", r)
		require.Equal(t, map[string]any{"price": 5.0}, a.OfferLists[0].Offers[0].Attributes)
		require.Empty(t, a.OfferLists[1].Offers[0].Attributes)
	})

	t.Run("SeesParametersOfTheSessionAndOfTheCall", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		r := wanted(1, "banner")
		r.CallParameters = map[string]any{"source": "mail"}
		require.Equal(t, []string{"fund"}, codes(b.GetOffers(b.ctx, "s", r).OfferLists[0]))
		require.Equal(t, []string{"card"}, codes(b.GetOffers(b.ctx, "s", wanted(1, "banner")).OfferLists[0]), "gone after the call")
		r.Parameters, r.CallParameters = r.CallParameters, nil
		require.Equal(t, []string{"fund"}, codes(b.GetOffers(b.ctx, "s", r).OfferLists[0]))
		require.Equal(t, []string{"fund"}, codes(b.GetOffers(b.ctx, "s", wanted(1, "banner")).OfferLists[0]), "kept")
		r.Parameters = map[string]any{"source": nil}
		require.Equal(t, []string{"card"}, codes(b.GetOffers(b.ctx, "s", r).OfferLists[0]), "null takes it away")
	})

	t.Run("ShowsAnOfferInAVisitAsOftenAsTheChannelAllows", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		for range 3 {
			require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
		}
		require.Empty(t, b.offers("s", "banner").Offers)
		b.start("s", ada())
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")), "a new visit")
	})

	t.Run("CountsWhatTheCustomerWasPresentedBefore", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			c.Offers["loan"] = definition.Offer{Limits: &definition.OfferLimits{PerCustomer: &definition.Limit{Presentations: 2}}}
		})
		b.customers.known["customer/ada"] = customer.Customer{Past: map[string]customer.Past{"loan": {Presented: 1}}}
		b.start("s", ada())
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
		require.Equal(t, []string{"card"}, codes(b.offers("s", "banner")))
	})

	t.Run("LeavesColumnsOutThatTheHistoryDoesNotKeep", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			c.HistoryMappings["customers"] = definition.HistoryMapping{AudienceLevel: "customer", Contact: map[string]string{
				"list": "[1, 2]", "nul": "'a\\x00b'", "endless": "1.0 / 0.0", "long": "profile.tags", "missing": "profile.since",
				"fails": "profile.tags[900]", "few": "[offer.code]", "fine": "offer.code + '!'", "priced": "score"}}
		})
		r := ada()
		for range 200 {
			r.Profile["tags"] = append(asTexts(r.Profile["tags"]), strings.Repeat("x", 400))
		}
		b.start("s", r)
		a := b.GetOffers(b.ctx, "s", wanted(1, "banner"))
		require.Equal(t, touchpoint.Warning, a.Status)
		require.Len(t, a.Messages, 5, a.Messages)
		require.Equal(t, map[string]any{"fine": "card!", "priced": 80.0, "few": []string{"card"}}, b.history.written[0].Columns)
		require.NotEmpty(t, a.OfferLists[0].Offers[0].Treatment)
	})

	t.Run("OffersWithoutTreatmentsWhileTheHistoryIsAway", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.history.away = true
		a := b.GetOffers(b.ctx, "s", wanted(3, "banner"))
		require.Equal(t, touchpoint.Warning, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.HistoryAway}, messages(a))
		require.Equal(t, []string{"card", "loan"}, codes(a.OfferLists[0]))
		for _, o := range a.OfferLists[0].Offers {
			require.Empty(t, o.Treatment)
		}
		b.history.away = false
		require.NotEmpty(t, b.offers("s", "banner").Offers[0].Treatment)
	})
}

// The example of the reference: P1 finds A, B, C and P2 finds A, D, two each.
func TestDuplicatesOfSeveralPoints(t *testing.T) {
	t.Parallel()
	example := func(c *bundle.Content) {
		strategy := definition.Strategy{}
		for i, at := range []struct{ zone, offer string }{{"top", "a"}, {"top", "b"}, {"top", "c"}, {"side", "a"}, {"side", "d"}} {
			c.Offers[at.offer] = definition.Offer{}
			strategy.Rules = append(strategy.Rules, definition.TreatmentRule{
				Name: at.zone + "-" + at.offer, Zone: at.zone, Offer: at.offer, Score: of(float64(90 - i))})
		}
		c.Strategies = map[string]definition.Strategy{"main": strategy}
	}
	for name, test := range map[string]struct {
		policy touchpoint.Duplicates
		want   []string
	}{
		"NoneIsTheDefault": {0, []string{"d"}},
		"PolicyOne":        {touchpoint.NoDuplicates, []string{"d"}},
		"PolicyTwo":        {touchpoint.AllowDuplicates, []string{"a", "d"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, example)
			b.start("s", ada())
			r := wanted(2, "banner", "box")
			r.Points[0].Duplicates, r.Points[1].Duplicates = test.policy, test.policy
			a := b.GetOffers(b.ctx, "s", r)
			require.Equal(t, touchpoint.Success, a.Status)
			require.Equal(t, []string{"a", "b"}, codes(a.OfferLists[0]))
			require.Equal(t, test.want, codes(a.OfferLists[1]))
			require.Equal(t, "box", a.OfferLists[1].Point)
		})
	}

	t.Run("TheOrderOfThePointsIsTheirPriority", func(t *testing.T) {
		t.Parallel()
		b := setup(t, example)
		b.start("s", ada())
		a := b.GetOffers(b.ctx, "s", wanted(2, "box", "banner"))
		require.Equal(t, []string{"a", "d"}, codes(a.OfferLists[0]))
		require.Equal(t, []string{"b", "c"}, codes(a.OfferLists[1]))
	})

	t.Run("WhatIsGivenTwiceCountsTwice", func(t *testing.T) {
		t.Parallel()
		b := setup(t, example, func(c *bundle.Content) { c.Channel.PresentationsPerVisit = 1 })
		b.start("s", ada())
		r := wanted(2, "banner", "box")
		r.Points[1].Duplicates = touchpoint.AllowDuplicates
		a := b.GetOffers(b.ctx, "s", r)
		require.Equal(t, []string{"d"}, codes(a.OfferLists[1]), "a was shown as often as the channel allows")
	})
}

func TestTotalLimits(t *testing.T) {
	t.Parallel()
	gift := func(c *bundle.Content) {
		s := c.Strategies["main"]
		s.Rules = append(s.Rules, definition.TreatmentRule{Name: "gift", Offer: "gift", Score: of(99.0)})
		c.Strategies["main"] = s
	}

	t.Run("GiveAnOfferWhileSomeAreLeft", func(t *testing.T) {
		t.Parallel()
		b := setup(t, gift)
		b.limits.left["gift"] = 2
		b.start("s", ada())
		for range 2 {
			require.Equal(t, []string{"gift", "card", "loan"}, codes(b.offers("s", "banner")))
		}
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
		require.False(t, b.history.written[0].Reservation.IsZero())
		require.True(t, b.history.written[1].Reservation.IsZero())
	})

	t.Run("GiveAnotherOfferWhenTheLastWasTakenMeanwhile", func(t *testing.T) {
		t.Parallel()
		b := setup(t, gift)
		b.limits.left["gift"], b.limits.raced = 2, map[string]int{"gift": 1}
		b.start("s", ada())
		require.Equal(t, touchpoint.Success, b.SetDebug(b.ctx, "s", touchpoint.SetDebug{Debug: true}).Status)
		a := b.GetOffers(b.ctx, "s", wanted(1, "banner"))
		require.Equal(t, []string{"card"}, codes(a.OfferLists[0]))
		require.Len(t, a.Explain, 1)
		require.Equal(t, decision.TotalLimit, reasonOf(a.Explain[0], "gift"))
	})

	t.Run("TakeAgainWhatHasLapsed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, gift)
		b.limits.left["gift"] = 2
		b.history.fails = []error{fault.New(fault.Conflict, "reservation-lapsed", "lapsed")}
		b.start("s", ada())
		require.Equal(t, []string{"gift", "card", "loan"}, codes(b.offers("s", "banner")))
		require.Equal(t, history.Reservation{1, 2}, b.history.written[0].Reservation)
	})

	t.Run("GiveNoOfferWhoseLastPresentationHasLapsed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, gift)
		b.limits.left["gift"] = 1
		b.history.fails = []error{fault.New(fault.Conflict, "reservation-lapsed", "lapsed")}
		b.start("s", ada())
		a := b.GetOffers(b.ctx, "s", wanted(3, "banner"))
		require.Equal(t, []string{"card", "loan"}, codes(a.OfferLists[0]))
		require.Empty(t, b.history.written)
	})

	t.Run("HoldBackWhatCannotBeCounted", func(t *testing.T) {
		t.Parallel()
		b := setup(t, gift)
		b.limits.left["gift"] = 2
		b.history.away = true
		b.start("s", ada())
		a := b.GetOffers(b.ctx, "s", wanted(1, "banner", "box"))
		require.Equal(t, []touchpoint.Code{touchpoint.HistoryAway}, messages(a))
		require.Empty(t, a.OfferLists[0].Offers)
		require.Equal(t, "welcome", a.OfferLists[0].Default)
		require.Equal(t, []string{"card"}, codes(a.OfferLists[1]))
	})

	t.Run("NeverGiveAnOfferWhereNobodyCounts", func(t *testing.T) {
		t.Parallel()
		b := setup(t, gift)
		b.options.Limits = nil
		b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
		b.start("s", ada())
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
	})
}

func asTexts(value any) []string {
	texts, _ := value.([]string)
	return texts
}

func reasonOf(e touchpoint.Explain, offer string) decision.Reason {
	for _, c := range e.Candidates {
		if c.Offer == offer {
			return c.Reason
		}
	}
	return ""
}

func TestDebug(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start("s", ada())
	require.Empty(t, b.GetOffers(b.ctx, "s", wanted(1, "banner")).Explain)
	require.Equal(t, touchpoint.Success, b.SetDebug(b.ctx, "s", touchpoint.SetDebug{Debug: true}).Status)
	require.True(t, b.profile("s").Debug)
	a := b.GetOffers(b.ctx, "s", wanted(1, "banner", "box"))
	require.Len(t, a.Explain, 2)
	first := a.Explain[0]
	require.Equal(t, "top", first.Zone)
	require.Equal(t, []string{"young"}, first.Segments)
	require.Len(t, first.Candidates, 4, "all rules of the level")
	require.Equal(t, touchpoint.Candidate{Offer: "card", Origin: decision.OriginRule, Strategy: "main", Rule: "card",
		Step: decision.StepChosen, Reason: decision.Won, Text: "place 1", Score: of(80.0), Source: decision.FromRule, Rank: 1}, first.Candidates[0])
	require.Equal(t, decision.NotInSegment, first.Candidates[2].Reason)
	require.Equal(t, decision.AtOtherPoint, reasonOf(a.Explain[1], "card"))
	require.Equal(t, touchpoint.Success, b.SetDebug(b.ctx, "s", touchpoint.SetDebug{}).Status)
	require.Empty(t, b.GetOffers(b.ctx, "s", wanted(1, "banner")).Explain)
}
