package server

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

// shopPackage has two offers for everybody at one point, of which the card is
// better, and is not given to a customer again who accepted it.
func shopPackage(tenant string) *bundle.Package {
	card, loan := 90.0, 50.0
	return &bundle.Package{Format: bundle.Format, Tenant: tenant, Channel: "web", Content: bundle.Content{
		AudienceLevels: map[string]definition.AudienceLevel{"customer": {
			Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
		}},
		OfferAttributes: map[string]definition.OfferAttribute{"price": {Type: definition.Number, Default: 10.0}},
		Offers: map[string]definition.Offer{
			"card": {Attributes: map[string]any{"price": 5.0}, Suppress: &definition.Suppression{OnAccept: true}}, "loan": {},
		},
		Channel:           definition.Channel{Solution: "cards", AudienceLevels: []string{"customer"}},
		Zones:             map[string]definition.Zone{"top": {}},
		InteractionPoints: map[string]definition.InteractionPoint{"hero": {Zone: "top", Default: "welcome"}},
		Events:            map[string]definition.Event{"accepted": {Actions: []definition.EventAction{{Do: definition.LogAcceptance}}}},
		Strategies: map[string]definition.Strategy{"all": {Rules: []definition.TreatmentRule{
			{Name: "card", Offer: "card", Score: &card}, {Name: "loan", Offer: "loan", Score: &loan},
		}}},
	}}
}

// serveShop makes the group serve the shop.
func (b *testBundle) serveShop() {
	b.t.Helper()
	group := b.group()
	content, hash, err := shopPackage(b.launch.Tenant.ID).Encode()
	require.NoError(b.t, err)
	require.NoError(b.t, group.Publish(b.t.Context(), hash, content))
	_, err = group.Move(b.t.Context(), 0, versions.Version{Channel: "web", Number: 1, Hash: hash, Name: "release 1"})
	require.NoError(b.t, err)
}

// asShop calls the runtime API as the touchpoint does.
func (b *testBundle) asShop() *client.Runtime {
	return client.NewRuntime([]string{"http://" + b.launch.Listen}, client.RuntimeOptions{
		Options: client.Options{Credential: b.shop.key.Text, Retries: -1},
	})
}

func success(t *testing.T, answer client.RuntimeAnswer, err error) client.RuntimeAnswer {
	t.Helper()
	require.NoError(t, err)
	require.Equal(t, client.RuntimeSuccess, answer.Status, "%+v", answer.Messages)
	return answer
}

func codes(offers []client.PresentedOffer) []string {
	all := []string{}
	for _, o := range offers {
		all = append(all, o.Offer)
	}
	return all
}

