package historypg_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

// transferred notes that the tenant has all rows up to now, as a transfer does.
func (g *group) transferred() {
	g.Helper()
	page, err := g.Read(g.Context(), 0, historypg.MaxPage)
	require.NoError(g, err)
	g.mark(page.Next)
}

func (g *group) mark(known int64) {
	g.Helper()
	require.NoError(g, g.Session(g.Context(), func(s *historypg.Session) error {
		return s.SetMark(g.Context(), history.Mark{ID: uuid.New(), Transferred: known})
	}))
}

// clean cleans until nothing is left to do, a few rows at a time.
func (g *group) clean(h historypg.Horizon) (all historypg.Cleaned) {
	g.Helper()
	c := historypg.NewCleaner(g.db, 3)
	for range 1_000 {
		cleaned, more, err := c.Clean(g.Context(), h)
		require.NoError(g, err)
		all.Contacts += cleaned.Contacts
		all.Responses += cleaned.Responses
		all.Acceptances += cleaned.Acceptances
		all.Orphans += cleaned.Orphans
		if !more {
			return all
		}
	}
	require.Fail(g, "the cleaner comes to no end")
	return all
}

func everything() historypg.Horizon {
	later := time.Now().Add(time.Hour)
	return historypg.Horizon{Contacts: later, Orphans: later}
}

func TestCleaner(t *testing.T) {
	t.Parallel()

	// aged has ten presentations to ada, an hour apart, each accepted after half an
	// hour, and as many orphans.
	aged := func(t *testing.T) (*group, []history.Contact) {
		t.Helper()
		g := setup(t)
		var contacts []history.Contact
		for i := range 10 {
			c := g.contact("ada", "card", noon.Add(time.Duration(i)*time.Hour))
			contacts = append(contacts, c)
			answer := accept(c, c.At.Add(30*time.Minute))
			g.write(history.Batch{Contacts: []history.Contact{c}, Responses: []history.Response{answer, accept(g.contact("", "card", c.At), c.At)}})
		}
		return g, contacts
	}

	t.Run("KeepsWhatTheTenantDoesNotHave", func(t *testing.T) {
		t.Parallel()
		g, _ := aged(t)
		require.Zero(t, g.clean(everything()), "nothing was transferred")
		page, err := g.Read(t.Context(), 0, 12)
		require.NoError(t, err)
		g.mark(page.Next)
		kept := g.entries()
		cleaned := g.clean(everything())
		require.EqualValues(t, 12, cleaned.Contacts+cleaned.Responses+cleaned.Orphans)
		require.Equal(t, kept[12:], g.entries())
	})

	t.Run("KeepsWhatIsYoung", func(t *testing.T) {
		t.Parallel()
		g, contacts := aged(t)
		g.transferred()
		cleaned := g.clean(historypg.Horizon{Contacts: contacts[4].At, Orphans: contacts[7].At})
		require.Equal(t, historypg.Cleaned{Contacts: 4, Responses: 4, Orphans: 7}, cleaned)
		require.Zero(t, g.clean(historypg.Horizon{}), "zero times keep all")
		require.Equal(t, historypg.Cleaned{Contacts: 6, Responses: 6, Orphans: 3}, g.clean(everything()))
		require.Empty(t, g.entries())
	})

	t.Run("KeepsResponsesUntilTheirContactIsGone", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon.Add(time.Hour))
		early := accept(c, noon) // the clock of another server
		g.write(history.Batch{Contacts: []history.Contact{c}, Responses: []history.Response{early}})
		g.transferred()
		require.Zero(t, g.clean(historypg.Horizon{Contacts: noon.Add(time.Minute)}))
		require.Equal(t, history.Repeated, g.write(history.Batch{Responses: []history.Response{accept(c, noon.Add(2*time.Hour))}})[0].State)
	})

	t.Run("LetsNothingCountTwice", func(t *testing.T) {
		t.Parallel()
		g, contacts := aged(t)
		_, err := g.db.ExecContext(t.Context(), `INSERT INTO learning_acceptances (treatment) SELECT treatment FROM contacts`)
		require.NoError(t, err)
		g.transferred()
		before := g.past("ada")
		// Codes have the times at which they were made.
		cleaned := g.clean(everything())
		require.Equal(t, historypg.Cleaned{Contacts: 10, Responses: 10, Acceptances: 10, Orphans: 10}, cleaned)
		for _, c := range contacts {
			again := accept(c, noon.Add(100*24*time.Hour))
			require.Equal(t, history.Orphaned, g.write(history.Batch{Responses: []history.Response{again}})[0].State)
		}
		require.Equal(t, before, g.past("ada"), "neither limits nor answers of the customer change")
		for _, e := range g.entries() {
			require.NotNil(t, e.Orphan, "the tenant's history knows it by treatment and type")
		}
	})

	t.Run("KeepsWhichTreatmentsWereAcceptedWithTheirContacts", func(t *testing.T) {
		t.Parallel()
		g, contacts := aged(t)
		_, err := g.db.ExecContext(t.Context(), `INSERT INTO learning_acceptances (treatment) SELECT treatment FROM contacts`)
		require.NoError(t, err)
		page, err := g.Read(t.Context(), 0, 12)
		require.NoError(t, err)
		g.mark(page.Next)
		require.Equal(t, historypg.Cleaned{Contacts: 4, Responses: 4, Acceptances: 4, Orphans: 4}, g.clean(everything()))
		require.Equal(t, 6, g.count(`SELECT count(*) FROM learning_acceptances JOIN contacts USING (treatment)`))
		require.Len(t, contacts, 10)
	})

	t.Run("WaitsForWritersThatHaveFoundTheContact", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon)
		answer := accept(c, noon)
		g.write(history.Batch{Contacts: []history.Contact{c}, Responses: []history.Response{answer}})
		g.transferred()

		// A writer that repeats the response stands still before it commits.
		written, goOn := make(chan struct{}), make(chan struct{})
		slow := g.With(func([]*history.Contact, []history.Answer) postgres.Unit {
			return func(ctx context.Context, _ *sqlx.Tx) error {
				close(written)
				select {
				case <-goOn:
				case <-ctx.Done():
				}
				return nil
			}
		})
		other := g.contact("ben", "card", noon)
		var writing sync.WaitGroup
		var kept [][]history.Kept
		var failed error
		writing.Go(func() {
			kept, failed = slow.Write(t.Context(), []history.Batch{{Contacts: []history.Contact{other},
				Responses: []history.Response{accept(c, noon.Add(time.Hour))}}})
		})
		<-written
		cleaner := historypg.NewCleaner(g.db, 0)
		_, _, err := cleaner.Clean(t.Context(), everything())
		require.Error(t, err, "it comes back later")
		require.Equal(t, 1, g.count(`SELECT count(*) FROM responses`), "the response is there as long as a writer may look for it")
		close(goOn)
		writing.Wait()
		require.NoError(t, failed)
		require.Equal(t, history.Repeated, kept[0][0].State)
		g.clean(everything())
		require.Zero(t, g.count(`SELECT count(*) FROM responses`))
		require.Equal(t, noon, g.past("ada")["card"].AcceptedAt)
	})
}
