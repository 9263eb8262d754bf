package history_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/history"
)

// reserver gives chunks of two.
type reserver struct {
	mu    sync.Mutex
	given int64
	asked int
	err   error
	takes time.Duration
	back  []history.Reservation
}

func (r *reserver) Reserve(_ context.Context, _ string, allowed int64, _ *duration.Duration) (history.Chunk, error) {
	<-time.After(r.takes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.err != nil {
		return history.Chunk{}, r.err
	}
	c := history.Chunk{ID: history.Reservation{byte(r.asked)}, Counted: r.given, Size: min(2, max(0, allowed-r.given)), Lasts: 20 * time.Second}
	r.given += c.Size
	return c, nil
}

func (r *reserver) Release(_ context.Context, chunks []history.Reservation) error {
	r.back = append(r.back, chunks...)
	return nil
}

func TestLimits(t *testing.T) {
	t.Parallel()
	card := history.Total{Offer: "card", Allowed: 5}

	t.Run("DoesNotWaitForADatabaseThatDoesNotAnswerLongerThanTheCallHas", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{takes: 10 * time.Second} // whatever the context says
			l := history.NewLimits(s)
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				began := time.Now()
				require.EqualValues(t, 5, l.Count(ctx, card), "nothing is left")
				require.Equal(t, time.Second, time.Since(began))
				cancel()
			}
			<-time.After(10 * time.Second)
			require.EqualValues(t, 0, l.Count(t.Context(), card), "what was reserved late counts")
			require.Equal(t, 1, s.asked)
		})
	})

	t.Run("CountsWhatIsTakenAndWhatOthersHave", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{}
			l := history.NewLimits(s)
			for want := range int64(5) {
				require.Equal(t, want, l.Count(t.Context(), card))
				require.Equal(t, want, l.Count(t.Context(), card), "the same until one is taken")
				_, ok := l.Take("card")
				require.True(t, ok)
			}
			require.EqualValues(t, 5, l.Count(t.Context(), card))
			_, ok := l.Take("card")
			require.False(t, ok)
		})
	})

	t.Run("AsksOnceForManySessions", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{takes: 10 * time.Millisecond}
			l := history.NewLimits(s)
			var sessions sync.WaitGroup
			for range 50 {
				sessions.Go(func() { require.Zero(t, l.Count(t.Context(), card)) })
			}
			sessions.Wait()
			require.Equal(t, 1, s.asked)
		})
	})

	t.Run("AsksAgainAfterASecondWhereNothingIsLeft", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{given: 5}
			l := history.NewLimits(s)
			for range 100 {
				require.EqualValues(t, 5, l.Count(t.Context(), card))
			}
			require.Equal(t, 1, s.asked)
			s.given = 4
			<-time.After(time.Second)
			require.EqualValues(t, 4, l.Count(t.Context(), card))
		})
	})

	t.Run("HasNothingWhileTheDatabaseIsAwayOrTheCallerGivesUp", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{err: errors.New("away")}
			l := history.NewLimits(s)
			require.EqualValues(t, 5, l.Count(t.Context(), card))

			s = &reserver{takes: time.Hour}
			l = history.NewLimits(s)
			go l.Count(t.Context(), card)
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.EqualValues(t, 5, l.Count(ctx, card))
			<-time.After(time.Hour)
		})
	})

	t.Run("TakesNothingOutOfAChunkThatIsTooOld", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{}
			l := history.NewLimits(s)
			l.Count(t.Context(), card)
			<-time.After(20 * time.Second)
			_, ok := l.Take("card")
			require.False(t, ok)
			require.EqualValues(t, 2, l.Count(t.Context(), card))
			id, ok := l.Take("card")
			require.True(t, ok)
			require.Equal(t, history.Reservation{2}, id)
		})
	})

	t.Run("DropsAnOfferWhoseLimitWasLowered", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			l := history.NewLimits(&reserver{given: 3})
			require.EqualValues(t, 3, l.Count(t.Context(), card))
			require.GreaterOrEqual(t, l.Count(t.Context(), history.Total{Offer: "card", Allowed: 2}), int64(2))
		})
	})

	t.Run("GivesBackWhatIsLeft", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &reserver{}
			l := history.NewLimits(s)
			l.Count(t.Context(), card)
			require.NoError(t, l.Close(t.Context()))
			require.Equal(t, []history.Reservation{{1}}, s.back)
			_, ok := l.Take("card")
			require.False(t, ok)
		})
	})
}
