package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/session/sessiontest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	sessiontest.Run(t, func(_ *testing.T, limits session.Limits, now func() time.Time) session.Store {
		return session.NewMemory(limits, now)
	})
}

// bundle is a store with a clock.
type testBundle struct {
	*testing.T
	clock *sessiontest.Clock
	store *session.Memory
}

func setup(t *testing.T, limits session.Limits) *testBundle {
	t.Helper()
	clock := sessiontest.NewClock()
	return &testBundle{T: t, clock: clock, store: session.NewMemory(limits, clock.Now)}
}

func (b *testBundle) start(id string, bytes int) {
	b.Helper()
	require.NoError(b, b.store.Do(b.Context(), id, func(*session.Data) *session.Data {
		d := sessiontest.Started(id, b.clock.Now())
		d.Profile.Set("text", strings.Repeat("x", bytes))
		return d
	}))
}

func (b *testBundle) lives(id string) (lives bool) {
	b.Helper()
	require.NoError(b, b.store.Do(b.Context(), id, func(d *session.Data) *session.Data {
		lives = d != nil
		return d
	}))
	return lives
}

func TestMemory(t *testing.T) {
	t.Parallel()

	t.Run("KeepsSessionsThatCameBackWhenNewOnesFloodIn", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{Sessions: 100})
		for i := range 80 {
			b.start(fmt.Sprintf("used-%d", i), 0)
			require.True(t, b.lives(fmt.Sprintf("used-%d", i)))
			b.clock.Pass(time.Millisecond)
		}
		for i := range 5000 {
			b.start(fmt.Sprintf("flood-%d", i), 0)
			b.clock.Pass(time.Millisecond)
		}
		require.Equal(t, 100, b.store.Usage().Sessions)
		for i := range 80 {
			require.True(t, b.lives(fmt.Sprintf("used-%d", i)), i)
		}
	})

	t.Run("MakesRoomForNewSessionsWhenAllCameBack", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{Sessions: 10})
		for i := range 30 {
			b.start(fmt.Sprint(i), 0)
			require.True(t, b.lives(fmt.Sprint(i)))
			b.clock.Pass(time.Millisecond)
		}
		for i := range 30 {
			require.Equal(t, i >= 20, b.lives(fmt.Sprint(i)), "the least recently used go: %d", i)
		}
	})

	t.Run("BoundsTheBytes", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{Bytes: 100_000})
		for i := range 100 {
			b.start(fmt.Sprint(i), 5000)
			require.LessOrEqual(t, b.store.Usage().Bytes, int64(100_000))
		}
		require.True(t, b.lives("99"))
		require.Greater(t, b.store.Usage().Sessions, 10)
		b.start("large", 200_000)
		require.False(t, b.lives("large"), "one that is larger than the store is not kept")
		require.LessOrEqual(t, b.store.Usage().Bytes, int64(100_000))
	})

	t.Run("CountsBytesAndSessionsDownToNothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{})
		for i := range 100 {
			b.start(fmt.Sprint(i), i)
		}
		require.Equal(t, 100, b.store.Usage().Sessions)
		for i := range 100 {
			require.NoError(t, b.store.Do(t.Context(), fmt.Sprint(i), func(*session.Data) *session.Data { return nil }))
		}
		require.Equal(t, session.Usage{}, b.store.Usage())
	})

	t.Run("DropsWhatHasExpiredAsCallsComeIn", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{Sessions: 1000, Idle: time.Minute})
		for i := range 400 {
			b.start(fmt.Sprint(i), 0)
		}
		b.clock.Pass(2 * time.Minute)
		for i := range 200 {
			b.start(fmt.Sprintf("new-%d", i), 0)
		}
		require.Equal(t, 200, b.store.Usage().Sessions)
		require.EqualValues(t, 400, b.store.Usage().Expired)
	})

	t.Run("RefusesASessionWhenAllAreInUse", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{Sessions: 1})
		b.start("a", 0)
		err := b.store.Do(t.Context(), "a", func(d *session.Data) *session.Data {
			inner := b.store.Do(t.Context(), "b", func(*session.Data) *session.Data { return sessiontest.Started("b", b.clock.Now()) })
			f, ok := fault.As(inner)
			require.True(t, ok)
			require.Equal(t, "too-many-sessions", f.Type)
			return d
		})
		require.NoError(t, err)
		require.True(t, b.lives("a"))
		require.False(t, b.lives("b"))
	})

	t.Run("ReplacesAnExpiredSessionInAFullStore", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{Sessions: 1, Idle: time.Minute})
		b.start("a", 0)
		b.clock.Pass(time.Minute)
		b.start("a", 0)
		require.True(t, b.lives("a"))
	})

	t.Run("LetsCallsInByTheOrderInWhichTheyCame", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{})
		var came []int
		var all sync.WaitGroup
		entered, free := make(chan struct{}), make(chan struct{})
		all.Go(func() {
			_ = b.store.Do(context.Background(), "a", func(*session.Data) *session.Data {
				close(entered)
				<-free
				return nil
			})
		})
		<-entered
		for i := range 10 {
			all.Go(func() {
				_ = b.store.Do(context.Background(), "a", func(*session.Data) *session.Data {
					came = append(came, i)
					return nil
				})
			})
			for b.store.Waiting("a") <= i {
				runtime.Gosched()
			}
		}
		close(free)
		all.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, came)
	})

	t.Run("FreesASessionWhoseCallPanics", func(t *testing.T) {
		t.Parallel()
		b := setup(t, session.Limits{})
		b.start("a", 0)
		require.Panics(t, func() {
			_ = b.store.Do(t.Context(), "a", func(*session.Data) *session.Data { panic("a defect") })
		})
		require.True(t, b.lives("a"))
	})
}

