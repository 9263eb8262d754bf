package touchpoint_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func treatmentOf(t *testing.T, text string) history.Treatment {
	t.Helper()
	treatment, ok := history.ParseTreatment(text)
	require.True(t, ok, text)
	return treatment
}

func TestResponses(t *testing.T) {
	t.Parallel()

	t.Run("AreWrittenWithTheirTypeAndClass", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			event, given, want string
			class              history.Class
			left               []string
		}{
			{"accepted", "", "accept", history.Accept, []string{"loan"}},
			{"rejected", "", "reject", history.Reject, []string{"loan"}},
			{"answered", "", "later", history.Neither, []string{"card", "loan"}},
			{"accepted", "purchased", "purchased", history.Accept, []string{"loan"}},
			{"accepted", "later", "later", history.Neither, []string{"card", "loan"}},
			{"answered", "reject", "reject", history.Reject, []string{"loan"}},
		} {
			b := setup(t)
			b.start("s", ada())
			treatment := b.offers("s", "banner").Offers[0].Treatment
			b.post("s", touchpoint.PostEvent{Event: test.event, Treatment: treatment, ResponseType: test.given})
			require.Equal(t, map[string]history.Response{treatment + test.want: {
				Treatment: treatmentOf(t, treatment), Type: test.want, Class: test.class, Session: "s", Channel: "web", At: b.clock.Now(),
				Columns: map[string]any{"shown": "card"},
			}}, b.history.responses)
			require.Equal(t, test.left, codes(b.offers("s", "banner")))
		}
	})

	t.Run("CountOnce", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		treatment := b.offers("s", "banner").Offers[0].Treatment
		for range 50 {
			b.post("s", touchpoint.PostEvent{Event: "accepted", Treatment: treatment})
		}
		require.Len(t, b.history.responses, 1)
	})

	t.Run("AreMatchedAfterTheirSessionEnded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		treatment := b.offers("s", "banner").Offers[0].Treatment
		require.Equal(t, touchpoint.Success, b.EndSession(b.ctx, "s").Status)
		b.start("t", ada())
		b.post("t", touchpoint.PostEvent{Event: "accepted", Treatment: treatment})
		require.Equal(t, []string{"loan"}, codes(b.offers("t", "banner")), "the same customer accepted it in this visit")
		b.start("u", touchpoint.Start{Channel: "web", Profile: ada().Profile})
		b.post("u", touchpoint.PostEvent{Event: "accepted", Treatment: b.offers("t", "banner").Offers[0].Treatment})
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("u", "banner")), "another one did not")
	})

	t.Run("WithoutAContactAreKeptApart", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		forged, err := history.NewTreatment()
		require.NoError(t, err)
		for i, event := range []string{"accepted", "rejected", "seen"} {
			a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: event, Treatment: forged.String()})
			require.Equal(t, touchpoint.Warning, a.Status)
			require.Equal(t, []touchpoint.Code{touchpoint.NoContact}, messages(a))
			require.Len(t, b.history.orphans, i+1)
		}
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
	})

	t.Run("WithoutAContactAreBoundedInASession", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		mine := b.offers("s", "banner").Offers[0].Treatment
		flood := func(id string) touchpoint.Answer {
			forged, err := history.NewTreatment()
			require.NoError(t, err)
			return b.PostEvent(b.ctx, id, touchpoint.PostEvent{Event: "accepted", Treatment: forged.String()})
		}
		for range session.OrphansAtOnce {
			require.Equal(t, []touchpoint.Code{touchpoint.NoContact}, messages(flood("s")))
		}
		a := flood("s")
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.TooManyOrphans}, messages(a))
		require.Len(t, b.history.orphans, session.OrphansAtOnce)
		require.EqualValues(t, 1, b.Refusals().Orphans)

		b.post("s", touchpoint.PostEvent{Event: "accepted", Treatment: mine})
		b.start("t", ada())
		require.Equal(t, []touchpoint.Code{touchpoint.NoContact}, messages(flood("t")), "other sessions do not feel it")
	})

	t.Run("WithoutAContactAreRefusedWhereTheGroupHasTooMany", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.history.full = true
		forged, err := history.NewTreatment()
		require.NoError(t, err)
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: forged.String()})
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.TooManyOrphans}, messages(a))
	})

	t.Run("ToForgedCodesAreRefused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		made, err := history.NewCodes(bytes.Repeat([]byte{7}, history.CodesKeySize))
		require.NoError(t, err)
		b.options.Codes, b.options.NewTreatment = made, nil
		b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
		b.start("s", ada())
		forged, err := history.NewTreatment()
		require.NoError(t, err)
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: forged.String()})
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.UnknownTreatment}, messages(a))
		require.Empty(t, b.history.orphans)
		require.Equal(t, touchpoint.Refusals{Forged: 1}, b.Refusals())

		foreign, err := made.New()
		require.NoError(t, err)
		a = b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: foreign.String()})
		require.Equal(t, []touchpoint.Code{touchpoint.NoContact}, messages(a), "another group of the tenant may have made it")
		b.post("s", touchpoint.PostEvent{Event: "accepted", Treatment: b.offers("s", "banner").Offers[0].Treatment})
	})

	t.Run("ThatCannotBeWrittenAreErrors", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		treatment := b.offers("s", "banner").Offers[0].Treatment
		b.history.away = true
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: treatment})
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.HistoryAway}, messages(a))
		b.history.away = false
		b.post("s", touchpoint.PostEvent{Event: "accepted", Treatment: treatment})
		require.Len(t, b.history.responses, 1)
	})
}

func TestLogContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start("s", ada())
	a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "seen"})
	require.Equal(t, []touchpoint.Code{touchpoint.UnknownTreatment}, messages(a), "nothing was answered before")

	b.offers("s", "banner")
	list := b.offers("s", "banner")
	for range 2 {
		b.post("s", touchpoint.PostEvent{Event: "seen"})
	}
	require.Len(t, b.history.responses, 2, "all of the last answer, once")
	for _, o := range list.Offers {
		require.Equal(t, history.Seen, b.history.responses[o.Treatment+"seen"].Class)
	}
	list = b.offers("s", "banner")
	b.post("s", touchpoint.PostEvent{Event: "seen", Treatment: list.Offers[1].Treatment})
	require.Len(t, b.history.responses, 3)
}

func TestActions(t *testing.T) {
	t.Parallel()

	t.Run("SetTheProfileAndSegmentAgain", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "earned", Parameters: map[string]any{"amount": 600}})
		p := b.profile("s")
		require.InDelta(t, 601.0, p.Attributes["income"], 0)
		require.Equal(t, false, p.Attributes["vip"], "all is computed before it is set")
		require.Equal(t, map[string]any{"amount": int64(600)}, p.Parameters, "the session has the parameters")
		require.Equal(t, []string{"young"}, p.Segments)
		b.post("s", touchpoint.PostEvent{Event: "EARNED", Parameters: map[string]any{"amount": 600, "bonus": 5}})
		p = b.profile("s")
		require.Equal(t, true, p.Attributes["vip"])
		require.Equal(t, []string{"young", "rich"}, p.Segments)
		require.Equal(t, []string{"card", "fund", "loan"}, codes(b.offers("s", "banner")))
	})

	t.Run("AreNotDoneWhereTheirConditionDoesNotHold", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "earned", Parameters: map[string]any{"amount": -1}})
		require.InDelta(t, 0.0, b.profile("s").Attributes["income"], 0)
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "earned"})
		require.Equal(t, touchpoint.Warning, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.ExpressionFailed}, messages(a), "the condition reads a parameter that is missing")
		require.Contains(t, a.Messages[0].Detail, "actions[0].when")
		require.InDelta(t, 0.0, b.profile("s").Attributes["income"], 0)
	})

	t.Run("SegmentByTheNamedFlowchartsAlone", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			c.Events["aged"] = definition.Event{Actions: []definition.EventAction{
				{Do: definition.SetProfile, Set: map[string]string{"age": "70", "income": "5000.0"}},
				{Do: definition.ReSegment, Flowcharts: []string{"wealth"}},
			}}
		})
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "aged"})
		require.Equal(t, []string{"young", "rich"}, b.profile("s").Segments)
	})

	t.Run("SuppressOffersForTheVisit", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		r := ada()
		r.Parameters = map[string]any{"source": "mail"}
		b.start("s", r)
		list := b.offers("s", "banner")
		require.Equal(t, []string{"fund", "card", "loan"}, codes(list))
		b.post("s", touchpoint.PostEvent{Event: "hide-fund"})
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
		b.post("s", touchpoint.PostEvent{Event: "hide", Treatment: list.Offers[1].Treatment})
		require.Equal(t, []string{"loan"}, codes(b.offers("s", "banner")))
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "hide"})
		require.Equal(t, []touchpoint.Code{touchpoint.UnknownTreatment}, messages(a))
	})

	t.Run("TriggerEventsWithTheirParameters", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "paid", Parameters: map[string]any{"amount": 2000}})
		p := b.profile("s")
		require.InDelta(t, 2001.0, p.Attributes["income"], 0)
		require.Equal(t, []string{"young", "rich"}, p.Segments)
	})

	t.Run("AreBounded", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			for i := range 9 {
				next := definition.EventAction{Do: definition.TriggerEvents, Events: []string{fmt.Sprintf("fan-%d", i+1)}}
				c.Events[fmt.Sprintf("fan-%d", i)] = definition.Event{Actions: []definition.EventAction{next, next, next, next}}
			}
			c.Events["fan-9"] = definition.Event{Actions: []definition.EventAction{
				{Do: definition.SetProfile, Set: map[string]string{"income": "profile.income + 1.0"}}}}
		})
		b.start("s", ada())
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "fan-0"})
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.TooManyActions}, messages(a))
		require.Less(t, b.profile("s").Attributes["income"], 200.0)
	})

	t.Run("ThatAreDelayedAreRefusedAloud", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "later"})
		require.Equal(t, touchpoint.Warning, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.ActionDelayed}, messages(a))
	})

	t.Run("DoNotLetAnAttributeGrowWithoutBound", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			c.Events["grow"] = definition.Event{Actions: []definition.EventAction{
				{Do: definition.SetProfile, Set: map[string]string{"region": "profile.region + profile.region"}},
			}}
		})
		b.start("s", touchpoint.Start{Channel: "web", Profile: map[string]any{"age": 3, "region": "x"}})
		var last touchpoint.Answer
		for range 20 {
			last = b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "grow"})
		}
		require.Equal(t, touchpoint.Warning, last.Status)
		require.Contains(t, messages(last), touchpoint.ExpressionFailed)
		require.Len(t, b.profile("s").Attributes["region"], 8192)
	})

	t.Run("ThatReadWhatAnAudienceLevelHasNotAreNotDone", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			l := c.AudienceLevels["account"]
			l.Profile = l.Profile[:2]
			c.AudienceLevels["account"] = l
			c.Events["move"] = definition.Event{Actions: []definition.EventAction{
				{Do: definition.SetProfile, When: "profile.region == 'north'", Set: map[string]string{"age": "1"}},
				{Do: definition.SetProfile, Set: map[string]string{"region": "'x'", "income": "9.0"}},
			}}
		})
		b.start("s", touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{Level: "account"}, Profile: map[string]any{"age": 3}})
		b.post("s", touchpoint.PostEvent{Event: "move"})
		require.Equal(t, map[string]any{"age": int64(3), "income": 9.0}, b.profile("s").Attributes)
	})
}
