package rehearsalpg_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/rehearsal/rehearsalpg"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/simulation"
	"github.com/switchyard/switchyard/tenants"
)

const tenant = "0190c5a0-0000-7000-8000-000000000001"

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// lifeStage puts the young and the old in segments, and lets nobody in between
// through; a strategy offers loan to the young before card, and ghost to a segment
// that nobody is in.
func lifeStage() *bundle.Package {
	high, low := 90.0, 10.0
	return &bundle.Package{Format: bundle.Format, Tenant: tenant, Channel: "web", Content: bundle.Content{
		AudienceLevels: map[string]definition.AudienceLevel{"individual": {
			Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}, {Name: "spare", Type: definition.Number}},
		}},
		Segments: map[string]definition.Segment{"young": {}, "old": {}, "ghosts": {}},
		Offers:   map[string]definition.Offer{"loan": {}, "card": {}, "ghost": {}},
		Channel:  definition.Channel{Solution: "cards", AudienceLevels: []string{"individual"}},
		Zones:    map[string]definition.Zone{"top": {}},
		InteractionPoints: map[string]definition.InteractionPoint{
			"home": {Zone: "top", Default: "nothing"},
		},
		Flowcharts: map[string]definition.Flowchart{"life-stage": {Boxes: []definition.Box{
			{Name: "start", Type: definition.BoxInteraction, Next: []string{"stage"}},
			{Name: "stage", Type: definition.BoxDecision, Branches: []definition.Branch{
				{Name: "young", When: "profile.age < 30", Next: []string{"young"}},
				{Name: "old", When: "profile.age >= 60", Next: []string{"old"}},
			}},
			{Name: "young", Type: definition.BoxSegment, Segment: "young"},
			{Name: "old", Type: definition.BoxSegment, Segment: "old"},
		}}},
		Strategies: map[string]definition.Strategy{"credit": {Rules: []definition.TreatmentRule{
			{Name: "loan", Segment: "young", Zone: "top", Offer: "loan", Score: &high},
			{Name: "card", Segment: "young", Zone: "top", Offer: "card", Score: &low},
			{Name: "ghost", Segment: "ghosts", Zone: "top", Offer: "ghost", Score: &low},
		}}},
	}}
}

type bench struct {
	t     *testing.T
	db    *sqlx.DB
	store *rehearsalpg.Store
	table *profilespg.Table
}

