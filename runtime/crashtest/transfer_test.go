package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

// TestTheTransferDies kills the control plane and Temporal while histories of two
// groups are taken over into the tenant's.
func TestTheTransferDies(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	p := newPlatform(t)
	groups := []*recordedGroup{p.found("production"), p.found("staging")}
	ctx, cancel := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	for i, g := range groups {
		chance := seededBy(chance, i)
		writing.Go(func() { g.write(ctx, chance, groups[1-i]) })
	}
	end := func() {
		cancel()
		writing.Wait()
	}
	t.Cleanup(end)

	kills := map[string]int{}
	for range rounds(2, 40) {
		before := p.moved()
		eventually(t, "rows are taken over", func() bool {
			for _, g := range groups {
				require.NoError(t, g.failure())
			}
			return p.moved() > before
		})
		pause(chance, time.Millisecond, 1500*time.Millisecond)
		control, temporal := chance.IntN(3) > 0, chance.IntN(3) == 0
		if control || !temporal {
			p.control.Kill()
			kills["control plane"]++
		}
		if temporal {
			p.temporal.Kill()
			kills["Temporal"]++
		}
		pause(chance, time.Millisecond, 500*time.Millisecond)
		require.NoError(t, p.temporal.Start(context.Background()))
		require.NoError(t, p.control.Start(context.Background()))
	}
	end()
	for _, g := range groups {
		require.NoError(t, g.failure())
	}
	p.check(t, groups)
	t.Logf("killed: %v", kills)
}

// recordedGroup is a group's history, which the test writes as servers do.
type recordedGroup struct {
	db       *sqlx.DB
	mu       sync.Mutex
	failed   error
	contacts map[string]history.Contact
	recent   []history.Treatment
	// responses that were recorded here, some of them to contacts of the other group.
	responses map[response]history.Class
}

const (
	writeEvery  = 20 * time.Millisecond
	rowsOfWrite = 20
)

// write records contacts and responses until ctx ends.
func (g *recordedGroup) write(ctx context.Context, chance *rand.Rand, other *recordedGroup) {
	recorder := history.NewRecorder(historypg.New(g.db), history.Options{})
	running, stop := context.WithCancel(context.Background())
	var recording sync.WaitGroup
	recording.Go(func() { _ = recorder.Run(running) })
	defer recording.Wait()
	defer stop()
	for ctx.Err() == nil {
		if err := g.record(recorder, chance, other); err != nil {
			g.mu.Lock()
			g.failed = err
			g.mu.Unlock()
			return
		}
		<-time.After(writeEvery)
	}
}

func (g *recordedGroup) record(recorder *history.Recorder, chance *rand.Rand, other *recordedGroup) error {
	var batch history.Batch
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i := range rowsOfWrite {
		treatment, err := history.NewTreatment()
		if err != nil {
			return err
		}
		batch.Contacts = append(batch.Contacts, history.Contact{
			Treatment: treatment, Session: fmt.Sprintf("s%d", i), Channel: "web", Point: "hero", Zone: "top", Level: "customer",
			Customer: fmt.Sprintf("c%d", chance.IntN(50)), Offer: "card", Strategy: "all", Rule: "card", Score: chance.Float64(),
			Source: decision.FromRule, Propensity: 1, Deployment: 1, Hash: "none", At: now,
		})
	}
	answered := map[response]bool{}
	for range rowsOfWrite / 2 {
		of := g
		if chance.IntN(4) == 0 {
			of = other
		}
		treatment, ok := of.any(chance)
		kind := []string{"accept", "reject"}[chance.IntN(2)]
		key := response{treatment.String(), kind}
		if !ok || answered[key] || g.has(key) {
			continue
		}
		answered[key] = true
		batch.Responses = append(batch.Responses, history.Response{
			Treatment: treatment, Type: kind, Class: history.Class(kind), Session: "later", Channel: "desk", At: now,
		})
	}
	// What may be written already is recorded again.
	for deadline := time.Now().Add(patience); ; {
		_, err := recorder.Record(context.Background(), batch)
		if err == nil {
			break
		}
		if !fault.Is(err, fault.Unavailable) || time.Now().After(deadline) {
			return err
		}
		batch.Again = true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range batch.Contacts {
		g.contacts[c.Treatment.String()] = c
		g.recent = append(g.recent, c.Treatment)
	}
	g.recent = g.recent[max(0, len(g.recent)-200):]
	for _, r := range batch.Responses {
		g.responses[response{r.Treatment.String(), r.Type}] = r.Class
	}
	return nil
}

func (g *recordedGroup) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed
}

