package sessiontest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/session"
)

// Clock is a clock that tests move.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// New makes an empty store.
type New func(t *testing.T, limits session.Limits, now func() time.Time) session.Store

// Run runs the tests against a store.
func Run(t *testing.T, create New) {
	t.Helper()
	t.Run("KeepsWhatACallMadeOfASession", func(t *testing.T) { t.Parallel(); keeps(t, create) })
	t.Run("EndsASession", func(t *testing.T) { t.Parallel(); ends(t, create) })
	t.Run("EndsASessionThatWasIdleForTooLong", func(t *testing.T) { t.Parallel(); idle(t, create) })
	t.Run("EndsASessionThatIsTooOld", func(t *testing.T) { t.Parallel(); old(t, create) })
	t.Run("LetsCallsInOneAfterAnother", func(t *testing.T) { t.Parallel(); order(t, create) })
	t.Run("LetsNoCallWaitLongerThanItsContext", func(t *testing.T) { t.Parallel(); deadline(t, create) })
	t.Run("BoundsTheCallsThatWait", func(t *testing.T) { t.Parallel(); waiting(t, create) })
	t.Run("LosesNoChange", func(t *testing.T) { t.Parallel(); changes(t, create) })
	t.Run("BoundsTheNumberOfSessions", func(t *testing.T) { t.Parallel(); number(t, create) })
}

// Started is a session that begins now.
func Started(id string, now time.Time) *session.Data {
	return &session.Data{ID: id, Channel: "web", Level: "customer", Started: now}
}

func start(t *testing.T, s session.Store, id string, now time.Time) {
	t.Helper()
	require.NoError(t, s.Do(t.Context(), id, func(*session.Data) *session.Data { return Started(id, now) }))
}

func find(t *testing.T, s session.Store, id string) (found *session.Data) {
	t.Helper()
	require.NoError(t, s.Do(t.Context(), id, func(d *session.Data) *session.Data {
		found = d
		return d
	}))
	return found
}

func keeps(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{}, clock.Now)
	treatment, err := history.NewTreatment()
	require.NoError(t, err)
	want := &session.Data{
		ID: "a b/ü", Channel: "web", Version: session.Version{Number: 3, Hash: "abc"}, Started: clock.Now(), Debug: true,
		Level: "customer", Key: []any{"k"}, Audience: "k", Profile: session.NewValues(nil, map[string]any{"region": "north"}),
		Parameters: map[string]any{"source": "mail"}, Assigned: []session.Assigned{{Flowchart: "value", Segment: "high"}},
		Segments: []string{"high"}, Blocked: []string{"loan"}, Overrides: []customer.Override{{Offer: "card", Score: 3, When: "true"}},
		Defaults:   []customer.Default{{Offer: "fund", Score: 1}},
		Offers:     []session.Offer{{Code: "card", Shown: 2, Accepted: true, Past: customer.Past{Presented: 4, ShownAt: clock.Now()}}},
		Treatments: []session.Treatment{{Code: treatment, Offer: "card", Seen: true}}, Returned: 1,
	}
	require.Nil(t, find(t, s, want.ID))
	require.NoError(t, s.Do(t.Context(), want.ID, func(present *session.Data) *session.Data {
		require.Nil(t, present)
		return want
	}))
	require.Equal(t, want, find(t, s, want.ID))
	require.Nil(t, find(t, s, "a b/u"))
}

func ends(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{}, clock.Now)
	start(t, s, "a", clock.Now())
	require.NoError(t, s.Do(t.Context(), "a", func(*session.Data) *session.Data { return nil }))
	require.Nil(t, find(t, s, "a"))
}

func idle(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{Idle: time.Minute}, clock.Now)
	start(t, s, "a", clock.Now())
	clock.Pass(59 * time.Second)
	require.NotNil(t, find(t, s, "a"))
	clock.Pass(59 * time.Second)
	require.NotNil(t, find(t, s, "a"), "a call makes it young again")
	clock.Pass(60 * time.Second)
	require.Nil(t, find(t, s, "a"))
}

func old(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{Idle: time.Hour, Age: 2 * time.Hour}, clock.Now)
	start(t, s, "a", clock.Now())
	for range 3 {
		clock.Pass(30 * time.Minute)
		require.NotNil(t, find(t, s, "a"))
	}
	clock.Pass(30 * time.Minute)
	require.Nil(t, find(t, s, "a"))
}

// hold takes a session's turn until it is let go.
func hold(t *testing.T, s session.Store, id string) (letGo func()) {
	t.Helper()
	taken, free, over := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		over <- s.Do(context.Background(), id, func(d *session.Data) *session.Data {
			close(taken)
			<-free
			return d
		})
	}()
	<-taken
	return func() {
		close(free)
		require.NoError(t, <-over)
	}
}

func order(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{}, clock.Now)
	start(t, s, "a", clock.Now())
	var mu sync.Mutex
	inside, most, calls := 0, 0, 0
	var all sync.WaitGroup
	letGo := hold(t, s, "a")
	for range 20 {
		all.Go(func() {
			err := s.Do(t.Context(), "a", func(d *session.Data) *session.Data {
				mu.Lock()
				inside++
				calls++
				most = max(most, inside)
				mu.Unlock()
				mu.Lock()
				inside--
				mu.Unlock()
				return d
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	letGo()
	all.Wait()
	require.Equal(t, 1, most)
	require.Equal(t, 20, calls)
}

func deadline(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{}, clock.Now)
	start(t, s, "a", clock.Now())
	letGo := hold(t, s, "a")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.Do(ctx, "a", func(d *session.Data) *session.Data {
		t.Error("it was let in")
		return d
	})
	f, ok := fault.As(err)
	require.True(t, ok, err)
	require.Equal(t, "session-busy", f.Type)
	require.NoError(t, s.Do(t.Context(), "b", func(d *session.Data) *session.Data { return d }), "another session does not wait")
	letGo()
	require.NotNil(t, find(t, s, "a"), "who gave up does not hold up others")
}

func waiting(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{Waiting: 3}, clock.Now)
	start(t, s, "a", clock.Now())
	letGo := hold(t, s, "a")
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 10)
	for range 10 {
		go func() { results <- s.Do(ctx, "a", func(d *session.Data) *session.Data { return d }) }()
	}
	for range 7 {
		err := <-results
		require.True(t, fault.Is(err, fault.Unavailable), err)
	}
	letGo()
	for range 3 {
		require.NoError(t, <-results)
	}
	cancel()
}

func changes(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{}, clock.Now)
	const sessions, calls = 8, 25
	for i := range sessions {
		start(t, s, fmt.Sprint(i), clock.Now())
	}
	var all sync.WaitGroup
	for i := range sessions * calls {
		all.Go(func() {
			err := s.Do(context.Background(), fmt.Sprint(i%sessions), func(d *session.Data) *session.Data {
				d.Of("card").Shown++
				return d
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range sessions {
		require.Equal(t, calls, find(t, s, fmt.Sprint(i)).Of("card").Shown)
	}
}

func number(t *testing.T, create New) {
	t.Helper()
	clock := NewClock()
	s := create(t, session.Limits{Sessions: 10}, clock.Now)
	for i := range 100 {
		start(t, s, strings.Repeat("x", i+1), clock.Now())
		clock.Pass(time.Second)
		require.LessOrEqual(t, s.Usage().Sessions, 10)
	}
	require.NotNil(t, find(t, s, strings.Repeat("x", 100)), "the last is there")
	require.Nil(t, find(t, s, "x"), "the first is not")
}
