package touchpoint_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestStartSession(t *testing.T) {
	t.Parallel()

	t.Run("LoadsTheProfileUnderWhatTheCallBringsAlong", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.customers.known["customer/ada"] = customer.Customer{Known: true,
			Profile: map[string]any{"age": 50.0, "income": 2000.0, "gone": "x"}}
		b.start("s", ada())
		p := b.profile("s")
		require.Equal(t, map[string]any{"id": "ada", "age": int64(25), "income": 2000.0, "region": "north", "vip": false}, p.Attributes)
		require.Equal(t, []string{"young", "rich"}, p.Segments)
		require.Equal(t, touchpoint.Audience{Level: "customer", ID: map[string]any{"id": "ada"}}, p.Audience)
	})

	t.Run("LoadsByTheCanonicalFormOfACompositeKey", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.customers.known[`account/["7","a\"b"]`] = customer.Customer{Profile: map[string]any{"age": 3.0}}
		b.start("s", touchpoint.Start{Channel: "web",
			Audience: touchpoint.Audience{Level: "account", ID: map[string]any{"number": `a"b`, "branch": 7.0}}})
		require.Equal(t, int64(3), b.profile("s").Attributes["age"])
		require.Equal(t, []string{"fund"}, codes(b.offers("s", "box")))
	})

	t.Run("GoesOnWithALiveSessionWithoutLoading", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.offers("s", "banner")
		loads := b.customers.loads
		b.start("s", touchpoint.Start{Channel: "WEB", RelyOnExisting: true, Parameters: map[string]any{"source": "mail"}})
		require.Equal(t, loads, b.customers.loads)
		p := b.profile("s")
		require.Equal(t, int64(25), p.Attributes["age"])
		require.Equal(t, "mail", p.Parameters["source"])
	})

	t.Run("StartsOneWhereThereIsNoneToRelyOn", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		r := ada()
		r.RelyOnExisting = true
		b.start("s", r)
		require.Equal(t, int64(25), b.profile("s").Attributes["age"])
	})

	t.Run("DiscardsALiveSessionOtherwise", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		treatment := b.offers("s", "banner").Offers[0].Treatment
		b.post("s", touchpoint.PostEvent{Event: "accepted", Treatment: treatment})
		require.Equal(t, []string{"loan"}, codes(b.offers("s", "banner")))
		b.start("s", ada())
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
	})

	t.Run("KeepsTheLiveSessionWhenTheCallIsRefused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		a := b.StartSession(b.ctx, "s", touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{Level: "planet"}})
		require.Equal(t, []touchpoint.Code{touchpoint.UnknownLevel}, messages(a))
		require.Equal(t, int64(25), b.profile("s").Attributes["age"])
	})

	t.Run("KnowsNothingOfAnAnonymousVisitor", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", touchpoint.Start{Channel: "web"})
		p := b.profile("s")
		require.Empty(t, p.Audience.ID)
		require.Equal(t, []string{"old"}, p.Segments)
	})

	t.Run("GoesOnWithoutTheCustomerWhileTheDatabaseIsAway", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.customers.known["customer/ada"] = customer.Customer{Profile: map[string]any{"income": 2000.0}, Blocked: []string{"card"}}
		b.customers.away = true
		a := b.StartSession(b.ctx, "s", ada())
		require.Equal(t, touchpoint.Warning, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.ProfileNotLoaded, touchpoint.ListsNotLoaded}, messages(a))
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")), "with what the call brought along")
		loads := b.customers.loads
		b.offers("s", "banner")
		require.Equal(t, loads, b.customers.loads, "not each call tries again")
		b.customers.away = false
		b.clock.Pass(time.Second)
		require.Equal(t, []string{"fund", "loan"}, codes(b.offers("s", "banner")), "loaded as soon as it is back")
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	give := func(c customer.Customer) *testBundle {
		b := setup(t)
		b.customers.known["customer/ada"] = c
		return b
	}

	t.Run("BlockOffers", func(t *testing.T) {
		t.Parallel()
		b := give(customer.Customer{Blocked: []string{"card", "not there"}})
		b.start("s", ada())
		require.Equal(t, []string{"loan"}, codes(b.offers("s", "banner")))
	})

	t.Run("OverrideScoresUnderTheirCondition", func(t *testing.T) {
		t.Parallel()
		b := give(customer.Customer{Overrides: []customer.Override{
			{Offer: "loan", Score: 99, When: "profile.age > 90"}, {Offer: "loan", Score: 95, When: "profile.age > 20"},
			{Offer: "fund", Score: 100, Adds: true}, {Offer: "gone", Adds: true},
		}})
		b.start("s", ada())
		list := b.offers("s", "banner")
		require.Equal(t, []string{"fund", "loan", "card"}, codes(list))
		require.InDelta(t, 95, list.Offers[1].Score, 0)
	})

	t.Run("SayWhichOverrideIsWrong", func(t *testing.T) {
		t.Parallel()
		b := give(customer.Customer{Overrides: []customer.Override{{Offer: "loan", Score: 99, When: "profile.aeg > 90"}}})
		a := b.StartSession(b.ctx, "s", ada())
		require.Equal(t, []touchpoint.Code{touchpoint.ExpressionFailed}, messages(a))
		require.Contains(t, a.Messages[0].Detail, "offer loan")
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
	})

	t.Run("HaveDefaultOffers", func(t *testing.T) {
		t.Parallel()
		b := give(customer.Customer{Defaults: []customer.Default{{Offer: "fund", Score: 1}}})
		b.start("s", ada())
		require.Equal(t, []string{"card", "loan", "fund"}, codes(b.offers("s", "banner")))
	})
}

