package history_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// store remembers the groups that it was given.
type store struct {
	mu     sync.Mutex
	groups [][]history.Batch
	// write says how long a group takes and how it ends; nil for at once and well.
	write func(batches []history.Batch) (time.Duration, error)
}

func (s *store) Write(ctx context.Context, batches []history.Batch) ([][]history.Kept, error) {
	s.mu.Lock()
	s.groups = append(s.groups, batches)
	s.mu.Unlock()
	if s.write != nil {
		takes, err := s.write(batches)
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return nil, fault.New(fault.Unavailable, "database-unavailable", "too slow")
		}
		if err != nil {
			return nil, err
		}
	}
	kept := make([][]history.Kept, len(batches))
	for i, b := range batches {
		for range b.Responses {
			kept[i] = append(kept[i], history.Kept{State: history.Recorded, Session: b.Responses[0].Session})
		}
	}
	return kept, nil
}

func (s *store) sizes() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	sizes := make([]int, len(s.groups))
	for i, group := range s.groups {
		sizes[i] = len(group)
	}
	return sizes
}

// run sets a recorder to work; the returned function stops it and waits.
func run(s *store, o history.Options) (r *history.Recorder, stop func()) {
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	r = history.NewRecorder(s, o)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = r.Run(ctx) })
	return r, func() {
		cancel()
		running.Wait()
	}
}

func contact(t *testing.T, offer string) history.Contact {
	t.Helper()
	code, err := history.NewTreatment()
	require.NoError(t, err)
	return history.Contact{Treatment: code, Session: "s", Channel: "web", Offer: offer, Source: decision.FromRule, At: noon}
}

