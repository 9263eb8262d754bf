package sessionredis_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/session/sessionredis"
	"github.com/switchyard/switchyard/runtime/session/sessiontest"
)

func TestStoreConforms(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	var groups atomic.Int64
	sessiontest.Run(t, func(t *testing.T, limits session.Limits, now func() time.Time) session.Store {
		t.Helper()
		s, err := sessionredis.Open(sessionredis.Options{
			URL: "redis://" + server.address(), Group: fmt.Sprint(groups.Add(1)), Limits: limits, Now: now,
		})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	})
}

func TestOpenRefusesWhatIsNoURLAndDoesNotShowIt(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "localhost", "http://x:secret@y", "redis://x:secret@y:70000/a"} {
		_, err := sessionredis.Open(sessionredis.Options{URL: url, Group: "a"})
		require.True(t, fault.Is(err, fault.Invalid), url)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestStore(t *testing.T) {
	t.Parallel()

	t.Run("GoesOnWithTheSessionsOfAServerThatIsGone", func(t *testing.T) {
		t.Parallel()
		server := newRedis(t)
		first, second := server.store(), server.store()
		for want := 1; want <= 3; want++ {
			count, err := shown(t.Context(), first, "s")
			require.NoError(t, err)
			require.Equal(t, want, count)
		}
		first.Close()
		count, err := shown(t.Context(), second, "s")
		require.NoError(t, err)
		require.Equal(t, 4, count)
		require.Equal(t, 1, second.Usage().Sessions)
		_, err = shown(t.Context(), first, "s")
		requireAway(t, err)
	})

	t.Run("KeepsGroupsApart", func(t *testing.T) {
		t.Parallel()
		server := newRedis(t)
		const sessions, rounds = 20, 5
		limits := func(o *sessionredis.Options) { o.Limits.Sessions = sessions }
		// Groups whose names hold each other, or look like a part of a key; all have the
		// same session ids, at the same time, as many as each may have.
		groups := []string{"a", "ab", "a}:session:", "{a", ""}
		stores := make([][2]session.Store, len(groups))
		for i, name := range groups {
			for s := range stores[i] {
				stores[i][s] = server.store(limits, func(o *sessionredis.Options) { o.Group = name })
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		var all sync.WaitGroup
		for g := range groups {
			for n := range sessions {
				all.Go(func() {
					for round := range rounds * (g + 1) { // so that counts differ between groups
						if _, err := shown(ctx, stores[g][round%2], fmt.Sprint("s", n)); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		all.Wait()
		for g, name := range groups {
			for n := range sessions {
				count, err := shown(ctx, stores[g][0], fmt.Sprint("s", n))
				require.NoError(t, err)
				require.Equal(t, rounds*(g+1)+1, count, "group %q, session %d", name, n)
			}
			require.Equal(t, sessions, stores[g][0].Usage().Sessions, "group %q", name)
			require.Zero(t, stores[g][0].Usage().Evicted+stores[g][1].Usage().Evicted, "group %q", name)
		}

		// What one group drops is its own: sessions beyond its bound, and one that ends.
		for n := range sessions {
			_, err := shown(ctx, stores[0][0], fmt.Sprint("more", n))
			require.NoError(t, err)
		}
		require.NoError(t, stores[1][0].Do(ctx, "s0", func(*session.Data) *session.Data { return nil }))
		require.Positive(t, stores[0][0].Usage().Evicted)
		for g := 2; g < len(groups); g++ {
			for n := range sessions {
				count, err := shown(ctx, stores[g][1], fmt.Sprint("s", n))
				require.NoError(t, err)
				require.Equal(t, rounds*(g+1)+2, count)
			}
		}
	})

	t.Run("KeepsSessionsApartWhateverTheirIds", func(t *testing.T) {
		t.Parallel()
		store := newRedis(t).store()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		ids := []string{"s", "s:lease", "s:next", "s:next:lease", "lease:s", "next:s", "s:", ":s", "session:s", "fresh", "}:bytes", "*"}
		for want := 1; want <= 2; want++ {
			for _, id := range ids {
				count, err := shown(ctx, store, id)
				require.NoError(t, err, id)
				require.Equal(t, want, count, id)
			}
		}
		require.Equal(t, len(ids), store.Usage().Sessions)
	})

	t.Run("LosesNoChangeOfSeveralServersAndStarvesNone", func(t *testing.T) {
		t.Parallel()
		server := newRedis(t)
		stores := []*sessionredis.Store{server.store(), server.store(), server.store()}
		const calls = 40
		var all sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for i := range calls * len(stores) {
			all.Go(func() {
				if _, err := shown(ctx, stores[i%len(stores)], "s"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		count, err := shown(ctx, stores[0], "s")
		require.NoError(t, err)
		require.Equal(t, calls*len(stores)+1, count)
	})

	t.Run("GivesTheNextTurnToTheServerThatWaits", func(t *testing.T) {
		t.Parallel()
		server := newRedis(t)
		busy, other := server.store(), server.store()
		ctx, cancel := context.WithCancel(t.Context())
		var calls atomic.Int64
		var all sync.WaitGroup
		for range 4 { // so that some call of the busy server always waits
			all.Go(func() {
				for ctx.Err() == nil {
					if _, err := shown(ctx, busy, "s"); err == nil {
						calls.Add(1)
					}
				}
			})
		}
		server.eventually("the session is busy", func() bool { return calls.Load() > 10 })
		for range 5 {
			before := calls.Load()
			within, done := context.WithTimeout(t.Context(), 2*time.Second)
			_, err := shown(within, other, "s")
			done()
			require.NoError(t, err)
			t.Logf("%d calls of the other server came first", calls.Load()-before)
		}
		cancel()
		all.Wait()
	})

	t.Run("WritesNothingAfterTheLeaseWasLost", func(t *testing.T) {
		t.Parallel()
		server := newRedis(t)
		slow := server.store(func(o *sessionredis.Options) { o.Lease = 100 * time.Millisecond })
		other := server.store()
		_, err := shown(t.Context(), other, "s")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		err = slow.Do(ctx, "s", func(d *session.Data) *session.Data {
			cancel() // it is renewed no more
			count, err := shown(t.Context(), other, "s")
			require.NoError(t, err)
			require.Equal(t, 2, count)
			d.Of("card").Shown = 99
			return d
		})
		requireAway(t, err)
		count, err := shown(t.Context(), other, "s")
		require.NoError(t, err)
		require.Equal(t, 3, count)
	})

	t.Run("RenewsTheLeaseOfACallThatTakesLong", func(t *testing.T) {
		t.Parallel()
		server := newRedis(t)
		const lease = 3 * time.Second // a machine with much else to do is late by a part of it
		slow, other := server.store(func(o *sessionredis.Options) { o.Lease = lease }), server.store()
		require.NoError(t, slow.Do(t.Context(), "s", func(*session.Data) *session.Data {
			ctx, cancel := context.WithTimeout(t.Context(), lease*4/3)
			defer cancel()
			_, err := shown(ctx, other, "s")
			f, ok := fault.As(err)
			require.True(t, ok, err)
			require.Equal(t, "session-busy", f.Type)
			return sessiontest.Started("s", time.Now())
		}))
	})

	t.Run("GivesTheTurnUpWhereACallPanics", func(t *testing.T) {
		t.Parallel()
		s := newRedis(t).store()
		_, err := shown(t.Context(), s, "s")
		require.NoError(t, err)
		require.Panics(t, func() { _ = s.Do(t.Context(), "s", func(*session.Data) *session.Data { panic("no") }) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		count, err := shown(ctx, s, "s")
		require.NoError(t, err)
		require.Equal(t, 2, count)
	})

	t.Run("KeepsWholeNumbersExact", func(t *testing.T) {
		t.Parallel()
		s := newRedis(t).store()
		const large = int64(1)<<60 + 1
		require.NoError(t, s.Do(t.Context(), "s", func(*session.Data) *session.Data {
			d := sessiontest.Started("s", time.Now())
			d.Profile.Set("n", large)
			return d
		}))
		require.NoError(t, s.Do(t.Context(), "s", func(d *session.Data) *session.Data {
			require.Equal(t, json.Number(fmt.Sprint(large)), d.Profile.Get("n"))
			return nil
		}))
	})

	t.Run("BoundsTheBytesAndKeepsThoseThatCameBack", func(t *testing.T) {
		t.Parallel()
		s := newRedis(t).store(func(o *sessionredis.Options) { o.Limits = session.Limits{Bytes: 100_000} })
		start := func(id string, bytes int) {
			require.NoError(t, s.Do(t.Context(), id, func(*session.Data) *session.Data {
				d := sessiontest.Started(id, time.Now())
				d.Profile.Set("text", strings.Repeat("x", bytes))
				return d
			}))
		}
		lives := func(id string) (lives bool) {
			require.NoError(t, s.Do(t.Context(), id, func(d *session.Data) *session.Data { lives = d != nil; return d }))
			return lives
		}
		start("used", 5000)
		require.True(t, lives("used"))
		for i := range 100 {
			start(fmt.Sprint(i), 5000)
			require.LessOrEqual(t, s.Usage().Bytes, int64(100_000))
		}
		require.True(t, lives("used"))
		require.True(t, lives("99"))
		require.False(t, lives("0"))
		require.Greater(t, s.Usage().Sessions, 10)
		start("large", 200_000)
		require.False(t, lives("large"))
		for i := range 100 {
			require.NoError(t, s.Do(t.Context(), fmt.Sprint(i), func(*session.Data) *session.Data { return nil }))
		}
		require.Equal(t, 1, s.Usage().Sessions)
		require.NoError(t, s.Do(t.Context(), "used", func(*session.Data) *session.Data { return nil }))
		require.Zero(t, s.Usage().Sessions)
		require.Zero(t, s.Usage().Bytes)
	})
}

func requireAway(t *testing.T, err error) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Unavailable, f.Kind)
	require.Equal(t, "session-store-away", f.Type, err)
}

// TestStoreThatIsKilled kills the store under load and starts it again: every call is
// answered in its time, and no change that was acknowledged is lost.
func TestStoreThatIsKilled(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	stores := []*sessionredis.Store{server.store(outage), server.store(outage)}
	const deadline, workers, sessions = 2 * time.Second, 8, 5
	var acknowledged, refused [sessions]atomic.Int64
	var done, failed atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; ctx.Err() == nil; i++ {
				at := i % sessions
				within, cancel := context.WithTimeout(context.Background(), deadline)
				began := time.Now()
				_, err := shown(within, stores[i%2], fmt.Sprint(at))
				cancel()
				if took := time.Since(began); took > deadline+time.Second {
					t.Errorf("a call took %s", took)
				}
				if err == nil {
					acknowledged[at].Add(1)
					done.Add(1)
					continue
				}
				if !fault.Is(err, fault.Unavailable) {
					t.Error(err)
				}
				refused[at].Add(1)
				failed.Add(1)
			}
		})
	}
	for range 2 {
		before := done.Load()
		server.eventually("calls are answered", func() bool { return done.Load() > before+50 })
		before = failed.Load()
		server.kill()
		server.eventually("calls are refused", func() bool { return failed.Load() > before+8 })
		server.start()
	}
	before := done.Load()
	server.eventually("calls are answered again", func() bool { return done.Load() > before+50 })
	stop()
	all.Wait()
	t.Logf("%d calls were answered, %d refused", done.Load(), failed.Load())
	for at := range sessions {
		count, err := shown(t.Context(), stores[0], fmt.Sprint(at))
		require.NoError(t, err)
		require.GreaterOrEqual(t, int64(count-1), acknowledged[at].Load(), "nothing acknowledged is lost")
		require.LessOrEqual(t, int64(count-1), acknowledged[at].Load()+refused[at].Load())
	}
}

// TestStoreThatIsStopped stops the store's process: it takes connections and bytes and
// answers nothing.
func TestStoreThatIsStopped(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	s, fresh := server.store(outage), server.store(outage)
	_, err := shown(t.Context(), s, "s")
	require.NoError(t, err)
	server.signal(syscall.SIGSTOP)
	const deadline, calls = 2 * time.Second, 600
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			began := time.Now()
			store := s
			if i%2 == 1 {
				store = fresh // which has not connected yet
			}
			_, err := shown(ctx, store, fmt.Sprint(i))
			if took := time.Since(began); took > deadline+time.Second {
				t.Errorf("a call took %s", took)
			}
			if f, ok := fault.As(err); !ok || f.Type != "session-store-away" {
				t.Errorf("expected session-store-away, not %v", err)
			}
		})
	}
	all.Wait()
	began := time.Now()
	_, err = shown(t.Context(), s, "s")
	requireAway(t, err)
	requireAway(t, s.Check(t.Context()))
	require.Less(t, time.Since(began), deadline)
	server.signal(syscall.SIGCONT)
	resumed := time.Now()
	for _, store := range []*sessionredis.Store{s, fresh} {
		server.eventually("it comes back", func() bool {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			_, err := shown(ctx, store, "s")
			return err == nil
		})
	}
	t.Logf("back %s after it went on", time.Since(resumed))
	require.NoError(t, s.Check(t.Context()))
	count, err := shown(t.Context(), s, "s")
	require.NoError(t, err)
	require.GreaterOrEqual(t, count, 4)
}
