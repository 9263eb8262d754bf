package learningpg_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/runtime/learning/learningpg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

type group struct {
	testing.TB
	db      *sqlx.DB
	history *historypg.Store
	*learningpg.Store
}

func setup(t testing.TB) *group {
	t.Helper()
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	return &group{TB: t, db: db, history: historypg.New(db).With(learningpg.Learn), Store: learningpg.New(db)}
}

func layout(algorithm definition.LearningAlgorithm, halfLife time.Duration) *learning.Layout {
	d := definition.LearningModel{Algorithm: algorithm, AudienceLevel: "person", Attributes: []string{"job"}}
	if halfLife > 0 {
		span := duration.Duration(halfLife)
		d.HalfLife = &span
	}
	return learning.NewLayout(d, []definition.Attribute{{Name: "job", Type: definition.Text}})
}

func contextOf(l *learning.Layout, job string) learning.Context {
	var c learning.Context
	l.Context(&c, map[string]any{"job": job}, noon)
	return c
}

func (g *group) contact(l *learning.Layout, offer, job string, at time.Time) history.Contact {
	g.Helper()
	treatment, err := history.NewTreatment()
	require.NoError(g, err)
	trace := learning.Trace{Shape: l.Shape(), Context: contextOf(l, job)}
	return history.Contact{
		Treatment: treatment, Session: "s", Channel: "web", Point: "top", Offer: offer, Source: decision.FromLearning,
		Learning: "acceptance", Propensity: 0.5, At: at, Columns: map[string]any{learning.TraceColumn: trace.String()},
	}
}

func response(c history.Contact, name string, class history.Class) history.Response {
	return history.Response{Treatment: c.Treatment, Type: name, Class: class, Session: "s", At: c.At.Add(time.Hour)}
}

func (g *group) write(b history.Batch) {
	g.Helper()
	_, err := g.history.Write(g.Context(), []history.Batch{b})
	require.NoError(g, err)
}

// fold folds all there is.
func (g *group) fold() {
	g.Helper()
	for {
		folded, err := g.Fold(g.Context())
		require.NoError(g, err)
		require.Zero(g, folded.Broken)
		if folded.Observations == 0 {
			return
		}
	}
}

func (g *group) rows(l *learning.Layout) []learning.Row {
	g.Helper()
	rows, _, err := g.Read(g.Context(), "acceptance", l.Shape().Key, 0)
	require.NoError(g, err)
	s := learning.NewStatistics(l.Shape())
	for _, r := range rows {
		require.True(g, s.Put(r))
	}
	return s.Rows()
}

func TestAnAcceptanceCountsOnceWhateverItsTypesAndTries(t *testing.T) {
	t.Parallel()
	g, l := setup(t), layout(definition.BetaBernoulli, 0)
	a, b := g.contact(l, "card", "nurse", noon), g.contact(l, "card", "nurse", noon)
	plain := g.contact(l, "card", "nurse", noon)
	plain.Learning = ""
	g.write(history.Batch{Contacts: []history.Contact{a, b, plain}})
	g.write(history.Batch{Contacts: []history.Contact{a}})
	g.write(history.Batch{Responses: []history.Response{
		response(a, "accept", history.Accept), response(a, "purchased", history.Accept), response(b, "reject", history.Reject),
		response(plain, "accept", history.Accept),
	}})
	g.fold()
	g.write(history.Batch{Responses: []history.Response{response(a, "accept", history.Accept), response(a, "upgraded", history.Accept)}})
	orphan := g.contact(l, "card", "nurse", noon)
	g.write(history.Batch{Responses: []history.Response{response(orphan, "accept", history.Accept)}})
	g.fold()

	s := learning.NewStatistics(l.Shape())
	s.Add(learning.Observation{Offer: "card", Context: contextOf(l, "nurse"), Presented: 2, Accepted: 1, At: noon})
	require.Equal(t, s.Rows(), g.rows(l))
}

func TestWhatIsRolledBackIsNotLearned(t *testing.T) {
	t.Parallel()
	g, l := setup(t), layout(definition.BetaBernoulli, 0)
	failing := historypg.New(g.db).With(func(contacts []*history.Contact, answers []history.Answer) postgres.Unit {
		return func(ctx context.Context, tx *sqlx.Tx) error {
			return errors.Join(learningpg.Learn(contacts, answers)(ctx, tx), errors.New("the transaction fails"))
		}
	})
	_, err := failing.Write(t.Context(), []history.Batch{{Contacts: []history.Contact{g.contact(l, "card", "nurse", noon)}}})
	require.ErrorContains(t, err, "the transaction fails")
	g.fold()
	require.Empty(t, g.rows(l))
}

