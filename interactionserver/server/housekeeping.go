package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
)

// Retention says for how long a group keeps what grows with its visitors. Zero
// keeps it for ever.
type Retention struct {
	// History is for contacts and their responses, once the tenant's history has
	// them. A response that comes later is matched there alone.
	History time.Duration
	// Patterns is for what event patterns remember of a customer of whom no event
	// has come since.
	Patterns time.Duration
}

// MinHistory is the least for which a history can be kept: longer than a session.
const MinHistory = 24 * time.Hour

const (
	// keepOrphans is for responses without a contact, which the tenant's history
	// knows from then on.
	keepOrphans = 24 * time.Hour
	// cleanEvery is the time between two rounds, cleanFor how long one goes on at
	// most, and cleanRest the pause between two batches: visitors come first.
	cleanEvery = time.Minute
	cleanFor   = 30 * time.Second
	cleanRest  = 200 * time.Millisecond
	// statesEvery is the time between two passes over the states of patterns.
	statesEvery = time.Hour
	// cleanLead is the leadership of one server of the group.
	cleanLead = "housekeeping"
)

// leaders lend leaderships.
type leaders interface {
	Lead(ctx context.Context, name string) (interactionserver.Leadership, bool, error)
}

// housekeeping drops what is old of the group's database, on one server at a time.
type housekeeping struct {
	leaders leaders
	history *historypg.Cleaner
	states  *schedulepg.Cleaner
	keep    Retention
	passed  time.Time // the last pass over the states of patterns ended
	now     func() time.Time
	rest    time.Duration
	dropped *prometheus.CounterVec
	outage  *outage.Log
}

func newHousekeeping(db *sqlx.DB, lead leaders, actions *schedulepg.Store, keep Retention, registry prometheus.Registerer, log *slog.Logger) *housekeeping {
	h := &housekeeping{
		leaders: lead, history: historypg.NewCleaner(db, 0), states: actions.Cleaner(0), keep: keep, now: time.Now, rest: cleanRest,
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "switchyard_runtime_dropped_rows_total",
			Help: "Rows of the group's database that this server dropped as they were old, by what they are.",
		}, []string{"of"}),
		outage: outage.New(log, "cannot drop what is old", "what is old is dropped again"),
	}
	registry.MustRegister(h.dropped)
	return h
}

// run drops what is old until ctx ends.
func (h *housekeeping) run(ctx context.Context) {
	ticker := time.NewTicker(cleanEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := h.round(ctx)
		if fault.Is(err, fault.Unavailable) && ctx.Err() != nil {
			return
		}
		h.outage.Note(ctx, err)
	}
}

// round drops batch after batch, unless another server does.
func (h *housekeeping) round(ctx context.Context) error {
	lead, held, err := h.leaders.Lead(ctx, cleanLead)
	if err != nil || !held {
		return err
	}
	defer lead.Release()
	ctx, cancel := context.WithTimeout(ctx, cleanFor)
	defer cancel()
	for more := true; more && ctx.Err() == nil; {
		if more, err = h.batch(ctx); err != nil {
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil // the next round goes on
			}
			return err
		}
		if more && !sleep.For(ctx, h.rest) {
			return nil
		}
	}
	return nil
}

// batch drops one of each kind.
func (h *housekeeping) batch(ctx context.Context) (more bool, err error) {
	now := h.now()
	rows, moreRows, err := h.history.Clean(ctx, historypg.Horizon{Contacts: before(now, h.keep.History), Orphans: now.Add(-keepOrphans)})
	for of, n := range map[string]int64{"contacts": rows.Contacts, "responses": rows.Responses, "acceptances": rows.Acceptances, "orphans": rows.Orphans} {
		h.dropped.WithLabelValues(of).Add(float64(n))
	}
	if err != nil {
		return false, err
	}
	if now.Sub(h.passed) < statesEvery {
		return moreRows, nil
	}
	states, moreStates, err := h.states.Clean(ctx, before(now, h.keep.Patterns))
	h.dropped.WithLabelValues("pattern-states").Add(float64(states.States))
	h.dropped.WithLabelValues("dead-actions").Add(float64(states.Dead))
	if err == nil && !moreStates {
		h.passed = now
	}
	return moreRows || moreStates, err
}

// before is since when something is kept; zero for ever.
func before(now time.Time, keep time.Duration) time.Time {
	if keep == 0 {
		return time.Time{}
	}
	return now.Add(-keep)
}
