package schedulepg_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// served serves one version of the channel web.
type served struct{ version *versions.Serving }

func (s served) Serving(channel string) *versions.Serving {
	if channel != s.version.Channel {
		return nil
	}
	return s.version
}

func (served) Channels() []versions.Channel { return nil }

// shop has one offer, and a pattern that two visits meet: the offer counts as
// accepted then, though only later.
func shop(t *testing.T) served {
	t.Helper()
	score := 90.0
	compiled, err := bundle.Compile(&bundle.Package{Format: bundle.Format, Tenant: "harborbank", Channel: "web", Content: bundle.Content{
		AudienceLevels:    map[string]definition.AudienceLevel{"customer": {Key: []definition.Attribute{{Name: "id", Type: definition.Text}}}},
		Offers:            map[string]definition.Offer{"card": {}},
		Channel:           definition.Channel{Solution: "cards", AudienceLevels: []string{"customer"}},
		Zones:             map[string]definition.Zone{"top": {}},
		InteractionPoints: map[string]definition.InteractionPoint{"hero": {Zone: "top", Default: "welcome"}},
		Events:            map[string]definition.Event{"visit": {}},
		EventPatterns: map[string]definition.EventPattern{"regular": {Logic: definition.Counter,
			Members: []definition.PatternMember{{Event: "visit", Count: 2}},
			Actions: []definition.EventAction{{Do: definition.LogAcceptance, At: "now"}}}},
		Strategies: map[string]definition.Strategy{"all": {Rules: []definition.TreatmentRule{{Name: "card", Offer: "card", Score: &score}}}},
	}})
	require.NoError(t, err)
	return served{&versions.Serving{Version: versions.Version{Channel: "web", Number: 1, Hash: compiled.Hash}, Compiled: compiled}}
}

// server is a server of the group with sessions of its own.
func server(t *testing.T, db *sqlx.DB, name string, shop served) (*touchpoint.Service, *schedulepg.Store) {
	t.Helper()
	recorder := history.NewRecorder(historypg.New(db), history.Options{Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- recorder.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	store := schedulepg.New(db, name, late)
	return touchpoint.New(session.NewMemory(session.Limits{}, nil), shop, recorder, touchpoint.Options{Schedule: store}), store
}

func success(t *testing.T, a touchpoint.Answer) touchpoint.Answer {
	t.Helper()
	require.Equal(t, touchpoint.Success, a.Status, a.Messages)
	return a
}

func TestWhatOneServerLeavesAnotherOneDoes(t *testing.T) {
	t.Parallel()
	db, shop := database(t), shop(t)
	first, firstStore := server(t, db, "first", shop)
	second, _ := server(t, db, "second", shop)
	ada := touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{ID: map[string]any{"id": "ada"}}}
	success(t, first.StartSession(t.Context(), "one", ada))
	success(t, second.StartSession(t.Context(), "two", ada))
	offers := success(t, first.GetOffers(t.Context(), "one", touchpoint.GetOffers{Points: []touchpoint.Wanted{{Point: "hero", Count: 1}}}))
	visit := touchpoint.PostEvent{Event: "visit", Treatment: offers.OfferLists[0].Offers[0].Treatment}

	success(t, first.PostEvent(t.Context(), "one", visit))
	success(t, second.PostEvent(t.Context(), "two", visit))
	success(t, second.PostEvent(t.Context(), "two", visit))
	left, err := firstStore.Usage(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, left.Waiting, "the visits to both servers meet the pattern, once")

	// The second server is gone for good: it has no runner.
	run(t, firstStore, first, schedule.Options{})
	usage(t, firstStore, schedule.Usage{})
	var responses []struct{ Type, Offer, Customer, Session string }
	require.NoError(t, db.SelectContext(t.Context(), &responses, `SELECT type, offer, customer, session FROM responses`))
	require.Len(t, responses, 1)
	require.Equal(t, "accept", responses[0].Type)
	require.Equal(t, "card", responses[0].Offer)
	require.Equal(t, "two", responses[0].Session)
}
