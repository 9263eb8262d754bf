package historypg_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/learning"
)

func TestBlocks(t *testing.T) {
	t.Parallel()

	// many has contacts for several blocks.
	many := func(g *group, n int) (b history.Batch) {
		for i := range n {
			b.Contacts = append(b.Contacts, g.contact(key(i%7), "card", noon.Add(time.Duration(i)*time.Second)))
		}
		return b
	}

	t.Run("AreReadWhole", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		b := many(g, 600)
		for _, c := range b.Contacts[500:510] {
			b.Responses = append(b.Responses, accept(c, c.At))
		}
		g.write(b)
		require.Equal(t, 3, g.count(`SELECT count(*) FROM contact_blocks`))

		var read []history.Entry
		after := int64(0)
		for _, want := range []int{256, 256, 95, 3} {
			page, err := g.Read(t.Context(), after, 95)
			require.NoError(t, err)
			require.Len(t, page.Entries, want, "as many as asked for, and the rest of a block")
			require.Equal(t, len(read)+want < 610, page.More)
			read, after = append(read, page.Entries...), page.Next
		}
		for i, c := range b.Contacts {
			require.Equal(t, &c, read[i].Contact)
		}
		for i, r := range b.Responses {
			require.Equal(t, r, read[600+i].Response.Response)
		}
	})

	t.Run("AreThereAsRowsForPeople", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		b := many(g, 5)
		b.Contacts[1].Columns = map[string]any{learning.TraceColumn: "a\n\"b\"", "visits": 12.5}
		b.Contacts[2].Customer, b.Contacts[2].Offer = "", "ü\n[\""
		g.write(b)
		var rows []contactRow
		require.NoError(t, g.db.Select(&rows, `SELECT * FROM contacts ORDER BY treatment`))
		require.Len(t, rows, 5)
		for i, row := range rows {
			require.Equal(t, b.Contacts[i], row.contact(t))
			require.EqualValues(t, 1, row.Sequence)
		}
	})

	t.Run("OfAnAttemptThatNobodyHeardOf_AreNotWrittenAgain", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		b := many(g, 300)
		g.write(b)
		// In the same groups, in others, and with others.
		g.write(b)
		again := func(contacts ...history.Contact) history.Batch { return history.Batch{Contacts: contacts, Again: true} }
		_, err := g.Write(t.Context(), []history.Batch{again(b.Contacts[100:200]...), many(g, 1)})
		require.NoError(t, err)
		_, err = g.Write(t.Context(), []history.Batch{again(b.Contacts[250:]...), again(b.Contacts[10])})
		require.NoError(t, err)
		require.Equal(t, 301, g.count(`SELECT count(*) FROM contacts`))
		require.Equal(t, 301, g.count(`SELECT count(DISTINCT treatment) FROM contacts`))
		require.Equal(t, 301, g.count(`SELECT sum(presented) FROM customer_offers`))
	})

	t.Run("OfAnAttemptThatIsUnderWay_AreWaitedFor", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		slow, err := g.db.BeginTxx(t.Context(), nil)
		require.NoError(t, err)
		defer slow.Rollback() //nolint:errcheck // after the commit it is nothing
		_, err = slow.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock_shared(7201954131)`)
		require.NoError(t, err)
		b := many(g, 3)
		b.Again = true
		_, err = g.Write(t.Context(), []history.Batch{b})
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
		require.NoError(t, slow.Commit())
		g.write(b)
		require.Equal(t, 3, g.count(`SELECT count(*) FROM contacts`))
	})

	t.Run("OfNobodyKnown_AreOneStatement_ThatHasTheLockBeforeItsNumbers", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		b := many(g, 600)
		for i := range b.Contacts {
			b.Contacts[i].Customer, b.Contacts[i].Level = "", ""
		}
		// Nobody takes the lock alone; a writer waits for it here, so that it can be seen
		// what it has done by then.
		other, err := g.db.BeginTxx(t.Context(), nil)
		require.NoError(t, err)
		defer other.Rollback() //nolint:errcheck // after the commit it is nothing
		_, err = other.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock(7201954131)`)
		require.NoError(t, err)
		var writing sync.WaitGroup
		var failed error
		writing.Go(func() { _, failed = g.Write(t.Context(), []history.Batch{b}) })
		require.Eventually(t, func() bool {
			return g.count(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) == 1
		}, 10*time.Second, 5*time.Millisecond)
		require.Zero(t, g.count(`SELECT count(*) FROM history_sequence WHERE is_called`))
		require.NoError(t, other.Commit())
		writing.Wait()
		require.NoError(t, failed)
		require.Equal(t, 600, g.count(`SELECT count(*) FROM contacts`))
		require.Equal(t, 3, g.count(`SELECT count(*) FROM contact_blocks`))
		require.Equal(t, 1, g.count(`SELECT count(DISTINCT xmin::text) FROM contact_blocks`))

		g.write(b) // again, by somebody who does not know
		require.Equal(t, 600, g.count(`SELECT count(*) FROM contacts`))
	})

	t.Run("AreFoundWithoutReadingAllOfThem", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		db, err := postgres.Open(t.Context(), g.url, postgres.Options{MaxOpen: 1, Name: "switchyard-test"})
		require.NoError(t, err)
		defer db.Close()
		g.db, g.Store = db, historypg.New(db)
		responses := history.Batch{}
		for _, block := range g.amongMany(1, 1) {
			responses.Responses = append(responses.Responses, accept(block[0], noon))
		}
		whole := func() int {
			_, err := db.ExecContext(t.Context(), `SELECT pg_stat_force_next_flush()`)
			require.NoError(t, err)
			return g.count(`SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'contact_blocks'`)
		}
		before := whole()
		for _, kept := range g.write(responses) {
			require.Equal(t, history.Recorded, kept.State)
		}
		require.Equal(t, before, whole())
	})

	t.Run("AreFoundByResponsesWhereverTheyLie", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		var batches []history.Batch
		for range 5 {
			batches = append(batches, many(g, 300))
		}
		// Their treatments lie around each other.
		var mixed [5]history.Batch
		for i, b := range batches {
			for j, c := range b.Contacts {
				mixed[(i+j)%5].Contacts = append(mixed[(i+j)%5].Contacts, c)
			}
		}
		for _, b := range mixed {
			g.write(b)
		}
		responses := history.Batch{}
		for _, b := range batches {
			for j := 0; j < len(b.Contacts); j += 7 {
				responses.Responses = append(responses.Responses, accept(b.Contacts[j], noon.Add(time.Hour)))
			}
		}
		for i, kept := range g.write(responses) {
			require.Equal(t, history.Recorded, kept.State)
			require.Equal(t, responses.Responses[i].Session, kept.Session)
		}
	})
}

// contactRow is a row of the view.
type contactRow struct {
	Treatment  uuid.UUID
	Sequence   int64
	Session    string
	Channel    string
	Point      string
	Zone       string
	Level      string
	Customer   string
	Offer      string
	Strategy   string
	Rule       string
	Segment    string
	Score      float64
	Source     string
	Learning   string
	Propensity float64
	Deployment int64
	Hash       string
	At         time.Time
	Columns    []byte
}

func (r contactRow) contact(t *testing.T) history.Contact {
	t.Helper()
	c := history.Contact{
		Treatment: history.Treatment(r.Treatment), Session: r.Session, Channel: r.Channel, Point: r.Point, Zone: r.Zone, Level: r.Level,
		Customer: r.Customer, Offer: r.Offer, Strategy: r.Strategy, Rule: r.Rule, Segment: r.Segment, Score: r.Score,
		Source: decision.Source(r.Source), Learning: r.Learning, Propensity: r.Propensity, Deployment: r.Deployment, Hash: r.Hash, At: r.At.UTC(),
	}
	require.NoError(t, json.Unmarshal(r.Columns, &c.Columns))
	if len(c.Columns) == 0 {
		c.Columns = nil
	}
	return c
}
