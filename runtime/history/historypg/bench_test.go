package historypg_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
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

// BenchmarkResponses answers contacts of 100 blocks that lie among 10,000: one in a
// transaction, and one of each block. Blocks overlap where servers write at the same
// time. Blocks of one contact are what a row for each contact would be.
func BenchmarkResponses(b *testing.B) {
	for _, give := range []struct{ contacts, overlap int }{{1, 1}, {150, 1}, {150, 20}} {
		b.Run(fmt.Sprintf("%dInABlock_%dOverlap", give.contacts, give.overlap), func(b *testing.B) {
			g := setup(b)
			blocks := g.amongMany(give.contacts, give.overlap)
			db, err := postgres.Open(b.Context(), g.url, postgres.Options{MaxOpen: 1, Name: "switchyard-test"})
			require.NoError(b, err)
			defer db.Close()
			g.db, g.Store = db, historypg.New(db)
			answered := 0
			for _, each := range []int{1, len(blocks)} {
				b.Run(fmt.Sprintf("%d", each), func(b *testing.B) {
					g.TB = b
					before, written := g.buffers(), 0
					for b.Loop() {
						var batch history.Batch
						for range each {
							block := blocks[answered%len(blocks)]
							r := accept(block[answered/len(blocks)%len(block)], noon)
							r.Type = fmt.Sprintf("answer-%d", answered)
							batch.Responses = append(batch.Responses, r)
							answered++
						}
						for _, kept := range g.write(batch) {
							require.Equal(b, history.Recorded, kept.State)
						}
						written += each
					}
					b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(written), "µs/response")
					b.ReportMetric(float64(g.buffers()-before)/float64(written), "buffers/response")
				})
			}
		})
	}
}

// amongMany writes 100 blocks of contacts and as many others that it takes for 10,000,
// which have the lines of the first one: nobody asks for theirs.
func (g *group) amongMany(contacts, overlap int) (blocks [][]history.Contact) {
	g.Helper()
	const (
		all, some = 10_000, 100
		span      = 20 // milliseconds of a block
	)
	began := noon.UnixMilli()
	every := all / overlap / some
	for i := range some {
		block := g.contacts(contacts, i*contacts, false)
		for j := range block {
			at := began + int64(i*every*span+j*span/contacts)
			for k := range 6 {
				block[j].Treatment[k] = byte(at >> (40 - 8*k))
			}
		}
		g.write(history.Batch{Contacts: block})
		blocks = append(blocks, block)
	}
	_, err := g.db.ExecContext(g.Context(), `
		INSERT INTO contact_blocks (first, treatments, contacts, at, lines)
		SELECT i.first, treatment_range(i.first, i.last, '[]'), b.contacts, b.at, b.lines
		FROM (SELECT * FROM contact_blocks WHERE first = $1) b, (
			SELECT (lpad(to_hex($2 + i / $3 * $4), 12, '0') || substr(md5('first' || i), 13))::uuid AS first,
				(lpad(to_hex($2 + i / $3 * $4 + CASE WHEN b.contacts = 1 THEN 0 ELSE $4 - 1 END), 12, '0') || 'ffff' || substr(md5('last' || i), 17))::uuid AS last
			FROM contact_blocks b, generate_series(0::bigint, $5 - 1) AS i
			WHERE b.first = $1 AND (i % $3 <> 0 OR i / $3 % $6 <> 0)
		) i`, uuid.UUID(blocks[0][0].Treatment), began, overlap, span, all, every)
	require.NoError(g, err)
	_, err = g.db.ExecContext(g.Context(), `VACUUM ANALYZE contact_blocks`)
	require.NoError(g, err)
	require.Equal(g, all, g.count(`SELECT count(*) FROM contact_blocks`))
	return blocks
}

// buffers counts the pages of contact blocks and of their indexes that were looked at.
func (g *group) buffers() (n int) {
	g.Helper()
	_, err := g.db.ExecContext(g.Context(), `SELECT pg_stat_force_next_flush()`)
	require.NoError(g, err)
	return g.count(`SELECT heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read + toast_blks_hit + toast_blks_read + tidx_blks_hit + tidx_blks_read
		FROM pg_statio_user_tables WHERE relname = 'contact_blocks'`)
}
