package interactionserver_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// TestFaults runs interactions from submit to stop while the database fails, with
// callers and a host that try again. Nothing may be lost or done twice.
func TestFaults(t *testing.T) {
	t.Parallel()

	t.Run("OfTheStoreBeforeAndAfterItWrote", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 5)
		server := tenants.ServerID(b.config.Server.ID)
		db, err := serverpg.Open(t.Context(), b.url, poolOptions)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		faulty := &faultyStore{Store: serverpg.New(db, server), random: rand.New(rand.NewPCG(1, 2))}
		s := interactionserver.NewService(server, faulty, quiet)
		require.NoError(t, s.SetConfiguration(t.Context(), b.config))
		faulty.start()
		runThrough(t, b, s, 60)
		handledOnce(t, b, 60)
		require.Positive(t, faulty.faults())
	})

	t.Run("OfItsSessions", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 5)
		ctx, cancel := context.WithCancel(t.Context())
		var killer sync.WaitGroup
		killer.Go(func() {
			for ctx.Err() == nil {
				_, _ = b.db.ExecContext(ctx, `
					SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
					ORDER BY random() LIMIT 2`)
				select {
				case <-ctx.Done():
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
		runThrough(t, b, b.Service, 60)
		cancel()
		killer.Wait()
		handledOnce(t, b, 60)
	})
}

// runThrough hands in n interactions and has the agents handle them.
func runThrough(t *testing.T, b *bundle, s *interactionserver.Service, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var background, work sync.WaitGroup
	background.Go(func() { _ = s.Run(ctx) })
	background.Go(func() { host(ctx, s) })
	for _, agent := range b.agents {
		background.Go(func() { patientDesk(ctx, s, agent) })
	}
	for i := range n {
		work.Go(func() {
			insist(ctx, func() error {
				_, _, err := s.Submit(ctx, b.media, interactionserver.Submission{
					ExternalID: fmt.Sprint(i), MediaType: "chat", Process: "disputes", Properties: process.Values{"n": i},
				})
				return err
			})
		})
	}
	work.Wait()
	stopped := func() int {
		var count int
		_ = b.db.Get(&count, "SELECT count(*) FROM interactions WHERE state = 'stopped'")
		return count
	}
	require.Eventually(t, func() bool { return stopped() == n }, 2*time.Minute, 10*time.Millisecond)
	cancel()
	background.Wait()
}

// handledOnce holds that n interactions were, when nobody writes or kills any more.
func handledOnce(t *testing.T, b *bundle, n int) {
	t.Helper()
	b.db.SetMaxIdleConns(0) // some may have been killed
	require.Equal(t, n, b.count("SELECT count(*) FROM interactions"))
	for _, kind := range []string{"submitted", "accepted", "completed", "stopped"} {
		require.Equal(t, n, b.count("SELECT count(*) FROM events WHERE kind = $1", kind), kind)
	}
	b.consistent()
}

// patientDesk answers offers, and tries again until it has an answer.
func patientDesk(ctx context.Context, s *interactionserver.Service, agent accountID) {
	changed, stop := s.WatchAgent(agent)
	defer stop()
	for ctx.Err() == nil {
		insist(ctx, func() error {
			_, err := s.SetMedium(ctx, agent, agent, "chat", interactionserver.MediumChange{State: interactionserver.Ready})
			return err
		})
		var a interactionserver.Agent
		insist(ctx, func() (err error) {
			a, err = s.Agent(ctx, agent, agent)
			return err
		})
		for _, in := range a.Assignments {
			insist(ctx, func() error {
				_, err := s.Accept(ctx, agent, in.ID, in.Assignment)
				return err
			})
			insist(ctx, func() error {
				_, err := s.Complete(ctx, agent, in.ID, in.Assignment, interactionserver.Completion{Outcome: "done"})
				return err
			})
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// insist repeats a call until it is answered with yes or a clear no.
func insist(ctx context.Context, call func() error) {
	for ctx.Err() == nil {
		if err := call(); err == nil || fault.KindOf(err) == fault.Conflict {
			return
		}
	}
}

// faultyStore fails one call in ten: before it reaches the store, or after the
// store has done it, so that the caller does not learn of it.
type faultyStore struct {
	interactionserver.Store

	mu      sync.Mutex
	random  *rand.Rand
	started bool
	count   int
}

var errFaulty = fault.New(fault.Unavailable, "database-unavailable", "injected")

func (s *faultyStore) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = true
}

func (s *faultyStore) faults() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// draw decides the fate of a call.
func (s *faultyStore) draw() (before, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started {
		return false, false
	}
	switch s.random.IntN(20) {
	case 0:
		before = true
	case 1:
		after = true
	default:
		return false, false
	}
	s.count++
	return before, after
}

// around makes a call unless it is to fail before, and hides its success when it
// is to fail after.
func (s *faultyStore) around(call func() error) error {
	before, after := s.draw()
	if before {
		return errFaulty
	}
	if err := call(); err != nil {
		return err
	}
	if after {
		return errFaulty
	}
	return nil
}

func (s *faultyStore) Insert(ctx context.Context, in interactionserver.Interaction) (stored interactionserver.Interaction, created bool, err error) {
	err = s.around(func() (err error) { stored, created, err = s.Store.Insert(ctx, in); return err })
	return stored, created, err
}

func (s *faultyStore) Accept(ctx context.Context, a interactionserver.Answer) (in interactionserver.Interaction, changed bool, err error) {
	err = s.around(func() (err error) { in, changed, err = s.Store.Accept(ctx, a); return err })
	return in, changed, err
}

func (s *faultyStore) Complete(ctx context.Context, a interactionserver.Answer, name string, c interactionserver.Completion) (in interactionserver.Interaction, changed bool, err error) {
	err = s.around(func() (err error) { in, changed, err = s.Store.Complete(ctx, a, name, c); return err })
	return in, changed, err
}

func (s *faultyStore) TakeStep(ctx context.Context, step interactionserver.Step) (r interactionserver.Record, changed bool, err error) {
	err = s.around(func() (err error) { r, changed, err = s.Store.TakeStep(ctx, step); return err })
	return r, changed, err
}

func (s *faultyStore) Invite(ctx context.Context, offers []interactionserver.Invitation) (invited []interactionserver.Interaction, err error) {
	err = s.around(func() (err error) { invited, err = s.Store.Invite(ctx, offers); return err })
	return invited, err
}

func (s *faultyStore) Settle(ctx context.Context, ids []int64) error {
	return s.around(func() error { return s.Store.Settle(ctx, ids) })
}

func (s *faultyStore) Load(ctx context.Context, id interactionserver.InteractionID) (r interactionserver.Record, found bool, err error) {
	err = s.around(func() (err error) { r, found, err = s.Store.Load(ctx, id); return err })
	return r, found, err
}
