package server

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
	"github.com/switchyard/switchyard/tenants"
)

func TestHousekeeping(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	log := slog.New(slog.DiscardHandler)
	store := serverpg.New(db, tenants.NewID[tenants.ServerID]())
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	actions := schedulepg.New(db, "one", schedulepg.Options{Logger: log})
	rows := historypg.New(db)
	now := time.Now()
	for age := range 5 {
		code, err := history.NewTreatment()
		require.NoError(t, err)
		at := now.Add(-time.Duration(age) * 24 * time.Hour)
		_, err = rows.Write(t.Context(), []history.Batch{{
			Contacts:  []history.Contact{{Treatment: code, Offer: "card", At: at}},
			Responses: []history.Response{{Treatment: code, Type: "accept", Class: history.Accept, At: at}},
		}})
		require.NoError(t, err)
	}
	require.NoError(t, rows.Session(t.Context(), func(s *historypg.Session) error {
		return s.SetMark(t.Context(), history.Mark{ID: uuid.New(), Transferred: 100})
	}))
	_, err := actions.Write(t.Context(), schedule.Moment{Channel: "web", Level: "customer", Customer: "ada", Steps: []schedule.Step{{Pattern: "loyal",
		Apply: func(s eventpattern.State) (eventpattern.State, bool) { return s, false }}}})
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `UPDATE pattern_states SET changed_at = now() - interval '40 days'`)
	require.NoError(t, err)
	count := func(table string) (n int) {
		require.NoError(t, db.GetContext(t.Context(), &n, "SELECT count(*) FROM "+table))
		return n
	}

	registry := prometheus.NewRegistry()
	house := newHousekeeping(db, store, actions, Retention{}, registry, log)
	house.rest = 0
	require.NoError(t, house.round(t.Context()))
	require.Equal(t, []int{5, 5, 1}, []int{count("contacts"), count("responses"), count("pattern_states")}, "all is kept")

	house.keep = Retention{History: 60 * time.Hour, Patterns: 30 * 24 * time.Hour}
	house.passed = time.Time{}
	lead, held, err := store.Lead(t.Context(), cleanLead)
	require.NoError(t, err)
	require.True(t, held)
	require.NoError(t, house.round(t.Context()))
	require.Equal(t, 5, count("contacts"), "another server is at it")
	lead.Release()

	require.NoError(t, house.round(t.Context()))
	require.Equal(t, []int{3, 3, 0}, []int{count("contacts"), count("responses"), count("pattern_states")})
	families, err := registry.Gather()
	require.NoError(t, err)
	dropped := map[string]float64{}
	for _, metric := range families[0].GetMetric() {
		dropped[metric.GetLabel()[0].GetValue()] = metric.GetCounter().GetValue()
	}
	require.Equal(t, map[string]float64{
		"contacts": 2, "responses": 2, "acceptances": 0, "orphans": 0, "pattern-states": 1, "dead-actions": 0}, dropped)

	house.leaders = away{}
	require.Error(t, house.round(t.Context()))
}

type away struct{}

func (away) Lead(context.Context, string) (interactionserver.Leadership, bool, error) {
	return nil, false, context.DeadlineExceeded
}

func TestActionMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	m := newActionMetrics(func(context.Context) (schedule.Usage, error) {
		return schedule.Usage{Waiting: 4, Dead: 3, Late: 1500 * time.Millisecond}, nil
	}, registry)
	m.count(t.Context())
	m.usage = func(context.Context) (schedule.Usage, error) { return schedule.Usage{}, context.DeadlineExceeded }
	m.count(t.Context())
	found, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, family := range found {
		values[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	require.Equal(t, map[string]float64{
		"switchyard_runtime_actions_waiting": 4, "switchyard_runtime_actions_dead": 3, "switchyard_runtime_actions_late_seconds": 1.5,
	}, values, "while the database is away the last counts stand")
}
