package session_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/session/sessiontest"
)

// TestAFloodOfNewSessions is not parallel: it measures the heap.
func TestAFloodOfNewSessions(t *testing.T) {
	const (
		visitors = 2000 // who come back all the time
		clients  = 8
	)
	tests := []struct {
		name   string
		limits session.Limits
		flood  int
		bytes  int // that each new session brings
		want   int // sessions that are held at the end, about
		heap   int64
	}{
		{"OverTheNumberOfSessions", session.Limits{}, 2 * session.DefaultSessions, 0, session.DefaultSessions, session.DefaultSessions * 1500},
		{"OverTheBytes", session.Limits{Bytes: 64 << 20}, 30_000, 10_000, visitors + 64<<20/11_000, 64 << 20 * 3 / 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := liveHeap()
			b := setup(t, test.limits)
			limits := test.limits.WithDefaults()
			var lost atomic.Int64
			visit := func(i int) {
				err := b.store.Do(t.Context(), fmt.Sprint("visitor-", i), func(d *session.Data) *session.Data {
					if d == nil {
						lost.Add(1)
						d = sessiontest.Started(fmt.Sprint("visitor-", i), b.clock.Now())
					}
					return d
				})
				if err != nil {
					t.Error(err)
				}
			}
			for range 2 { // they start, and come back
				for i := range visitors {
					visit(i)
				}
			}
			require.EqualValues(t, visitors, lost.Swap(0))

			bound := func() {
				usage := b.store.Usage()
				// Calls at work may each have one more for a moment.
				if usage.Sessions > limits.Sessions+clients || usage.Bytes > limits.Bytes+clients*int64(test.bytes+2000) {
					t.Errorf("beyond the bounds: %+v", usage)
				}
			}
			var all sync.WaitGroup
			for client := range clients {
				all.Go(func() {
					for i := range test.flood / clients {
						id := fmt.Sprint("flood-", client, "-", i)
						err := b.store.Do(t.Context(), id, func(*session.Data) *session.Data {
							d := sessiontest.Started(id, b.clock.Now())
							d.Profile.Set("text", strings.Repeat("x", test.bytes))
							return d
						})
						if err != nil {
							t.Error(err)
						}
						if i%16 == 0 {
							visit((client*test.flood/clients + i) / 16 % visitors)
							bound()
						}
					}
				})
			}
			all.Wait()

			usage := b.store.Usage()
			require.InDelta(t, test.want, usage.Sessions, float64(test.want)/10)
			require.LessOrEqual(t, usage.Sessions, limits.Sessions)
			require.LessOrEqual(t, usage.Bytes, limits.Bytes)
			require.GreaterOrEqual(t, usage.Evicted, int64(test.flood)-int64(test.want))
			require.Zero(t, lost.Load(), "visitors who come back keep their sessions")
			taken := liveHeap() - before
			t.Logf("%d sessions hold %d MB of the heap, %d MB by their own count", usage.Sessions, taken>>20, usage.Bytes>>20)
			require.Less(t, taken, test.heap)
			runtime.KeepAlive(b)
		})
	}
}

// liveHeap is the heap without garbage.
func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