func setup(t *testing.T) bench {
	t.Helper()
	// As the servers open it.
	db, err := serverpg.Open(t.Context(), postgrestest.New(t, migration.Solution), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return bench{t: t, db: db, store: rehearsalpg.New(db), table: profilespg.New(db)}
}

func (b bench) job(p *bundle.Package, csv string) rehearsal.Job {
	b.t.Helper()
	content, hash, err := p.Encode()
	require.NoError(b.t, err)
	return rehearsal.Job{Package: content, CSV: csv, Input: rehearsal.Input{
		Tenant: tenant, Channel: "web", Hash: hash, Decide: true, Level: "individual", Now: at,
	}}
}

// run runs a job and returns its result, and how far it came.
func (b bench) run(job rehearsal.Job) (rehearsal.Result, rehearsal.Progress, error) {
	b.t.Helper()
	id := tenants.NewID[string]()
	require.NoError(b.t, b.store.Put(b.t.Context(), id, job))
	p, err := rehearsal.NewRunner(tenant, b.store, b.table).Run(b.t.Context(), id)
	if err != nil {
		return rehearsal.Result{}, p, err
	}
	text, err := b.store.Collect(b.t.Context(), id)
	require.NoError(b.t, err)
	var result rehearsal.Result
	require.NoError(b.t, json.Unmarshal(text, &result))
	stored, err := b.store.Progress(b.t.Context(), id)
	require.NoError(b.t, err)
	require.Equal(b.t, p, stored)
	return result, p, nil
}

// people are that many rows: every third is young, every third old.
func people(n int) string {
	var text strings.Builder
	text.WriteString("id,age\n")
	for i := range n {
		fmt.Fprintf(&text, "c-%05d,%d\n", i, 20+i%3*20)
	}
	return text.String()
}

func TestRunner(t *testing.T) {
	t.Parallel()

	t.Run("CountsBoxesSegmentsAndOffersOfACSVText", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		result, p, err := b.run(b.job(lifeStage(), people(1500)+"c-x,old\n"))
		require.NoError(t, err)
		require.Equal(t, rehearsal.Progress{Done: 1501, Total: 1501}, p)
		require.Equal(t, 1501, result.Rows)
		require.Equal(t, 1500, result.Report.Profiles)
		require.Equal(t, profiles.Problems{Count: 1, First: []profiles.Problem{{Line: 1502, Message: `age: expected a whole number, not "old"`}}}, result.Broken)
		require.Equal(t, []simulation.SegmentReport{{Name: "old", Visitors: 500}, {Name: "young", Visitors: 500}}, result.Report.Segments)
		flowchart := result.Report.Flowcharts[0]
		require.Equal(t, 1500, flowchart.Runs)
		visitors := map[string]int{}
		for _, box := range flowchart.Boxes {
			visitors[box.Name] = box.Visitors
		}
		require.Equal(t, map[string]int{"start": 1500, "stage": 1500, "young": 500, "old": 500}, visitors)
		won := map[string]int{}
		for _, offer := range result.Report.Offers {
			won[offer.Code] = offer.Won
			if offer.Code == "card" {
				require.Equal(t, "loan", offer.Never.By)
				require.False(t, offer.Never.Certain)
			}
			if offer.Code == "ghost" {
				require.Equal(t, simulation.NoFlowchart, offer.Never.Why)
				require.True(t, offer.Never.Certain)
			}
		}
		require.Equal(t, map[string]int{"loan": 500, "card": 0, "ghost": 0}, won)
	})

	t.Run("KeepsSamplesOfEachSegment", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		// The first old one comes after two chunks.
		text := "id,age\n" + strings.Repeat("young,20\n", 1200) + "late,70\nlater,71\nnobody,40\n"
		result, _, err := b.run(b.job(lifeStage(), text))
		require.NoError(t, err)
		samples := map[string][]rehearsal.Sample{}
		for _, s := range result.Samples {
			samples[s.Segment] = s.Rows
		}
		require.Len(t, samples, 3)
		require.Len(t, samples["young"], rehearsal.MaxSamples)
		require.Equal(t, []rehearsal.Sample{{
			Key: "late", Segments: []string{"old"},
			Paths:  []rehearsal.Path{{Flowchart: "life-stage", Boxes: []string{"start", "stage", "old"}}},
			Offers: []simulation.SampleOffers{{Point: "home"}},
		}}, samples["old"][:1])
		require.Equal(t, "later", samples["old"][1].Key)
		require.Equal(t, "nobody", samples[""][0].Key)
	})

	t.Run("TakesProfilesOfTheTableUpToTheLimit", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		var loaded []profiles.Profile
		for i := range 1300 {
			key := fmt.Sprintf("c-%05d", i)
			loaded = append(loaded, profiles.Profile{Key: key, Attributes: map[string]any{"id": key, "age": 20 + i%3*20}})
		}
		loaded[7].Attributes["age"] = "unknown" // the level has changed since
		require.NoError(t, b.table.Load(t.Context(), "individual", loaded))
		job := b.job(lifeStage(), "")
		job.FromTable, job.Limit = true, 1200
		result, p, err := b.run(job)
		require.NoError(t, err)
		require.Equal(t, rehearsal.Progress{Done: 1200, Total: 1200}, p)
		require.Equal(t, 1199, result.Report.Profiles)
		require.Equal(t, "c-00007", result.Broken.First[0].Key)
	})

	t.Run("RunsAFlowchartAlone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		job := b.job(lifeStage(), people(3))
		job.Decide = false
		result, _, err := b.run(job)
		require.NoError(t, err)
		require.Empty(t, result.Report.Offers)
		require.Empty(t, result.Report.Points)
		require.Len(t, result.Report.Flowcharts, 1)
	})

	t.Run("GivesUpWhenItsJobIsRemoved", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := tenants.NewID[string]()
		require.NoError(t, b.store.Put(t.Context(), id, b.job(lifeStage(), people(1200))))
		removing := &removing{Store: b.store, after: 2}
		_, err := rehearsal.NewRunner(tenant, removing, b.table).Run(t.Context(), id)
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
		require.Equal(t, 2, removing.reports)
		_, err = b.store.Collect(t.Context(), id)
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	})

	t.Run("RefusesAPackageOfAnotherTenantAndADamagedOne", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		foreign := lifeStage()
		foreign.Tenant = tenants.NewID[string]()
		_, _, err := b.run(b.job(foreign, people(1)))
		require.ErrorContains(t, err, "of another tenant")
		job := b.job(lifeStage(), people(1))
		job.Package[100] ^= 1
		_, _, err = b.run(job)
		require.ErrorContains(t, err, "damaged")
	})

	t.Run("BeginsAnewWhenItIsRepeated", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := tenants.NewID[string]()
		require.NoError(t, b.store.Put(t.Context(), id, b.job(lifeStage(), people(600))))
		runner := rehearsal.NewRunner(tenant, b.store, b.table)
		for range 2 {
			_, err := runner.Run(t.Context(), id)
			require.NoError(t, err)
			text, err := b.store.Collect(t.Context(), id)
			require.NoError(t, err)
			var result rehearsal.Result
			require.NoError(t, json.Unmarshal(text, &result))
			require.Equal(t, 600, result.Report.Profiles)
		}
	})
}

// removing removes a job after so many reports.
type removing struct {
	*rehearsalpg.Store
	after, reports int
}

func (r *removing) Report(ctx context.Context, id string, p rehearsal.Progress) error {
	if r.reports++; r.reports == r.after {
		if err := r.Remove(ctx, id); err != nil {
			return err
		}
	}
	return r.Store.Report(ctx, id, p)
}

func TestStoreSweepsWhatNobodyCollects(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old, fresh := tenants.NewID[string](), tenants.NewID[string]()
	require.NoError(t, b.store.Put(t.Context(), old, b.job(lifeStage(), people(1))))
	_, err := b.db.ExecContext(t.Context(), "UPDATE test_runs SET asked_at = now() - interval '25 hours'")
	require.NoError(t, err)
	require.NoError(t, b.store.Put(t.Context(), fresh, b.job(lifeStage(), people(1))))
	_, err = b.store.Progress(t.Context(), old)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	result, err := b.store.Collect(t.Context(), fresh)
	require.NoError(t, err)
	require.Nil(t, result)
	require.NoError(t, b.store.Remove(t.Context(), fresh))
	require.NoError(t, b.store.Remove(t.Context(), fresh), "again")
}
