package sleep_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/sleep"
)

func TestFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		give  time.Duration
		ends  time.Duration // of the context; 0: it does not end
		want  bool
		after time.Duration
	}{
		{name: "WaitsForTheTime", give: time.Hour, want: true, after: time.Hour},
		{name: "IsCutShortByTheContext", give: time.Hour, ends: time.Minute, want: false, after: time.Minute},
		{name: "IsOverBeforeTheContext", give: time.Minute, ends: time.Hour, want: true, after: time.Minute},
		{name: "DoesNotWaitForATimeThatIsOver", give: -time.Second, want: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.ends > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.ends)
					defer cancel()
				}
				began := time.Now()
				require.Equal(t, c.want, sleep.For(ctx, c.give))
				require.Equal(t, c.after, time.Since(began))
			})
		})
	}

	t.Run("SaysSoWhenTheContextHadEndedBefore", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 { // both have happened: it must not be chance which one is told
			require.False(t, sleep.For(ctx, 0))
		}
	})
}
