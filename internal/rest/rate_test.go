package rest

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(Rate{PerSecond: 2, Burst: 3})
	l.now = func() time.Time { return now }
	for range 3 {
		_, ok := l.take("a")
		require.True(t, ok)
	}
	wait, ok := l.take("a")
	require.False(t, ok)
	require.Equal(t, 500*time.Millisecond, wait)
	require.Equal(t, "1", retryAfter(wait))
	now = now.Add(wait)
	_, ok = l.take("a")
	require.True(t, ok)

	t.Run("HoldsABoundedNumberOfKeys", func(t *testing.T) {
		for i := range 3 * maxBuckets {
			l.take(strconv.Itoa(i))
		}
		require.LessOrEqual(t, len(l.buckets), maxBuckets)
	})
	t.Run("ForgetsFullBucketsFirst", func(t *testing.T) {
		for i := 0; len(l.buckets) < maxBuckets; i++ {
			l.take("more" + strconv.Itoa(i))
		}
		now = now.Add(time.Hour)
		l.take("new")
		require.Equal(t, 1, len(l.buckets)) //nolint:testifylint // Len would print them all
	})
}
