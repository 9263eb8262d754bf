package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/runtime/learning/learningpg"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/session/sessionredis"
	"github.com/switchyard/switchyard/runtime/touchpoint"
	"github.com/switchyard/switchyard/tenants"
)

// releasePatience bounds how long what was reserved is given back at the end; what
// is not lapses by itself.
const releasePatience = 2 * time.Second

// touchpoints are what touchpoints' calls work with. Sessions are held in memory and
// end with this process, unless a store for the group's servers is given.
type touchpoints struct {
	sessions  session.Store
	shared    *sessionredis.Store // nil where sessions are in memory
	customers *customerpg.Store
	recorder  *history.Recorder
	limits    *history.Limits
	service   *touchpoint.Service
	delayed   *schedule.Runner
	actions   *schedulepg.Store
	learned   *learningpg.Keeper
}

func newTouchpoints(all pools, server tenants.ServerID, served *versions.Holder, out schedule.Executor, codes *history.Codes, shared *sessionredis.Store, log *slog.Logger) *touchpoints {
	db := all.runtime
	kept := historypg.New(all.history).With(learningpg.Learn)
	left := schedulepg.New(db, string(server), schedulepg.Options{Logger: log})
	t := &touchpoints{
		sessions:  session.NewMemory(session.Limits{}, nil),
		customers: customerpg.New(db),
		recorder:  history.NewRecorder(kept, history.Options{Logger: log, Writers: historyConnections}),
		limits:    history.NewLimits(historypg.New(db)),
		actions:   left,
	}
	if shared != nil {
		t.sessions, t.shared = shared, shared
	}
	book := &learning.Book{}
	t.learned = learningpg.NewKeeper(learningpg.New(db), book, learningpg.Options{Logger: log})
	t.service = touchpoint.New(t.sessions, served, t.recorder, touchpoint.Options{Customers: t.customers, Limits: t.limits, Ready: served.Ready, Past: served, Learning: book, Schedule: left, Triggers: out, Codes: codes})
	t.delayed = schedule.NewRunner(left, t.service, schedule.Options{Logger: log})
	return t
}

// sharedSessions opens the store of the group's sessions; nil where none is named.
func sharedSessions(url, group string, log *slog.Logger) (*sessionredis.Store, error) {
	if url == "" {
		return nil, nil //nolint:nilnil // sessions are in memory
	}
	return sessionredis.Open(sessionredis.Options{URL: url, Group: group, Logger: log})
}

// record writes contacts and responses while serve answers calls and delayed
// actions are done: what comes last is written too.
func (t *touchpoints) record(ctx context.Context, serve func(ctx context.Context) error) error {
	recording, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	recorded := make(chan error, 1)
	go func() { recorded <- t.recorder.Run(recording) }()
	doing, end := context.WithCancel(ctx)
	defer end()
	done := make(chan error, 1)
	go func() { done <- t.delayed.Run(doing) }()
	learned := make(chan error, 1)
	go func() { learned <- t.learned.Run(doing) }()
	err := serve(ctx)
	end()
	err = errors.Join(err, <-done, <-learned)
	stop()
	return errors.Join(err, <-recorded)
}

// close gives back what the database has lent.
func (t *touchpoints) close(log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), releasePatience)
	defer cancel()
	if t.shared != nil {
		t.shared.Close()
	}
	if err := errors.Join(t.limits.Close(ctx), t.customers.Close()); err != nil {
		log.Warn("presentations that were reserved and not made lapse by themselves", "error", err)
	}
}