// TestServersAddUpToTheSameStatistics writes, folds and reads from several servers
// at once.
func TestServersAddUpToTheSameStatistics(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []definition.LearningAlgorithm{definition.BetaBernoulli, definition.Linear} {
		for _, halfLife := range []time.Duration{0, 36 * time.Hour} {
			t.Run(fmt.Sprintf("%s/%s", algorithm, halfLife), func(t *testing.T) {
				t.Parallel()
				g, l := setup(t), layout(algorithm, halfLife)
				expected := learning.NewStatistics(l.Shape())
				const servers, batches, rows = 3, 8, 20
				var work [servers][]history.Batch
				for server := range servers {
					for batch := range batches {
						var b history.Batch
						for i := range rows {
							n := server + 7*batch + 3*i
							at := noon.Add(time.Duration(n) * time.Hour)
							c := g.contact(l, fmt.Sprintf("offer-%d", n%4), fmt.Sprintf("job %d", n%5), at)
							b.Contacts = append(b.Contacts, c)
							o := learning.Observation{Offer: c.Offer, Context: contextOf(l, fmt.Sprintf("job %d", n%5)), Presented: 1, At: at}
							if n%3 == 0 {
								b.Responses = append(b.Responses, response(c, "accept", history.Accept))
								o.Accepted = 1
							}
							expected.Add(o)
						}
						work[server] = append(work[server], b)
					}
				}
				var writers, others errgroup.Group
				var done atomic.Bool
				seen := learning.NewStatistics(l.Shape())
				var revision int64
				read := func() error {
					changed, next, err := g.Read(t.Context(), "acceptance", l.Shape().Key, revision)
					for _, r := range changed {
						seen.Replace(r)
					}
					revision = next
					return err
				}
				for _, batches := range work {
					writers.Go(func() error {
						for _, b := range batches {
							if _, err := g.history.Write(t.Context(), []history.Batch{b}); err != nil {
								return err
							}
						}
						return nil
					})
				}
				for range 2 {
					others.Go(func() error {
						for !done.Load() {
							if _, err := g.Fold(t.Context()); err != nil {
								return err
							}
						}
						return nil
					})
				}
				others.Go(func() error {
					for !done.Load() {
						if err := read(); err != nil {
							return err
						}
					}
					return nil
				})
				require.NoError(t, writers.Wait())
				done.Store(true)
				require.NoError(t, others.Wait())
				g.fold()
				require.NoError(t, read())
				same(t, expected.Rows(), g.rows(l))
				same(t, expected.Rows(), seen.Rows())
			})
		}
	}
}

func same(t *testing.T, expected, actual []learning.Row) {
	t.Helper()
	require.Len(t, actual, len(expected))
	for i, want := range expected {
		got := actual[i]
		require.Equal(t, want.Offer, got.Offer)
		require.Equal(t, want.Cell, got.Cell)
		require.True(t, want.At.Equal(got.At))
		require.InDelta(t, want.Presentations, got.Presentations, 0)
		require.InDelta(t, want.Weight, got.Weight, 1e-9)
		require.InDelta(t, want.Accepted, got.Accepted, 1e-9)
		require.InDeltaSlice(t, want.Moments, got.Moments, 1e-9)
	}
}

func TestAKeeperBringsSnapshotsUpToDate(t *testing.T) {
	t.Parallel()
	g, l := setup(t), layout(definition.BetaBernoulli, 0)
	var book learning.Book
	followed := book.Follow("acceptance", l, []learning.Offer{{Code: "card"}})
	other := book.Follow("another", l, []learning.Offer{{Code: "card"}})
	require.Nil(t, followed.Snapshot())
	keeper := learningpg.NewKeeper(g.Store, &book, learningpg.Options{Now: func() time.Time { return noon }})
	require.NoError(t, keeper.Refresh(t.Context()))
	c := contextOf(l, "nurse")
	require.InDelta(t, 0.5, followed.Snapshot().Mean(&c, 0), 1e-12)

	var b history.Batch
	for range 98 {
		b.Contacts = append(b.Contacts, g.contact(l, "card", "nurse", noon))
	}
	g.write(b)
	before := followed.Snapshot()
	require.NoError(t, keeper.Refresh(t.Context()))
	require.InDelta(t, 0.5, before.Mean(&c, 0), 1e-12, "a snapshot never changes")
	require.Less(t, followed.Snapshot().Mean(&c, 0), 0.01)
	require.InDelta(t, 0.5, other.Snapshot().Mean(&c, 0), 1e-12)

	// It runs until it is stopped, and tells once that the database is away.
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- keeper.Run(ctx) }()
	cancel()
	require.NoError(t, <-ran)
}

func TestUnreadableTracesDoNotHoldTheOthersUp(t *testing.T) {
	t.Parallel()
	g, l := setup(t), layout(definition.BetaBernoulli, 0)
	broken := g.contact(l, "card", "nurse", noon)
	broken.Columns = map[string]any{learning.TraceColumn: "no trace"}
	g.write(history.Batch{Contacts: []history.Contact{broken, g.contact(l, "card", "nurse", noon)}})
	folded, err := g.Fold(t.Context())
	require.NoError(t, err)
	require.Equal(t, learningpg.Folded{Observations: 2, Broken: 1}, folded)
	require.Len(t, g.rows(l), 2)
	folded, err = g.Fold(t.Context())
	require.NoError(t, err)
	require.Zero(t, folded)
}