func TestTouchpoints(t *testing.T) {
	t.Parallel()
	b := setup(t, "", "none")
	b.serveShop()
	b.start()
	ctx, shop := t.Context(), b.asShop()
	ada := client.Audience{ID: client.Properties{"id": "ada"}}
	hero := client.GetOffers{OffersWanted: client.OffersWanted{Point: "hero", Count: 1}}
	start := func(session string, audience client.Audience) {
		t.Helper()
		answer, err := shop.StartSession(ctx, session, client.StartSession{
			Channel: "web", Debug: true, Audience: audience, Profile: client.Properties{"age": 36}, Parameters: client.Properties{"page": "home"},
		})
		success(t, answer, err)
		require.EqualValues(t, 1, answer.Version.Number)
	}
	offers := func(session string) client.RuntimeAnswer {
		t.Helper()
		answer, err := shop.GetOffers(ctx, session, hero)
		return success(t, answer, err)
	}

	// A visitor is given the best offer, and why.
	start("visit-1", ada)
	first := offers("visit-1")
	require.Equal(t, []string{"card"}, codes(first.Offers("hero")))
	card := first.Offers("hero")[0]
	require.NotEmpty(t, card.Treatment)
	require.InDelta(t, 90, card.Score, 0)
	require.EqualValues(t, 5, card.Attributes["price"])
	require.Len(t, first.Explain, 1)
	require.Len(t, first.Explain[0].Candidates, 2)

	// Having accepted it, the visitor is not given it again, nor the other one.
	accept := func(treatment string) {
		t.Helper()
		answer, err := shop.PostEvent(ctx, "visit-1", client.PostEvent{Event: "accepted", Treatment: treatment})
		success(t, answer, err)
	}
	accept(card.Treatment)
	second := offers("visit-1")
	require.Equal(t, []string{"loan"}, codes(second.Offers("hero")))
	loan := second.Offers("hero")[0]
	accept(loan.Treatment)
	third := offers("visit-1")
	require.Empty(t, third.Offers("hero"))
	require.Equal(t, "welcome", third.OfferLists[0].Default)
	reasons := map[string]string{}
	for _, candidate := range third.Explain[0].Candidates {
		reasons[candidate.Offer] = candidate.Reason
	}
	require.Equal(t, map[string]string{"card": "suppressed", "loan": "already-accepted"}, reasons)

	// In a later visit the group knows the customer: the card stays suppressed.
	answer, err := shop.EndSession(ctx, "visit-1")
	success(t, answer, err)
	start("visit-2", ada)
	require.Equal(t, []string{"loan"}, codes(offers("visit-2").Offers("hero")))
	start("visit-3", client.Audience{ID: client.Properties{"id": "grace"}})
	require.Equal(t, []string{"card"}, codes(offers("visit-3").Offers("hero")), "another customer did not accept it")

	// A batch does all of that at once.
	batch, err := shop.ExecuteBatch(ctx, "visit-4", client.RuntimeBatch{Commands: []client.RuntimeCommand{
		{Method: client.MethodStartSession, Channel: "web"},
		{Method: client.MethodGetOffers, OffersWanted: client.OffersWanted{Point: "hero", Count: 5}},
		{Method: client.MethodGetOffers, OffersWanted: client.OffersWanted{Point: "nowhere", Count: 1}},
		{Method: client.MethodEndSession},
	}})
	require.NoError(t, err)
	require.Equal(t, client.RuntimeError, batch.Status)
	require.Equal(t, []string{"card", "loan"}, codes(batch.Answers[1].Offers("hero")))
	_, unknown := batch.Answers[2].Message(5)
	require.True(t, unknown)

	// The status and the metrics tell of it.
	status, err := b.as(b.gateway).Status(ctx)
	require.NoError(t, err)
	require.Equal(t, 2, status.Sessions)
	require.Contains(t, status.Summary, "with 2 sessions")
	metrics, err := http.Get("http://" + b.launch.MetricsListen + "/metrics")
	require.NoError(t, err)
	text, err := io.ReadAll(metrics.Body)
	require.NoError(t, err)
	require.NoError(t, metrics.Body.Close())
	require.Contains(t, string(text), `switchyard_runtime_sessions 2`)
	for _, metric := range []string{"actions_waiting", "actions_dead", "actions_late_seconds", "forged_treatments_total", "orphans_refused_total"} {
		require.Contains(t, string(text), "switchyard_runtime_"+metric+" 0")
	}
	require.Contains(t, string(text), `switchyard_runtime_calls_total{method="getOffers",status="0"}`)

	// What was answered is in the history once the server has ended.
	b.stop()
	page, err := historypg.New(postgrestest.Open(t, b.launch.DatabaseURL)).Read(ctx, 0, 100)
	require.NoError(t, err)
	contacts, accepted := 0, map[string]string{}
	for _, entry := range page.Entries {
		switch {
		case entry.Contact != nil:
			contacts++
		case entry.Response != nil && entry.Response.Class == history.Accept:
			accepted[entry.Response.Treatment.String()] = entry.Response.Offer
		}
	}
	require.Equal(t, 6, contacts)
	require.Equal(t, map[string]string{card.Treatment: "card", loan.Treatment: "loan"}, accepted)
}

func TestTouchpointsLoseTheirRole(t *testing.T) {
	t.Parallel()
	b := setup(t, "", "none")
	b.serveShop()
	b.start()
	call := func() error {
		_, err := b.asShop().StartSession(t.Context(), "s", client.StartSession{Channel: "web"})
		return err
	}
	require.NoError(t, call())
	b.shop.Runtime = false
	b.grant("dispute")
	b.eventually("the touchpoint is refused", func() bool { return client.IsStatus(call(), http.StatusForbidden) })
	b.shop.Runtime = true
	b.grant("dispute")
	b.eventually("the touchpoint may call again", func() bool { return call() == nil })
	b.plane.refuses.Store(true)
	b.eventually("a server that is refused itself serves no touchpoints", func() bool { return client.IsStatus(call(), http.StatusForbidden) })
}
