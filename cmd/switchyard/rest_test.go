package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRest(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for _, test := range []struct {
		name      string
		perSecond float64 // bytes that the server allocates
		until     time.Duration
		collected []time.Duration
		released  []time.Duration
	}{
		{"GivesBackWhatTheStartNeededAndThenWhatComesTogether", 30 << 10, 200 * second,
			[]time.Duration{3 * second, 15 * second, 65 * second, 127 * second, 187 * second},
			[]time.Duration{5 * second, 17 * second, 67 * second, 129 * second, 189 * second}},
		{"LeavesABusyServerAlone", 1 << 20, 3600 * second,
			[]time.Duration{3 * second, 15 * second, 65 * second}, []time.Duration{5 * second, 17 * second, 67 * second}},
		{"EndsWithTheServer", 0, 4 * second, []time.Duration{3 * second}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var collected, released []time.Duration
				r := &rest{
					collect:      func() { collected = append(collected, time.Since(began)) },
					releasePages: func() error { released = append(released, time.Since(began)); return errors.New("cannot") },
					allocated:    func() uint64 { return uint64(test.perSecond * time.Since(began).Seconds()) },
					log:          slog.New(slog.DiscardHandler),
				}
				ctx, cancel := context.WithTimeout(t.Context(), test.until)
				defer cancel()
				r.run(ctx)
				require.Equal(t, test.until, time.Since(began))
				require.Equal(t, test.collected, collected)
				require.Equal(t, test.released, released)
			})
		})
	}
}

func TestRestGivesBackAgainOnceABusyServerHasLittleToDo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var collected []time.Duration
		r := &rest{
			collect:      func() { collected = append(collected, time.Since(began)) },
			releasePages: func() error { return nil },
			// Busy for ten minutes, and idle from then on.
			allocated: func() uint64 { return uint64(min(time.Since(began), 10*time.Minute).Seconds()) << 20 },
			log:       slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute+10*time.Second)
		defer cancel()
		r.run(ctx)
		require.Equal(t, []time.Duration{3 * time.Second, 15 * time.Second, 65 * time.Second, 667 * time.Second, 727 * time.Second}, collected)
	})
}
