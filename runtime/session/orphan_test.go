package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/session"
)

func TestOrphans(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	d := &session.Data{}
	came := func(from time.Time) (n int) {
		for d.MayOrphan(from) {
			d.Orphan(from)
			n++
		}
		return n
	}
	require.Equal(t, session.OrphansAtOnce, came(now))
	require.Equal(t, 0, came(now.Add(999*time.Millisecond)))
	require.Equal(t, 3, came(now.Add(3500*time.Millisecond)), "one a second")
	require.Equal(t, session.OrphansAtOnce, came(now.Add(24*time.Hour)), "never more at once")
}
