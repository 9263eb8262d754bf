package customerpg_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type group struct {
	testing.TB
	db *sqlx.DB
	*customerpg.Store
}

func setup(t testing.TB) *group {
	t.Helper()
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	g := &group{TB: t, db: db, Store: customerpg.New(db)}
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	return g
}

func (g *group) load(level, key string) customer.Customer {
	g.Helper()
	loaded, err := g.Load(g.Context(), level, key)
	require.NoError(g, err)
	return loaded
}

// setProfile gives a customer a profile with one attribute.
func (g *group) setProfile(level, key string, attributes map[string]any) {
	g.Helper()
	require.NoError(g, profilespg.New(g.db).Load(g.Context(), level, []profiles.Profile{{Key: key, Attributes: attributes}}))
}

var lists = customer.Lists{
	Overrides: []customer.Override{
		{Offer: "fund", Score: 1e20, Adds: true, Final: true, Zone: "top", Segment: "gold", When: `profile.age > 3 && "ö" != ""`},
		{Offer: "card", Score: -0.1},
		{Offer: "card", Score: 5},
	},
	Blocked: []string{"loan"},
}

func TestLoad(t *testing.T) {
	t.Parallel()

	t.Run("GivesAllThatIsKnown", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		g.setProfile("customer", "ada", map[string]any{"age": int64(9007199254740993), "name": "Ada", "tags": []string{"a"}})
		require.NoError(t, g.SetLists(t.Context(), "customer", "ada", lists))
		defaults := []customer.Default{{Offer: "card", Score: 1}, {Offer: "fund", Score: 2.5}}
		require.NoError(t, g.SetDefaults(t.Context(), "customer", defaults))
		_, err := g.db.ExecContext(t.Context(), `
			SET TIME ZONE 'Asia/Kolkata';
			INSERT INTO customer_offers (level, customer, offer, presented, recent, shown_at, unanswered, rejected_at, version)
			VALUES ('customer', 'ada', 'card', 4, '[[1772452800123456, 3]]', '2026-03-02T12:00:00.123456Z', 2, '2026-03-01T00:00:00Z', 1)`)
		require.NoError(t, err)

		shown := time.Date(2026, 3, 2, 12, 0, 0, 123_456_000, time.UTC)
		require.Equal(t, customer.Customer{
			Known:   true,
			Profile: map[string]any{"age": json.Number("9007199254740993"), "name": "Ada", "tags": []any{"a"}},
			Past: map[string]customer.Past{"card": {
				Presented: 4, Recent: []customer.Presentations{{At: shown, Count: 3}}, ShownAt: shown, Unanswered: 2,
				RejectedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
			}},
			Overrides: lists.Overrides, Blocked: lists.Blocked, Defaults: defaults,
		}, g.load("customer", "ada"))
	})

	t.Run("GivesNothingOfOthers", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		g.setProfile("customer", "ada", map[string]any{"age": 3})
		require.NoError(t, g.SetLists(t.Context(), "customer", "ada", lists))
		require.NoError(t, g.SetDefaults(t.Context(), "household", []customer.Default{{Offer: "card", Score: 1}}))
		require.Equal(t, customer.Customer{}, g.load("customer", "bob"))
		require.Equal(t, customer.Customer{Defaults: []customer.Default{{Offer: "card", Score: 1}}}, g.load("household", "ada"))
	})

	t.Run("GoesOnAfterItsSessionsDied", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		g.setProfile("customer", "ada", map[string]any{"age": 3})
		require.True(t, g.load("customer", "ada").Known)
		admin := postgrestest.Open(t, postgrestest.Admin(t))
		var name string
		require.NoError(t, g.db.GetContext(t.Context(), &name, `SELECT current_database()`))
		_, err := admin.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, name)
		require.NoError(t, err)
		require.True(t, g.load("customer", "ada").Known)
	})

	t.Run("PlansItsStatementOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		g.load("customer", "ada")
		g.db.SetMaxOpenConns(1)
		var before, after int
		query := `SELECT calls::int FROM (SELECT count(*) AS calls FROM pg_prepared_statements) p`
		require.NoError(t, g.db.GetContext(t.Context(), &before, query))
		for range 10 {
			g.load("customer", "ada")
		}
		require.NoError(t, g.db.GetContext(t.Context(), &after, query))
		require.Equal(t, []int{1, 1}, []int{before, after})
	})
}

func TestLists(t *testing.T) {
	t.Parallel()

	t.Run("AreReplaced", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		require.NoError(t, g.SetLists(t.Context(), "customer", "ada", lists))
		require.NoError(t, g.SetLists(t.Context(), "customer", "ada", customer.Lists{Blocked: []string{"b", "a", "b"}}))
		require.Equal(t, customer.Customer{Blocked: []string{"a", "b"}}, g.load("customer", "ada"))
		require.NoError(t, g.SetDefaults(t.Context(), "customer", []customer.Default{{Offer: "a", Score: 1}, {Offer: "a", Score: 2}}))
		require.Equal(t, []customer.Default{{Offer: "a", Score: 2}}, g.load("customer", "ada").Defaults)
		require.NoError(t, g.SetDefaults(t.Context(), "customer", nil))
		require.Empty(t, g.load("customer", "ada").Defaults)
	})

	t.Run("AreThoseOfOneOfTwoThatSetThemAtOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		var both errgroup.Group
		for i := range 8 {
			both.Go(func() error {
				name := fmt.Sprint(i)
				return g.SetLists(t.Context(), "customer", "ada", customer.Lists{
					Overrides: []customer.Override{{Offer: name}, {Offer: name}}, Blocked: []string{name}})
			})
		}
		require.NoError(t, both.Wait())
		loaded := g.load("customer", "ada")
		require.Len(t, loaded.Overrides, 2)
		require.Equal(t, []string{loaded.Overrides[0].Offer, loaded.Overrides[0].Offer}, []string{loaded.Overrides[1].Offer, loaded.Blocked[0]})
		require.Len(t, loaded.Blocked, 1)
	})

	t.Run("AreBounded", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		err := g.SetLists(t.Context(), "customer", "ada", customer.Lists{Blocked: make([]string, customer.MaxBlocked+1)})
		require.True(t, fault.Is(err, fault.Invalid))
		err = g.SetDefaults(t.Context(), "customer", make([]customer.Default, customer.MaxDefaults+1))
		require.True(t, fault.Is(err, fault.Invalid))
	})
}

func BenchmarkLoad(b *testing.B) {
	g := setup(b)
	g.setProfile("customer", "ada", map[string]any{"age": 3, "balance": 12.5, "job": "admin"})
	require.NoError(b, g.SetLists(b.Context(), "customer", "ada", lists))
	_, err := g.db.ExecContext(b.Context(), `
		INSERT INTO customer_offers (level, customer, offer, presented, unanswered, shown_at, version)
		SELECT 'customer', 'ada', 'offer-' || i, 1, 1, now(), 1 FROM generate_series(1, 20) i`)
	require.NoError(b, err)
	for b.Loop() {
		require.Len(b, g.load("customer", "ada").Past, 20)
	}
}
