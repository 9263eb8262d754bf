package touchpoint_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// group is a server group with real stores below its servers.
type group struct {
	*testBundle
	reader   history.Reader
	recorder *history.Recorder
	limits   *historypg.Store
}

func realStores(t *testing.T, change ...func(*bundle.Content)) *group {
	t.Helper()
	b := setup(t, change...)
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	store := historypg.New(db)
	customers := customerpg.New(db)
	g := &group{testBundle: b, reader: store, limits: store}
	g.recorder = history.NewRecorder(store, history.Options{Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = g.recorder.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		_ = customers.Close()
	})
	b.options.Customers, b.options.NewTreatment = customers, nil
	g.Service = g.server()

	level := b.served.Serving("web").Compiled.Package.Content.AudienceLevels["customer"]
	key, err := profiles.KeyOf(level, map[string]any{"id": "ada"})
	require.NoError(t, err)
	require.NoError(t, profilespg.New(db).Load(t.Context(), "customer", []profiles.Profile{
		{Key: key, Attributes: map[string]any{"id": "ada", "age": int64(25), "region": "north", "since": b.clock.Now()}}}))
	require.NoError(t, customers.SetLists(t.Context(), "customer", key, customer.Lists{
		Overrides: []customer.Override{{Offer: "loan", Score: 95, When: "profile.age > 20"}}, Blocked: []string{"fund"}}))
	require.NoError(t, customers.SetDefaults(t.Context(), "customer", []customer.Default{{Offer: "fund", Score: 1}}))
	return g
}

// server is another server of the group, with sessions of its own.
func (g *group) server() *touchpoint.Service {
	o := g.options
	o.Limits = history.NewLimits(g.limits)
	return touchpoint.New(g.sessions, g.served, g.recorder, o)
}

func (g *group) entries() []history.Entry {
	g.Helper()
	page, err := g.reader.Read(g.ctx, 0, 1000)
	require.NoError(g, err)
	return page.Entries
}

var known = touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{ID: map[string]any{"id": "ada"}}}

func TestOnRealStores(t *testing.T) {
	t.Parallel()

	t.Run("LoadsTheCustomer", func(t *testing.T) {
		t.Parallel()
		g := realStores(t)
		g.start("s", known)
		p := g.profile("s")
		require.Equal(t, int64(25), p.Attributes["age"])
		require.Equal(t, g.clock.Now(), p.Attributes["since"])
		require.Equal(t, []string{"young"}, p.Segments)
		require.Equal(t, []string{"loan", "card"}, codes(g.offers("s", "banner")), "overridden and blocked")
		g.start("anonymous", touchpoint.Start{Channel: "web"})
		require.Equal(t, []string{"fund"}, codes(g.offers("anonymous", "banner")), "the default of the level")
	})

	t.Run("RemembersWhatHappenedInEarlierVisits", func(t *testing.T) {
		t.Parallel()
		g := realStores(t, func(c *bundle.Content) {
			c.Offers["loan"] = definition.Offer{Suppress: &definition.Suppression{OnAccept: true}}
			card := c.Offers["card"]
			card.Limits = &definition.OfferLimits{PerCustomer: &definition.Limit{Presentations: 2}}
			c.Offers["card"] = card
		})
		g.start("s", known)
		list := g.offers("s", "banner")
		g.post("s", touchpoint.PostEvent{Event: "seen"})
		require.Equal(t, touchpoint.Success, g.EndSession(g.ctx, "s").Status)

		g.start("t", known)
		require.Equal(t, []string{"loan", "card"}, codes(g.offers("t", "banner")))
		g.post("t", touchpoint.PostEvent{Event: "accepted", Treatment: list.Offers[0].Treatment, ResponseType: "purchased"})
		require.Empty(t, g.offers("t", "banner").Offers, "one was accepted, of an earlier session; the other shown twice")
		g.start("u", known)
		require.Empty(t, g.offers("u", "banner").Offers)

		var responses []*history.RecordedResponse
		contacts := 0
		for _, e := range g.entries() {
			if e.Contact != nil {
				contacts++
			}
			if e.Response != nil && e.Response.Class != history.Seen {
				responses = append(responses, e.Response)
			}
		}
		require.Equal(t, 4, contacts)
		require.Len(t, responses, 1)
		require.True(t, responses[0].CrossSession)
		require.Equal(t, "loan", responses[0].Offer)
	})

	t.Run("KeepsForgedResponsesApart", func(t *testing.T) {
		t.Parallel()
		g := realStores(t)
		g.start("s", known)
		forged, err := history.NewTreatment()
		require.NoError(t, err)
		a := g.PostEvent(g.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: forged.String()})
		require.Equal(t, []touchpoint.Code{touchpoint.NoContact}, messages(a))
		entries := g.entries()
		require.Len(t, entries, 1)
		require.Equal(t, forged, entries[0].Orphan.Treatment)
	})

	t.Run("NeverPresentsMoreThanATotalLimitAllows", func(t *testing.T) {
		t.Parallel()
		const allowed = 25
		g := realStores(t, func(c *bundle.Content) {
			c.Offers["gift"] = definition.Offer{Limits: &definition.OfferLimits{Total: &definition.Limit{Presentations: allowed}}}
			s := c.Strategies["main"]
			s.Rules = append(s.Rules, definition.TreatmentRule{Name: "gift", Offer: "gift", Score: of(99.0)})
			c.Strategies["main"] = s
		})
		servers := []*touchpoint.Service{g.Service, g.server()}
		var visitors sync.WaitGroup
		var mu sync.Mutex
		given := 0
		for i := range 20 {
			visitors.Go(func() {
				s, id := servers[i%2], string(rune('a'+i))
				s.StartSession(g.ctx, id, touchpoint.Start{Channel: "web", Profile: ada().Profile})
				for range 3 {
					a := s.GetOffers(g.ctx, id, wanted(1, "banner"))
					for _, code := range codes(a.OfferLists[0]) {
						if code == "gift" {
							mu.Lock()
							given++
							mu.Unlock()
						}
					}
				}
			})
		}
		visitors.Wait()
		written := 0
		for _, e := range g.entries() {
			if e.Contact != nil && e.Contact.Offer == "gift" {
				written++
			}
		}
		require.Equal(t, given, written)
		require.LessOrEqual(t, written, allowed)
		require.Greater(t, written, allowed/2)
	})

	t.Run("AnswersWithinTheDeadlineWhileTheDatabaseIsAway", func(t *testing.T) {
		t.Parallel()
		g := realStores(t)
		g.start("s", known)
		dead := history.NewRecorder(unreachable{}, history.Options{Logger: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = dead.Run(ctx) })
		defer running.Wait()
		defer cancel()
		o := g.options
		o.Deadline = 400 * time.Millisecond
		s := touchpoint.New(g.sessions, g.served, dead, o)
		began := time.Now()
		a := s.GetOffers(g.ctx, "s", wanted(2, "banner"))
		require.Less(t, time.Since(began), 5*time.Second)
		require.Equal(t, []touchpoint.Code{touchpoint.HistoryAway}, messages(a))
		require.Equal(t, []string{"loan", "card"}, codes(a.OfferLists[0]))
	})
}

// unreachable is a database that does not answer.
type unreachable struct{}

func (unreachable) Write(ctx context.Context, _ []history.Batch) ([][]history.Kept, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
