package schedulepg_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
)

func TestCleaner(t *testing.T) {
	t.Parallel()
	t.Run("drops what patterns remember of customers who are gone", func(t *testing.T) {
		t.Parallel()
		db := database(t)
		s := schedulepg.New(db, "one", schedulepg.Options{})
		same := func(state eventpattern.State) (eventpattern.State, bool) { return state, false }
		for i := range 20 {
			_, err := s.Write(t.Context(), schedule.Moment{Channel: "web", Level: "customer", Customer: fmt.Sprintf("c%02d", i),
				Steps: []schedule.Step{{Pattern: "loyal", Apply: same}, {Pattern: "keen", Apply: same}}})
			require.NoError(t, err)
		}
		_, err := db.ExecContext(t.Context(), `UPDATE pattern_states SET changed_at = now() - interval '400 days' WHERE customer > 'c04' AND customer < 'c15'`)
		require.NoError(t, err)
		c := s.Cleaner(7)
		round := func(before time.Time) (dropped int64) {
			for range 100 {
				cleaned, more, err := c.Clean(t.Context(), before)
				require.NoError(t, err)
				dropped += cleaned.States
				if !more {
					return dropped
				}
			}
			require.Fail(t, "it comes to no end")
			return 0
		}
		require.EqualValues(t, 0, round(time.Time{}), "a zero time keeps all")
		require.EqualValues(t, 20, round(time.Now().Add(-365*24*time.Hour)))
		require.EqualValues(t, 0, round(time.Now().Add(-365*24*time.Hour)))
		require.EqualValues(t, 20, round(time.Now().Add(time.Hour)))

		met, err := s.Write(t.Context(), schedule.Moment{Channel: "web", Level: "customer", Customer: "c05",
			Steps: []schedule.Step{{Pattern: "loyal", Apply: func(state eventpattern.State) (eventpattern.State, bool) {
				require.Zero(t, state)
				return state, true
			}}}})
		require.NoError(t, err)
		require.Equal(t, []bool{true}, met, "the pattern begins anew")
	})
	t.Run("drops actions that died long ago", func(t *testing.T) {
		t.Parallel()
		db := database(t)
		s := schedulepg.New(db, "one", schedulepg.Options{})
		put(t, s, action(t, past(), "old"), action(t, past(), "young"), action(t, past(), "waits"))
		_, err := db.ExecContext(t.Context(), `UPDATE delayed_actions SET dead_at = now() - CASE WHEN work->>'event' = 'old' THEN interval '31 days' ELSE interval '1 day' END
			WHERE work->>'event' <> 'waits'`)
		require.NoError(t, err)
		cleaned, more, err := s.Cleaner(0).Clean(t.Context(), time.Time{})
		require.NoError(t, err)
		require.False(t, more)
		require.EqualValues(t, 1, cleaned.Dead)
		usage, err := s.Usage(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, usage.Dead)
		require.EqualValues(t, 1, usage.Waiting)
	})
}
