package history_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/history"
)

// lateAtFirst takes 900 ms for the first group, and no time for others.
func lateAtFirst() *store {
	var first sync.Once
	return &store{write: func([]history.Batch) (takes time.Duration, err error) {
		first.Do(func() { takes = 900 * time.Millisecond })
		return takes, nil
	}}
}

func TestWriters(t *testing.T) {
	t.Parallel()

	t.Run("HasAnotherWriterWhereAWholeTransactionWaits", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{write: func([]history.Batch) (time.Duration, error) { return 5 * time.Millisecond, nil }}
			r, stop := run(s, history.Options{Rows: 100})
			began := time.Now()
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
			require.Equal(t, 5*time.Millisecond, time.Since(began))
			stop()
			require.Equal(t, []int{1, 100}, s.sizes())
		})
	})

	t.Run("HasAnotherWriterWhereTheFirstIsLate", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, stop := run(lateAtFirst(), history.Options{})
			defer stop()
			var callers sync.WaitGroup
			defer callers.Wait()
			callers.Go(func() {
				_, err := r.Record(t.Context(), batch(t, "card"))
				require.NoError(t, err)
			})
			<-time.After(100 * time.Millisecond)
			began := time.Now()
			_, err := r.Record(t.Context(), batch(t, "card"))
			require.NoError(t, err)
			require.Zero(t, time.Since(began))
		})
	})

	t.Run("HasAnotherWriterForThoseWhoCameBeforeTheFirstWasLate", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, stop := run(lateAtFirst(), history.Options{})
			defer stop()
			began := time.Now()
			var callers sync.WaitGroup
			defer callers.Wait()
			callers.Go(func() {
				_, err := r.Record(t.Context(), batch(t, "card"))
				require.NoError(t, err)
			})
			synctest.Wait() // it is being written
			_, err := r.Record(t.Context(), batch(t, "card"))
			require.NoError(t, err)
			require.Equal(t, 50*time.Millisecond, time.Since(began))
		})
	})
}
