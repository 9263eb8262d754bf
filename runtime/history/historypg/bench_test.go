package historypg_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
)

// rowsPerBatch is the size of the groups that a busy recorder writes.
const rowsPerBatch = 1_000

// contacts makes contacts of many customers with some offers.
func (g *group) contacts(n, from int, anonymous bool) []history.Contact {
	contacts := make([]history.Contact, n)
	for i := range contacts {
		customer := key((from + i) * 7919 % 50_000)
		if anonymous {
			customer = ""
		}
		contacts[i] = g.contact(customer, fmt.Sprintf("offer-%d", (from+i)%20), noon.Add(time.Duration(from+i)*time.Millisecond))
		contacts[i].Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		contacts[i].Columns = map[string]any{"branch": "north", "visits": int64(i)}
	}
	return contacts
}

// BenchmarkContacts writes durable contacts in groups of 1,000, beside COPY of the
// same rows in the same groups.
func BenchmarkContacts(b *testing.B) {
	rate := func(b *testing.B, rows int) {
		b.Helper()
		b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "contacts/s")
	}
	hour := duration.Duration(time.Hour)
	limit := &definition.Limit{Presentations: 3, For: &hour}
	for name, anonymous := range map[string]bool{"known": false, "limited": false, "anonymous": true} {
		b.Run(name, func(b *testing.B) {
			g := setup(b)
			written := 0
			for b.Loop() {
				b.StopTimer()
				batch := history.Batch{Contacts: g.contacts(rowsPerBatch, written, anonymous)}
				for i := range batch.Contacts {
					if name == "limited" {
						batch.Contacts[i].PerCustomer = limit
					}
				}
				b.StartTimer()
				g.write(batch)
				written += rowsPerBatch
			}
			rate(b, written)
		})
	}
	b.Run("copy", func(b *testing.B) {
		g := setup(b)
		_, err := g.db.ExecContext(b.Context(), `CREATE TABLE copied_contacts (
			treatment uuid PRIMARY KEY, session text NOT NULL, channel text NOT NULL, point text NOT NULL, zone text NOT NULL, level text NOT NULL,
			customer text NOT NULL, offer text NOT NULL, strategy text NOT NULL, rule text NOT NULL, segment text NOT NULL,
			score double precision NOT NULL, source text NOT NULL, learning text NOT NULL, propensity double precision NOT NULL,
			deployment bigint NOT NULL, hash text NOT NULL, at timestamptz NOT NULL, columns jsonb NOT NULL)`)
		require.NoError(b, err)
		written := 0
		for b.Loop() {
			b.StopTimer()
			contacts := g.contacts(rowsPerBatch, written, false)
			b.StartTimer()
			g.copy(contacts)
			written += rowsPerBatch
		}
		rate(b, written)
	})
	b.Run("recorder", func(b *testing.B) {
		g := setup(b)
		server := g.server(g.url, history.Options{})
		const callers, each = 200, 3
		var next atomic.Int64
		written := 0
		for b.Loop() { // a second of load for each
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for range 20 {
						contacts := g.contacts(each, int(next.Add(each)), false)
						_, err := server.Record(b.Context(), history.Batch{Contacts: contacts})
						require.NoError(b, err)
					}
				})
			}
			all.Wait()
			written += callers * 20 * each
		}
		rate(b, written)
	})
}

// copy is what the database can do with the same rows.
func (g *group) copy(contacts []history.Contact) {
	g.Helper()
	tx, err := g.db.BeginTxx(g.Context(), nil)
	require.NoError(g, err)
	statement, err := tx.PrepareContext(g.Context(), `COPY copied_contacts (treatment, session, channel, point, zone, level, customer,
		offer, strategy, rule, segment, score, source, learning, propensity, deployment, hash, at, columns) FROM STDIN`)
	require.NoError(g, err)
	for _, c := range contacts {
		_, err := statement.ExecContext(g.Context(), c.Treatment.String(), c.Session, c.Channel, c.Point, c.Zone, c.Level, c.Customer, c.Offer,
			c.Strategy, c.Rule, c.Segment, c.Score, string(c.Source), c.Learning, c.Propensity, c.Deployment, c.Hash, c.At,
			fmt.Sprintf(`{"branch":"north","visits":%d}`, c.Columns["visits"]))
		require.NoError(g, err)
	}
	_, err = statement.ExecContext(g.Context())
	require.NoError(g, err)
	require.NoError(g, statement.Close())
	require.NoError(g, tx.Commit())
}
