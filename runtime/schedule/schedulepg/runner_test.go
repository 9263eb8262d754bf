package schedulepg_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
)

// executor notes what it executes.
type executor struct {
	mu   sync.Mutex
	done map[schedule.ID]int
	do   func(ctx context.Context, a schedule.Action) error
	news chan struct{}
}

func newExecutor(do func(ctx context.Context, a schedule.Action) error) *executor {
	return &executor{done: map[schedule.ID]int{}, do: do, news: make(chan struct{}, 10_000)}
}

func (e *executor) Execute(ctx context.Context, a schedule.Action) error {
	defer func() { e.news <- struct{}{} }()
	if err := e.do(ctx, a); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done[a.ID]++
	return nil
}

// run runs a runner until the test is over, or stop.
func run(t *testing.T, s *schedulepg.Store, e schedule.Executor, o schedule.Options) (stop func()) {
	t.Helper()
	o.Poll, o.Logger = 2*time.Millisecond, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- schedule.NewRunner(s, e, o).Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(stop)
	return stop
}

func usage(t *testing.T, s *schedulepg.Store, want schedule.Usage) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := s.Usage(t.Context())
		require.NoError(t, err)
		got.Late = 0
		return got == want
	}, 20*time.Second, 5*time.Millisecond)
}

func TestAGroupExecutesEachActionOnce(t *testing.T) {
	t.Parallel()
	db := database(t)
	var failing sync.Map
	e := newExecutor(func(_ context.Context, a schedule.Action) error {
		if _, tried := failing.LoadOrStore(a.ID, true); !tried && a.ID[15]%3 == 0 {
			return errors.New("try again")
		}
		return nil
	})
	stores := make([]*schedulepg.Store, 4)
	const each = 50
	for i := range stores {
		stores[i] = schedulepg.New(db, fmt.Sprint(i), late)
		var actions []schedule.Action
		for range each {
			actions = append(actions, action(t, past(), "buy"))
		}
		put(t, stores[i], actions...)
	}
	for _, s := range stores {
		run(t, s, e, schedule.Options{Pause: time.Millisecond})
	}
	usage(t, stores[0], schedule.Usage{})
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Len(t, e.done, each*len(stores))
	for id, times := range e.done {
		require.Equal(t, 1, times, id)
	}
}

func TestABadActionDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	s := schedulepg.New(database(t), "one", schedulepg.Options{})
	e := newExecutor(func(ctx context.Context, a schedule.Action) error {
		switch a.Work.Event {
		case "fails":
			return errors.New("it fails\x00 always")
		case "panics":
			panic("what is this")
		case "hangs":
			<-ctx.Done()
			return ctx.Err()
		case "refused":
			return fault.New(fault.Invalid, "no-such-event", "there is no such event")
		}
		return nil
	})
	put(t, s, action(t, past(), "hangs"), action(t, past(), "fails"), action(t, past(), "panics"), action(t, past(), "refused"))
	for range 20 {
		put(t, s, action(t, past().Add(time.Minute), "good"))
	}
	run(t, s, e, schedule.Options{Attempts: 3, Pause: time.Millisecond, Deadline: 20 * time.Millisecond, Parallel: 2})
	usage(t, s, schedule.Usage{Dead: 4})
	dead, err := s.Dead(t.Context(), schedule.Place{}, 10)
	require.NoError(t, err)
	attempts, problems := map[string]int{}, map[string]string{}
	for _, d := range dead {
		attempts[d.Work.Event], problems[d.Work.Event] = d.Attempts, d.Problem
	}
	require.Equal(t, map[string]int{"hangs": 3, "fails": 3, "panics": 3, "refused": 1}, attempts)
	require.Contains(t, problems["panics"], "what is this")
	require.Contains(t, problems["fails"], "it fails")
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Len(t, e.done, 20)
}

func TestAPlaceThatDoesNotAnswerHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	s := schedulepg.New(database(t), "one", schedulepg.Options{})
	answers := make(chan struct{})
	var atWork, tooMany atomic.Int64
	e := newExecutor(func(ctx context.Context, a schedule.Action) error {
		if a.Work.Event != "slow" {
			return nil
		}
		if atWork.Add(1) > 2 {
			tooMany.Add(1)
		}
		defer atWork.Add(-1)
		select {
		case <-answers:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	webhook := func(due time.Time, event, url string) schedule.Action {
		a := action(t, due, event)
		a.Work.Do = definition.EventAction{Do: definition.CallWebhook, URL: url}
		return a
	}
	const slow, others = 40, 30
	for range slow {
		put(t, s, webhook(past(), "slow", "https://slow.example/"+rand.Text()))
	}
	for range others {
		put(t, s, action(t, past().Add(time.Minute), "log"), webhook(past().Add(time.Minute), "fast", "https://fast.example/"))
	}
	run(t, s, e, schedule.Options{Parallel: 2, Aside: 50 * time.Millisecond})
	done := func() int {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.done)
	}
	require.Eventually(t, func() bool { return done() == 2*others }, 20*time.Second, 5*time.Millisecond)
	require.EqualValues(t, 2, atWork.Load())
	require.Zero(t, tooMany.Load(), "lead to the same host at a time")
	close(answers)
	usage(t, s, schedule.Usage{})
	require.Equal(t, slow+2*others, done())
}

func TestARunnerThatStopsLeavesItsActionToOthers(t *testing.T) {
	t.Parallel()
	db := database(t)
	one, two := schedulepg.New(db, "one", schedulepg.Options{}), schedulepg.New(db, "two", schedulepg.Options{})
	put(t, one, action(t, past(), "buy"))
	begun := make(chan struct{})
	stop := run(t, one, newExecutor(func(ctx context.Context, _ schedule.Action) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}), schedule.Options{})
	<-begun
	stop()
	claims, err := two.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, claims, 1)
	require.Equal(t, 1, claims[0].Attempt, "what was broken off does not count")
}

func TestAnActionThatKillsItsServersIsGivenUp(t *testing.T) {
	t.Parallel()
	db := database(t)
	dying := schedulepg.New(db, "one", schedulepg.Options{Claim: time.Microsecond})
	put(t, dying, action(t, past(), "buy"))
	for range 2 { // claimed, and never heard of again
		claims, err := dying.Claim(t.Context(), 1)
		require.NoError(t, err)
		require.Len(t, claims, 1)
	}
	e := newExecutor(func(context.Context, schedule.Action) error { return nil })
	run(t, dying, e, schedule.Options{Attempts: 2})
	usage(t, dying, schedule.Usage{Dead: 1})
	require.Empty(t, e.done)
}
