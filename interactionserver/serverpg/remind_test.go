package serverpg_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/tenants"
)

// delivered returns an interaction that the process host was told of, and that
// waits since that time for what waitsFor says.
func (g *group) delivered(waitsFor interactionserver.WaitsFor, wait, since time.Duration) interactionserver.InteractionID {
	g.t.Helper()
	in, _, err := g.Insert(g.t.Context(), interactionserver.Interaction{
		ID: id[interactionserver.InteractionID](), MediaType: "chat", Process: "disputes", ProcessVersion: 1,
		Properties: process.Values{}, SubmittedBy: id[tenants.AccountID](),
	})
	require.NoError(g.t, err)
	step := interactionserver.Step{
		Interaction: in.ID, Machine: process.State{Sequence: 1}, State: interactionserver.Routing, WaitsFor: waitsFor,
		Wait: wait, Event: interactionserver.EventWaiting,
	}
	if waitsFor == interactionserver.WaitsForNothing {
		step.State = interactionserver.Stopped
	}
	_, changed, err := g.TakeStep(g.t.Context(), step)
	require.NoError(g.t, err)
	require.True(g.t, changed)
	g.settleAll()
	_, err = g.db.Exec(`UPDATE interactions SET changed_at = changed_at - $2::bigint * interval '1 microsecond',
		wakes_at = wakes_at - $2::bigint * interval '1 microsecond' WHERE id = $1`, in.ID, since.Microseconds())
	require.NoError(g.t, err)
	return in.ID
}

func (g *group) settleAll() {
	g.t.Helper()
	_, err := g.db.Exec("DELETE FROM outbox")
	require.NoError(g.t, err)
}

// remind returns whom the process host is reminded of, and delivers that.
func (g *group) remind(since time.Time, processes ...tenants.Name) []interactionserver.InteractionID {
	g.t.Helper()
	posted, _, err := g.Remind(g.t.Context(), processes, time.Minute, since)
	require.NoError(g.t, err)
	entries, err := g.Outbox(g.t.Context(), processes, 0, 100)
	require.NoError(g.t, err)
	require.Len(g.t, entries, posted)
	reminded := []interactionserver.InteractionID{}
	for _, entry := range entries {
		require.Equal(g.t, interactionserver.OutboxNudge, entry.Kind)
		require.Equal(g.t, "chat", entry.MediaType)
		reminded = append(reminded, entry.Interaction)
	}
	g.settleAll()
	return reminded
}

func TestRemind(t *testing.T) {
	t.Parallel()

	t.Run("OfWhatWaitsForTheProcessHostAlone", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		const long = time.Hour
		want := []interactionserver.InteractionID{
			g.delivered(interactionserver.WaitsForStart, 0, long),
			g.delivered(interactionserver.WaitsForProcess, 0, long),
			g.delivered(interactionserver.WaitsForCall, 0, long),
			g.delivered(interactionserver.WaitsForTimer, 30*time.Minute, long),
		}
		g.delivered(interactionserver.WaitsForAgent, 0, long)
		g.delivered(interactionserver.WaitsForPull, 0, long)
		g.delivered(interactionserver.WaitsForNothing, 0, long)
		g.delivered(interactionserver.WaitsForTimer, 2*time.Hour, long)
		g.delivered(interactionserver.WaitsForProcess, 0, 50*time.Second)

		require.ElementsMatch(t, want, g.remind(time.Time{}, "disputes"))
		require.Empty(t, g.remind(time.Time{}, "letters"), "of granted processes only")
	})

	t.Run("NotOfWhatIsInTheOutbox", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		g.delivered(interactionserver.WaitsForProcess, 0, time.Hour)
		posted, _, err := g.Remind(t.Context(), []tenants.Name{"disputes"}, time.Minute, time.Time{})
		require.NoError(t, err)
		require.Equal(t, 1, posted)
		posted, _, err = g.Remind(t.Context(), []tenants.Name{"disputes"}, time.Minute, time.Time{})
		require.NoError(t, err)
		require.Zero(t, posted)
	})

	t.Run("WithPausesThatDouble", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		waits := g.delivered(interactionserver.WaitsForProcess, 0, 70*time.Minute)
		_, now, err := g.Remind(t.Context(), nil, time.Minute, time.Time{})
		require.NoError(t, err)
		for ago, reminds := range map[time.Duration]bool{
			time.Minute:      false,
			5 * time.Minute:  false,
			7 * time.Minute:  true, // it waited 63 minutes then, which is less than 64
			69 * time.Minute: true,
			2 * time.Hour:    true,
		} {
			want := []interactionserver.InteractionID{}
			if reminds {
				want = append(want, waits)
			}
			require.Equal(t, want, g.remind(now.Add(-ago), "disputes"), "last looked %s ago", ago)
		}
	})
}