// any is one of the last treatments; the recorder knows it.
func (g *recordedGroup) any(chance *rand.Rand) (history.Treatment, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.recent) == 0 {
		return history.Treatment{}, false
	}
	return g.recent[chance.IntN(len(g.recent))], true
}

func (g *recordedGroup) has(r response) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.responses[r]
	return ok
}

// check compares the tenant's history, as it is and as whoever follows it saw it,
// with those of the groups.
func (p *platform) check(t *testing.T, groups []*recordedGroup) {
	t.Helper()
	contacts, responses := map[string]history.Contact{}, map[response]history.Class{}
	for _, g := range groups {
		for treatment, c := range g.contacts {
			contacts[treatment] = c
		}
		for r, class := range g.responses {
			responses[r] = class
		}
	}
	t.Logf("%d contacts and %d responses of two groups", len(contacts), len(responses))
	taken := func() int64 { // counted as it goes: to count rows would slow the transfer down
		return p.count(`SELECT sum(contacts + responses)::bigint FROM history_sources`)
	}
	for now, all := int64(0), int64(len(contacts)+len(responses)); now < all; { // however long it takes in all
		before := now
		eventually(t, "more is taken over", func() bool {
			now = taken()
			return now > before
		})
	}
	require.EqualValues(t, len(contacts), p.count(`SELECT count(*) FROM contact_history`))
	require.EqualValues(t, len(responses), p.count(`SELECT count(*) FROM response_history`))
	require.Zero(t, p.count(`SELECT count(*) FROM orphan_history`), "each has its contact, whichever came first")
	require.EqualValues(t, len(contacts), p.count(`SELECT sum(contacts)::bigint FROM history_sources`))
	require.Zero(t, p.count(`SELECT sum(epoch)::bigint FROM history_sources`), "no group's database is in an older state")

	seen, answered := map[string]int{}, map[response]int{}
	for query := (client.HistoryQuery{Limit: 1000}); ; {
		page, err := p.admin.HistoryChanges(t.Context(), "bank", query)
		require.NoError(t, err)
		for _, change := range page.Items {
			switch change.Kind {
			case "contact":
				seen[change.Treatment]++
				require.Equal(t, contacts[change.Treatment].Customer, change.Customer)
				require.NotNil(t, change.Score)
				require.InDelta(t, contacts[change.Treatment].Score, *change.Score, 0)
			case "response":
				answered[response{change.Treatment, change.Type}]++
				require.EqualValues(t, responses[response{change.Treatment, change.Type}], change.Class)
			}
		}
		if query.After = page.Next; !page.More {
			break
		}
	}
	require.Len(t, seen, len(contacts))
	require.Len(t, answered, len(responses))
	for treatment, n := range seen {
		require.Equal(t, 1, n, treatment)
	}
	for r, n := range answered {
		require.Equal(t, 1, n, r)
	}
}

// openGroup opens the database that a group was given.
func openGroup(t *testing.T, databaseURL string) *recordedGroup {
	t.Helper()
	db, err := postgres.Open(t.Context(), databaseURL, postgres.Options{MaxOpen: 4})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return &recordedGroup{db: db, contacts: map[string]history.Contact{}, responses: map[response]history.Class{}}
}
