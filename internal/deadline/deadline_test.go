package deadline_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/internal/deadline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type key struct{}

func TestContext(t *testing.T) {
	t.Parallel()
	parent := context.WithValue(t.Context(), key{}, "value")

	t.Run("EndsAtItsTime", func(t *testing.T) {
		t.Parallel()
		waited := deadline.Within(parent, time.Millisecond)
		defer waited.End()
		<-waited.Done()
		require.ErrorIs(t, waited.Err(), context.DeadlineExceeded)

		asked := deadline.Within(parent, time.Millisecond)
		defer asked.End()
		require.Eventually(t, func() bool { return asked.Err() != nil }, time.Minute, time.Millisecond)
		require.ErrorIs(t, asked.Err(), context.DeadlineExceeded)
		<-asked.Done()
		require.ErrorIs(t, asked.Err(), context.DeadlineExceeded)
	})

	t.Run("EndsByEnd", func(t *testing.T) {
		t.Parallel()
		before, after := deadline.Within(parent, time.Hour), deadline.Within(parent, time.Hour)
		require.NoError(t, before.Err())
		done := before.Done()
		require.NoError(t, before.Err())
		before.End()
		<-done
		after.End()
		for _, ended := range []*deadline.Context{before, after} {
			require.ErrorIs(t, ended.Err(), context.Canceled)
			<-ended.Done()
			require.ErrorIs(t, ended.Err(), context.Canceled)
			ended.End()
		}
	})

	t.Run("EndsWithItsParent", func(t *testing.T) {
		t.Parallel()
		cancelled, cancel := context.WithCancel(parent)
		asked, waited := deadline.Within(cancelled, time.Hour), deadline.Within(cancelled, time.Hour)
		defer asked.End()
		defer waited.End()
		done := waited.Done()
		cancel()
		<-done
		require.ErrorIs(t, waited.Err(), context.Canceled)
		require.ErrorIs(t, asked.Err(), context.Canceled)
	})

	t.Run("IsNotLaterThanThoseAroundIt", func(t *testing.T) {
		t.Parallel()
		cancelled, cancel := context.WithCancel(parent)
		outer := deadline.Within(cancelled, time.Hour)
		defer outer.End()
		later, sooner := deadline.Within(outer, 2*time.Hour), deadline.Within(outer, time.Minute)
		defer later.End()
		defer sooner.End()
		ends := func(c context.Context) time.Time {
			at, ok := c.Deadline()
			require.True(t, ok)
			return at
		}
		require.Equal(t, ends(outer), ends(later))
		require.True(t, ends(sooner).Before(ends(outer)))
		require.Equal(t, "value", sooner.Value(key{}))
		done := sooner.Done()
		require.Equal(t, "value", sooner.Value(key{}))
		cancel()
		<-done
		require.ErrorIs(t, later.Err(), context.Canceled)
	})

	t.Run("EndsWhatIsMadeOfIt", func(t *testing.T) {
		t.Parallel()
		outer := deadline.Within(parent, time.Hour)
		inner, cancel := context.WithTimeout(context.WithValue(outer, key{}, "other"), 2*time.Hour)
		defer cancel()
		require.Equal(t, "other", inner.Value(key{}))
		outer.End()
		<-inner.Done()
		require.ErrorIs(t, inner.Err(), context.Canceled)
	})
}

func TestWithinStartsNoTimer(t *testing.T) {
	parent := t.Context()
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		outer := deadline.Within(parent, time.Hour)
		defer outer.End()
		inner := deadline.Within(outer, time.Minute)
		defer inner.End()
		if inner.Err() != nil {
			panic(inner.Err())
		}
	}), 2.0)
}
