package server

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// countActions is how often the group's actions are counted for the metrics.
const countActions = 15 * time.Second

// actionMetrics are those of what events have left to do.
type actionMetrics struct {
	usage func(context.Context) (schedule.Usage, error)
	last  atomic.Pointer[schedule.Usage]
}

func newActionMetrics(usage func(context.Context) (schedule.Usage, error), registry prometheus.Registerer) *actionMetrics {
	m := &actionMetrics{usage: usage}
	m.last.Store(&schedule.Usage{})
	gauge := func(name, help string, of func(schedule.Usage) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return of(*m.last.Load()) }))
	}
	gauge("switchyard_runtime_actions_waiting", "Actions of events of the whole group that are left to do.",
		func(u schedule.Usage) float64 { return float64(u.Waiting) })
	gauge("switchyard_runtime_actions_dead", "Actions of events of the whole group that were given up.",
		func(u schedule.Usage) float64 { return float64(u.Dead) })
	gauge("switchyard_runtime_actions_late_seconds", "For how long the oldest action of the group has been due.",
		func(u schedule.Usage) float64 { return u.Late.Seconds() })
	return m
}

// run counts until ctx ends. While the database is away the last counts stand.
func (m *actionMetrics) run(ctx context.Context) {
	ticker := time.NewTicker(countActions)
	defer ticker.Stop()
	for {
		m.count(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (m *actionMetrics) count(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, countActions)
	defer cancel()
	if usage, err := m.usage(ctx); err == nil {
		m.last.Store(&usage)
	}
}

func registerRefusals(refusals func() touchpoint.Refusals, registry prometheus.Registerer) {
	counter := func(name, help string, of func(touchpoint.Refusals) int64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(of(refusals())) }))
	}
	counter("switchyard_runtime_forged_treatments_total", "Responses that were refused as their treatment code was made by no server of the tenant.",
		func(r touchpoint.Refusals) int64 { return r.Forged })
	counter("switchyard_runtime_orphans_refused_total", "Responses that were refused as they had no contact and too many such came.",
		func(r touchpoint.Refusals) int64 { return r.Orphans })
}