func TestSetAudience(t *testing.T) {
	t.Parallel()
	known := touchpoint.SetAudience{Audience: touchpoint.Audience{ID: map[string]any{"id": "ada"}}, Profile: map[string]any{"age": 25, "region": "north"}}
	anonymous := touchpoint.Start{Channel: "web", Profile: map[string]any{"age": 25, "region": "north"}}

	t.Run("LoadsAndSegmentsAgain", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.customers.known["customer/ada"] = customer.Customer{Profile: map[string]any{"income": 2000.0}}
		b.start("s", touchpoint.Start{Channel: "web"})
		require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", known).Status)
		require.Equal(t, []string{"young", "rich"}, b.profile("s").Segments)
	})

	t.Run("MergesTheVisitOfAnAnonymousVisitor", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", anonymous)
		list := b.offers("s", "banner")
		require.Equal(t, []string{"card", "loan"}, codes(list))
		require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", known).Status)
		b.post("s", touchpoint.PostEvent{Event: "rejected", Treatment: list.Offers[0].Treatment})
		require.Equal(t, []string{"loan"}, codes(b.offers("s", "banner")), "what was presented before can be answered")
		b.offers("s", "banner")
		require.Empty(t, b.offers("s", "banner").Offers, "presentations before count for the visit")
	})

	t.Run("CountsTheAnonymousVisitForTheLimitsOfTheCustomer", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *bundle.Content) {
			c.Channel.PresentationsPerVisit = 0
			c.Offers["loan"] = definition.Offer{Limits: &definition.OfferLimits{PerCustomer: &definition.Limit{Presentations: 3}}}
		})
		b.customers.known["customer/ada"] = customer.Customer{Past: map[string]customer.Past{"loan": {Presented: 1}}}
		b.start("s", anonymous)
		b.offers("s", "banner")
		require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", known).Status)
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
		require.Equal(t, []string{"card"}, codes(b.offers("s", "banner")))
	})

	t.Run("ForgetsTheVisitOfAnotherCustomer", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		list := b.offers("s", "banner")
		b.post("s", touchpoint.PostEvent{Event: "rejected", Treatment: list.Offers[0].Treatment})
		other := known
		other.Audience.ID = map[string]any{"id": "bob"}
		require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", other).Status)
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")))
		b.post("s", touchpoint.PostEvent{Event: "accepted", Treatment: list.Offers[1].Treatment})
		require.Equal(t, []string{"card", "loan"}, codes(b.offers("s", "banner")), "what ada answers is not bob's")
	})

	t.Run("KeepsTheVisitOfTheSameCustomerAndWhereAsked", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "rejected", Treatment: b.offers("s", "banner").Offers[0].Treatment})
		require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", known).Status)
		require.Equal(t, []string{"loan"}, codes(b.offers("s", "banner")))
		other := known
		other.Audience.ID, other.Merge = map[string]any{"id": "bob"}, of(true)
		require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", other).Status)
		require.Equal(t, []string{"loan"}, codes(b.offers("s", "banner")))
	})

	t.Run("ChangesNothingWhenItIsRefused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		before := b.profile("s")
		for _, id := range []map[string]any{{"id": 7}, {"id": ""}, {"ID": "x"}, {"id": "x", "more": 1}, {"id": nil}} {
			a := b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: touchpoint.Audience{ID: id}})
			require.Equal(t, []touchpoint.Code{touchpoint.MalformedAudienceID}, messages(a), id)
		}
		require.Equal(t, before, b.profile("s"))
	})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	without := func(c *bundle.Content) {
		s := c.Strategies["main"]
		s.Rules = s.Rules[1:]
		c.Strategies["main"] = s
	}

	t.Run("ASessionStaysOnThatWithWhichItBegan", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("old", ada())
		b.deploy(2, without)
		b.start("new", ada())
		a := b.GetOffers(b.ctx, "old", wanted(3, "banner"))
		require.EqualValues(t, 1, a.Version.Number)
		require.Equal(t, []string{"card", "loan"}, codes(a.OfferLists[0]))
		a = b.GetOffers(b.ctx, "new", wanted(3, "banner"))
		require.EqualValues(t, 2, a.Version.Number)
		require.Equal(t, []string{"loan"}, codes(a.OfferLists[0]))
		require.EqualValues(t, 2, b.GetVersion(b.ctx).Channels[0].Number)
	})

	t.Run("ASessionOfAnotherProcessGoesOn", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.offers("s", "banner")
		elsewhere := touchpoint.New(&carried{Store: b.sessions}, b.served, b.history, b.options)
		a := elsewhere.GetOffers(b.ctx, "s", wanted(3, "banner"))
		require.Equal(t, touchpoint.Success, a.Status, a.Messages)
		require.Equal(t, []string{"card", "loan"}, codes(a.OfferLists[0]))
		require.Equal(t, b.profile("s"), elsewhere.GetProfile(b.ctx, "s").Profile)
		a = elsewhere.GetOffers(b.ctx, "s", wanted(3, "banner"))
		require.Equal(t, []string{"card", "loan"}, codes(a.OfferLists[0]))
		require.Empty(t, elsewhere.GetOffers(b.ctx, "s", wanted(3, "banner")).OfferLists[0].Offers, "it was shown three times")
	})

	t.Run("ASessionOfAnotherProcessStaysOnItsVersionWhereTheGroupHasIt", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		first := b.served.Serving("web")
		b.deploy(2, without)
		kept := &past{of: map[string]*versions.Serving{first.Hash: first}}
		b.options.Past = kept
		elsewhere := touchpoint.New(&carried{Store: b.sessions}, b.served, b.history, b.options)
		for range 3 {
			a := elsewhere.GetOffers(b.ctx, "s", wanted(3, "banner"))
			require.Equal(t, touchpoint.Success, a.Status, a.Messages)
			require.EqualValues(t, 1, a.Version.Number)
			require.Equal(t, []string{"card", "loan"}, codes(a.OfferLists[0]))
		}
		require.Equal(t, 3, kept.asked)
		elsewhere.StartSession(b.ctx, "t", ada())
		a := elsewhere.GetOffers(b.ctx, "t", wanted(3, "banner"))
		require.EqualValues(t, 2, a.Version.Number, "one that begins has the present one")
		require.Equal(t, 3, kept.asked)

		b.served.set(&versions.Serving{Version: versions.Version{Channel: "web", Number: 3}})
		require.Equal(t, touchpoint.Success, elsewhere.GetProfile(b.ctx, "s").Status, "the channel was taken off, the session goes on")
	})

	t.Run("ASessionOfAnotherProcessTakesThePresentVersionWhereItsOwnCannotBeHad", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.deploy(2, without)
		b.options.Past = &past{}
		elsewhere := touchpoint.New(&carried{Store: b.sessions}, b.served, b.history, b.options)
		require.Equal(t, []touchpoint.Code{touchpoint.VersionGone}, messages(elsewhere.GetOffers(b.ctx, "s", wanted(3, "banner"))))
	})

	t.Run("ASessionOfAnotherProcessTakesThePresentVersionWhereItsOwnIsGone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.start("s", ada())
		b.deploy(2, without)
		elsewhere := touchpoint.New(&carried{Store: b.sessions}, b.served, b.history, b.options)
		a := elsewhere.GetOffers(b.ctx, "s", wanted(3, "banner"))
		require.Equal(t, []touchpoint.Code{touchpoint.VersionGone}, messages(a))
		require.EqualValues(t, 2, a.Version.Number)
		require.Equal(t, []string{"loan"}, codes(a.OfferLists[0]))
	})
}

// past has versions that are no longer served.
type past struct {
	of    map[string]*versions.Serving
	asked int
}

func (p *past) ByHash(ctx context.Context, channel string, number int64, hash string) (*versions.Serving, error) {
	p.asked++
	if found := p.of[hash]; found != nil && found.Channel == channel && found.Number == number {
		return found, ctx.Err()
	}
	return nil, fault.New(fault.NotFound, "package-missing", "it is not here")
}

var _ session.Store = (*carried)(nil)