// A store of one shard agrees with the plainest one on which sessions live.
func TestMemoryAgreesWithAPlainOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		clock := sessiontest.NewClock()
		limits := session.Limits{Sessions: rapid.IntRange(1, 6).Draw(t, "sessions"), Idle: 10 * time.Second, Age: 40 * time.Second}
		store := session.NewMemory(limits, clock.Now)
		started, used := map[string]time.Time{}, map[string]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			clock.Pass(time.Duration(rapid.IntRange(1, 6).Draw(t, "pause")) * time.Second)
			now := clock.Now()
			for id := range used {
				if now.Sub(used[id]) >= limits.Idle || now.Sub(started[id]) >= limits.Age {
					delete(used, id)
				}
			}
			id := fmt.Sprint(rapid.IntRange(0, 8).Draw(t, "id"))
			do := rapid.SampledFrom([]string{"start", "use", "end"}).Draw(t, "do")
			err := store.Do(context.Background(), id, func(d *session.Data) *session.Data {
				if _, lives := used[id]; d != nil && !lives {
					t.Fatalf("session %s lives and should not", id)
				}
				// What the plain one has and the store has not was evicted: the store decides
				// which, but never below its bound.
				if _, lives := used[id]; lives && d == nil {
					delete(used, id)
				}
				switch {
				case do == "start":
					started[id], used[id] = now, now
					return sessiontest.Started(id, now)
				case do == "end" || d == nil:
					delete(used, id)
					return nil
				default:
					used[id] = now
					return d
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := store.Usage().Sessions; n > limits.Sessions {
				t.Fatalf("%d sessions, at most %d are allowed", n, limits.Sessions)
			}
			if usage := store.Usage(); usage.Evicted == 0 && usage.Sessions < len(used) {
				t.Fatalf("%d sessions, want %d", usage.Sessions, len(used))
			}
		}
	})
}

func TestDataGoesThroughJSON(t *testing.T) {
	t.Parallel()
	d := typical("s", 20)
	encoded, err := json.Marshal(d)
	require.NoError(t, err)
	var back session.Data
	require.NoError(t, json.Unmarshal(encoded, &back))
	back.Attached = d.Attached
	require.Equal(t, d, &back)
}

