package historypg_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123_456_000, time.UTC)

// group is the database of a group.
type group struct {
	testing.TB
	url string
	db  *sqlx.DB
	*historypg.Store
}

func setup(t testing.TB) *group {
	t.Helper()
	url := postgrestest.New(t, migration.Solution)
	db := postgrestest.Open(t, url)
	return &group{TB: t, url: url, db: db, Store: historypg.New(db)}
}

// server is a recorder of another server of the group.
func (g *group) server(url string, o history.Options) *history.Recorder {
	g.Helper()
	db, err := postgres.Open(g.Context(), url, postgres.Options{MaxOpen: 3, Name: "switchyard-test"})
	require.NoError(g, err)
	return g.recorder(historypg.New(db), o, func() { _ = db.Close() })
}

func (g *group) recorder(w history.Writer, o history.Options, after func()) *history.Recorder {
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	r := history.NewRecorder(w, o)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = r.Run(ctx) })
	g.Cleanup(func() {
		cancel()
		running.Wait()
		after()
	})
	return r
}

func (g *group) treatment() history.Treatment {
	g.Helper()
	t, err := history.NewTreatment()
	require.NoError(g, err)
	return t
}

// contact is a presentation of an offer to a customer.
func (g *group) contact(customer, offer string, at time.Time) history.Contact {
	g.Helper()
	return history.Contact{
		Treatment: g.treatment(), Session: "s-" + customer, Channel: "web", Point: "home", Zone: "top", Level: "customer", Customer: customer,
		Offer: offer, Strategy: "winback", Rule: "spring", Segment: "gold", Score: 61.5, Source: decision.FromRule, Learning: "clicks",
		Propensity: 0.25, Deployment: 7, Hash: "abc", At: at,
	}
}

func accept(c history.Contact, at time.Time) history.Response {
	return history.Response{Treatment: c.Treatment, Type: "purchased", Class: history.Accept, Session: c.Session, Channel: "web", At: at}
}

// write writes one batch.
func (g *group) write(b history.Batch) []history.Kept {
	g.Helper()
	kept, err := g.Write(g.Context(), []history.Batch{b})
	require.NoError(g, err)
	return kept[0]
}

// past is what the group knows of a customer's offers.
func (g *group) past(key string) map[string]customer.Past {
	g.Helper()
	customers := customerpg.New(g.db)
	defer customers.Close()
	loaded, err := customers.Load(g.Context(), "customer", key)
	require.NoError(g, err)
	return loaded.Past
}

// entries is the whole history, read in small pages.
func (g *group) entries() []history.Entry {
	g.Helper()
	var all []history.Entry
	after := int64(0)
	for {
		page, err := g.Read(g.Context(), after, 7)
		require.NoError(g, err)
		all = append(all, page.Entries...)
		after = page.Next
		if !page.More {
			return all
		}
	}
}

func (g *group) count(query string, args ...any) (n int) {
	g.Helper()
	require.NoError(g, g.db.GetContext(g.Context(), &n, query, args...))
	return n
}

func key(i int) string { return fmt.Sprintf("c%05d", i) }