func batch(t *testing.T, offers ...string) history.Batch {
	t.Helper()
	var b history.Batch
	for _, offer := range offers {
		b.Contacts = append(b.Contacts, contact(t, offer))
	}
	return b
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	away := fault.New(fault.Unavailable, "database-unavailable", "away")

	t.Run("DoesNotLetOneCallerWait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{}
			r, stop := run(s, history.Options{})
			defer stop()
			began := time.Now()
			for range 10 {
				_, err := r.Record(t.Context(), batch(t, "card"))
				require.NoError(t, err)
			}
			require.Zero(t, time.Since(began))
			require.Len(t, s.sizes(), 10)
		})
	})

	t.Run("PutsThoseThatCameDuringACommitIntoTheNext", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return 5 * time.Millisecond, nil }}
			r, stop := run(s, history.Options{Rows: 200})
			var callers sync.WaitGroup
			record := func() {
				_, err := r.Record(t.Context(), batch(t, "card"))
				require.NoError(t, err)
			}
			callers.Go(record)
			synctest.Wait() // it is being written
			for range 100 {
				callers.Go(record)
			}
			callers.Wait()
			stop()
			require.Equal(t, []int{1, 100}, s.sizes())
		})
	})

	t.Run("WaitsForAsManyAsTheLastTime_ButNotLong", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return 5 * time.Millisecond, nil }}
			r, stop := run(s, history.Options{Writers: 1, Gather: 2 * time.Millisecond})
			defer stop()
			together := func(n int) time.Duration {
				began := time.Now()
				var callers sync.WaitGroup
				for range n {
					callers.Go(func() {
						_, err := r.Record(t.Context(), batch(t, "card"))
						require.NoError(t, err)
					})
				}
				callers.Wait()
				return time.Since(began)
			}
			together(1)
			together(3) // in one or two groups, as it happens
			require.LessOrEqual(t, together(1), 7*time.Millisecond)
			require.Equal(t, 5*time.Millisecond, together(1))
		})
	})

	t.Run("BoundsTheRowsOfATransaction", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return time.Millisecond, nil }}
			r, stop := run(s, history.Options{Writers: 1, Rows: 10})
			var callers sync.WaitGroup
			for range 50 {
				callers.Go(func() {
					_, err := r.Record(t.Context(), batch(t, "a", "b", "c"))
					require.NoError(t, err)
				})
			}
			callers.Wait()
			stop()
			for _, n := range s.sizes() {
				require.LessOrEqual(t, n, 4)
			}
		})
	})

	t.Run("RefusesMoreThanTheQueueHolds_AndGoesOn", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return 10 * time.Millisecond, nil }}
			r, stop := run(s, history.Options{Writers: 1, Queue: 20})
			defer stop()
			var mu sync.Mutex
			outcomes := map[fault.Kind]int{}
			var callers sync.WaitGroup
			for range 100 {
				callers.Go(func() {
					_, err := r.Record(t.Context(), batch(t, "card"))
					kind := fault.Kind("")
					if err != nil {
						kind = fault.KindOf(err)
					}
					mu.Lock()
					outcomes[kind]++
					mu.Unlock()
				})
			}
			callers.Wait()
			require.Equal(t, map[fault.Kind]int{"": 20, fault.TooMany: 80}, outcomes)
			_, err := r.Record(t.Context(), batch(t, "card"))
			require.NoError(t, err)
		})
	})

	t.Run("RefusesMoreThanItsMemoryHolds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return 10 * time.Millisecond, nil }}
			r, stop := run(s, history.Options{QueueBytes: 100_000})
			defer stop()
			large := func() history.Batch {
				b := batch(t, "card")
				b.Contacts[0].Columns = map[string]any{"note": strings.Repeat("x", 60_000)}
				return b
			}
			var first sync.WaitGroup
			first.Go(func() {
				_, err := r.Record(t.Context(), large())
				require.NoError(t, err)
			})
			synctest.Wait()
			_, err := r.Record(t.Context(), large())
			require.True(t, fault.Is(err, fault.TooMany), "%v", err)
			first.Wait()
			_, err = r.Record(t.Context(), large())
			require.NoError(t, err)
		})
	})

	t.Run("WritesWhatWasHandedInBeforeItStopped", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return time.Millisecond, nil }}
			r, stop := run(s, history.Options{Writers: 1, Rows: 1})
			var callers sync.WaitGroup
			for range 30 {
				callers.Go(func() {
					_, err := r.Record(t.Context(), batch(t, "card"))
					require.NoError(t, err)
				})
			}
			synctest.Wait()
			stop()
			callers.Wait()
			require.Len(t, s.sizes(), 30)
			_, err := r.Record(t.Context(), batch(t, "card"))
			require.True(t, fault.Is(err, fault.Unavailable))
		})
	})

	t.Run("DoesNotHoldACallerLongerThanItsContext_NorWriteWhatNobodyWaitsFor", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return 500 * time.Millisecond, nil }}
			r, stop := run(s, history.Options{Writers: 1})
			var callers sync.WaitGroup
			callers.Go(func() { _, _ = r.Record(t.Context(), batch(t, "card")) })
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := r.Record(ctx, batch(t, "fund"))
			require.True(t, fault.Is(err, fault.Unavailable))
			require.Equal(t, 100*time.Millisecond, time.Since(began))
			callers.Wait()
			stop()
			require.Equal(t, 1, s.sizes()[0])
			for _, group := range s.groups {
				for _, b := range group {
					require.Equal(t, "card", b.Contacts[0].Offer)
				}
			}
		})
	})

	t.Run("TriesAgainWhileTheDatabaseIsAway", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			failures := 3
			s := &store{write: func([]history.Batch) (time.Duration, error) {
				if failures--; failures >= 0 {
					return 0, away
				}
				return 0, nil
			}}
			r, stop := run(s, history.Options{})
			defer stop()
			_, err := r.Record(t.Context(), batch(t, "card"))
			require.NoError(t, err)
		})
	})

	t.Run("GivesUpAfterItsPatience_AndThenAtOnce", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			broken := true
			s := &store{write: func([]history.Batch) (time.Duration, error) {
				mu.Lock()
				defer mu.Unlock()
				if broken {
					return 0, away
				}
				return 0, nil
			}}
			r, stop := run(s, history.Options{Patience: time.Second})
			defer stop()
			began := time.Now()
			_, err := r.Record(t.Context(), batch(t, "card"))
			require.True(t, fault.Is(err, fault.Unavailable))
			require.InDelta(t, 1.0, time.Since(began).Seconds(), 0.3)
			began = time.Now()
			_, err = r.Record(t.Context(), batch(t, "card"))
			require.True(t, fault.Is(err, fault.Unavailable))
			require.Zero(t, time.Since(began))

			mu.Lock()
			broken = false
			mu.Unlock()
			_, err = r.Record(t.Context(), batch(t, "card"))
			require.NoError(t, err)
		})
	})

	t.Run("RefusesOnlyTheBatchThatTheDatabaseRefuses", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func(batches []history.Batch) (time.Duration, error) {
				for _, b := range batches {
					if b.Contacts[0].Offer == "poison" {
						return time.Millisecond, errors.New("numeric field overflow")
					}
				}
				return time.Millisecond, nil
			}}
			r, stop := run(s, history.Options{Writers: 1})
			defer stop()
			var callers sync.WaitGroup
			for i := range 50 {
				callers.Go(func() {
					offer := "card"
					if i == 20 {
						offer = "poison"
					}
					_, err := r.Record(t.Context(), batch(t, offer))
					require.Equal(t, offer == "poison", err != nil)
				})
			}
			callers.Wait()
			require.Less(t, len(s.sizes()), 20, "halves, not one by one")
		})
	})

	t.Run("GivesEachCallerItsOwnAnswer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{}
			r, stop := run(s, history.Options{})
			defer stop()
			var callers sync.WaitGroup
			for i := range 50 {
				callers.Go(func() {
					c, name := contact(t, "card"), strings.Repeat("x", i+1)
					kept, err := r.Record(t.Context(), history.Batch{Responses: []history.Response{
						{Treatment: c.Treatment, Type: "a", Class: history.Accept, Session: name, At: noon}}})
					require.NoError(t, err)
					require.Equal(t, name, kept[0].Session)
				})
			}
			callers.Wait()
		})
	})

	t.Run("RefusesWhatCannotBeStored_BeforeItReachesTheOthers", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{}
			r, stop := run(s, history.Options{})
			defer stop()
			for path, spoil := range map[string]func(*history.Batch){
				"contacts[0].treatment":  func(b *history.Batch) { b.Contacts[0].Treatment = history.Treatment{} },
				"contacts[0].session":    func(b *history.Batch) { b.Contacts[0].Session = "a\x00" },
				"contacts[0].customer":   func(b *history.Batch) { b.Contacts[0].Customer = "\xff" },
				"contacts[0].offer":      func(b *history.Batch) { b.Contacts[0].Offer = "" },
				"contacts[0].rule":       func(b *history.Batch) { b.Contacts[0].Rule = strings.Repeat("x", 2000) },
				"contacts[0].score":      func(b *history.Batch) { b.Contacts[0].Score = math.NaN() },
				"contacts[0].propensity": func(b *history.Batch) { b.Contacts[0].Propensity = math.Inf(1) },
				"contacts[0].at":         func(b *history.Batch) { b.Contacts[0].At = time.Time{} },
				"contacts[0].columns":    func(b *history.Batch) { b.Contacts[0].Columns = map[string]any{"a": strings.Repeat("x", 1<<20)} },
				"contacts[0].columns.a":  func(b *history.Batch) { b.Contacts[0].Columns = map[string]any{"a": []string{"\x00"}} },
				"contacts[0].columns.b":  func(b *history.Batch) { b.Contacts[0].Columns = map[string]any{"b": struct{}{}} },
				"responses[0].class":     func(b *history.Batch) { b.Responses[0].Class = "maybe" },
				"responses[0].type":      func(b *history.Batch) { b.Responses[0].Type = "" },
			} {
				b := batch(t, "card")
				b.Responses = []history.Response{{Treatment: b.Contacts[0].Treatment, Type: "a", Class: history.Accept, At: noon}}
				spoil(&b)
				_, err := r.Record(t.Context(), b)
				f, ok := fault.As(err)
				require.True(t, ok, path)
				require.Equal(t, fault.Invalid, f.Kind)
				require.Len(t, f.Places, 1)
				require.Equal(t, path, f.Places[0].Path)
			}
			_, err := r.Record(t.Context(), history.Batch{Contacts: make([]history.Contact, 1001)})
			require.True(t, fault.Is(err, fault.Invalid))
			require.Empty(t, s.sizes())
		})
	})
}

func TestParseTreatment(t *testing.T) {
	t.Parallel()
	code, err := history.NewTreatment()
	require.NoError(t, err)
	parsed, ok := history.ParseTreatment(code.String())
	require.True(t, ok)
	require.Equal(t, code, parsed)
	for _, text := range []string{"", "x", strings.ToUpper(code.String()), "{" + code.String() + "}", "urn:uuid:" + code.String(),
		strings.ReplaceAll(code.String(), "-", ""), "4fbb8c0e-2f1a-4c33-9d0e-0a3c5d1e7f00", "00000000-0000-0000-0000-000000000000",
		strings.Repeat("9", 1<<20)} {
		_, ok := history.ParseTreatment(text)
		require.False(t, ok, "%.50s", text)
	}
}