func TestOffersAreKeptByCode(t *testing.T) {
	t.Parallel()
	var d session.Data
	for _, code := range []string{"loan", "card", "fund", "card"} {
		d.Of(code).Shown++
	}
	require.Equal(t, []string{"card", "fund", "loan"}, codes(d.Offers))
	require.Equal(t, 2, d.Of("card").Shown)

	d.Remember(map[string]customer.Past{"aaa": {Presented: 1}, "fund": {Presented: 7}})
	require.Equal(t, []string{"aaa", "card", "fund", "loan"}, codes(d.Offers))
	require.EqualValues(t, 7, d.Of("fund").Past.Presented)
	require.Equal(t, 1, d.Of("fund").Shown)
}

func codes(offers []session.Offer) []string {
	var all []string
	for _, o := range offers {
		all = append(all, o.Code)
	}
	return all
}

func TestTreatmentsAreBounded(t *testing.T) {
	t.Parallel()
	var d session.Data
	for i := range 50 {
		d.Present(slices.Repeat([]session.Treatment{{Offer: fmt.Sprint(i)}}, 7))
		require.GreaterOrEqual(t, len(d.Treatments), min(7*(i+1), session.MaxTreatments))
		require.LessOrEqual(t, len(d.Treatments), session.MaxTreatments*9/8)
	}
	require.Len(t, d.Last(), 7)
	require.Equal(t, "49", d.Last()[0].Offer)
	d.Present(make([]session.Treatment, 300))
	require.Len(t, d.Last(), session.MaxTreatments)
}

// names are those of a level's attributes, in order.
var names = func() (all []string) {
	for i := range 100 {
		all = append(all, fmt.Sprintf("attribute_%02d", i))
	}
	return all
}()

// typical is a session with so many attributes of the profile.
func typical(id string, attributes int) *session.Data {
	now := sessiontest.NewClock().Now()
	d := sessiontest.Started(id, now)
	d.Audience, d.Key = "c"+id, []any{"c" + id}
	profile := map[string]any{}
	for i, name := range names[:attributes] {
		profile[name] = fmt.Sprintf("value %d of %s", i, id)
	}
	d.Profile = session.NewValues(names[:attributes], profile)
	d.Segments = []string{"high", "young"}
	d.Assigned = []session.Assigned{{Flowchart: "value", Segment: "high"}, {Flowchart: "age", Segment: "young"}}
	for i := range 5 {
		o := d.Of(fmt.Sprintf("offer-%d", i))
		o.Shown = 1
		o.Past.Present(now, nil)
	}
	d.Present(make([]session.Treatment, 5))
	return d
}

// The size that the store counts is near what the heap gives.
func TestSizeIsNearWhatTheHeapGives(t *testing.T) {
	const n = 2000
	for _, attributes := range []int{0, 5, 20, 100} {
		all := make([]*session.Data, n)
		before := heap()
		var counted int64
		for i := range all {
			all[i] = typical(fmt.Sprint(i), attributes)
			counted += all[i].Size()
		}
		taken := heap() - before
		ratio := float64(counted) / float64(taken)
		t.Logf("%d attributes: counted %d bytes, the heap gave %d, ratio %.2f", attributes, counted/n, taken/n, ratio)
		require.InDelta(t, 1.15, ratio, .35)
		runtime.KeepAlive(all)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func BenchmarkMemory(b *testing.B) {
	store := session.NewMemory(session.Limits{}, nil)
	const sessions = 10_000
	ids := make([]string, sessions)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
		_ = store.Do(context.Background(), ids[i], func(*session.Data) *session.Data {
			d := typical(ids[i], 20)
			d.Started = time.Now()
			return d
		})
	}
	b.ReportAllocs()
	b.ReportMetric(float64(store.Usage().Bytes)/sessions, "bytes/session")
	i := 0
	for b.Loop() {
		i++
		_ = store.Do(context.Background(), ids[i%sessions], func(d *session.Data) *session.Data { return d })
	}
}
