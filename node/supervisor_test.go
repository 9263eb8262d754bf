package node

import (
	"context"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

func TestStart(t *testing.T) {
	t.Parallel()

	t.Run("RunsAServerUntilItIsReady", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, status := b.running(t, good)

		require.Equal(t, []Status{status}, b.Statuses())
		require.Equal(t, id, status.Server)
		require.NotZero(t, status.PID)
		require.Zero(t, status.Restarts)
		require.Empty(t, status.Problem)
		launch, err := b.folder(id).readLaunch()
		require.NoError(t, err)
		require.Equal(t, "http://"+launch.Listen, status.Address)
		require.Equal(t, "http://"+launch.MetricsListen, status.Metrics)
		select {
		case <-b.Changed():
		default:
			t.Fatal("the change was not told")
		}
	})

	t.Run("KeepsSecretsToItself", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, _ := b.running(t, good)
		for _, file := range []string{b.folder(id).launchFile(), b.folder(id).processFile(), b.folder(id).logFile()} {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
		}
		log, err := os.ReadFile(b.folder(id).logFile())
		require.NoError(t, err)
		require.Contains(t, string(log), "serving with")
		require.NotContains(t, string(log), "SWITCHYARD_SECRET")
	})

	t.Run("LeavesAServerAloneThatRunsSo", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, good)
		launch, err := b.folder(before.Server).readLaunch()
		require.NoError(t, err)
		launch.Listen, launch.MetricsListen = "", ""
		require.NoError(t, b.Start(t.Context(), launch))
		after, err := b.AwaitRunning(t.Context(), before.Server)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})

	t.Run("RestartsAServerWhoseLaunchChanged", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, good)
		launch, err := b.folder(before.Server).readLaunch()
		require.NoError(t, err)
		launch.APIKey = "another"
		require.NoError(t, b.Start(t.Context(), launch))
		after, err := b.AwaitRunning(t.Context(), before.Server)
		require.NoError(t, err)
		require.NotEqual(t, before.PID, after.PID)
		require.Equal(t, before.Address, after.Address)
	})

	t.Run("RefusesAnIdThatIsNone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, launch := newLaunch(good)
		launch.Server.ID = "../../elsewhere"
		require.True(t, fault.Is(b.Start(t.Context(), launch), fault.Invalid))
	})

	t.Run("SaysWhyAServerIsNotReady", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, launch := newLaunch(unready)
		require.NoError(t, b.Start(t.Context(), launch))
		b.await(t, id, func(s Status) bool { return strings.Contains(s.Problem, "database: refused") })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := b.AwaitRunning(ctx, id)
		require.ErrorContains(t, err, "the server is starting, not running: not ready: database: refused")
	})
}

func TestDeath(t *testing.T) {
	t.Parallel()

	t.Run("OfAServerIsSeenAndItsSuccessorHasItsAddress", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, good)
		kill(t, before.PID, syscall.SIGKILL)
		after := b.awaitSuccessor(t, before)
		require.Equal(t, before.Address, after.Address)
		require.Equal(t, 1, after.Restarts)
	})

	t.Run("AgainAndAgainIsShownWithItsReason", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, launch := newLaunch(crashing)
		require.NoError(t, b.Start(t.Context(), launch))
		status := b.await(t, id, func(s Status) bool { return s.State == tenants.ServerRestarting && s.Restarts >= 3 })
		require.Equal(t, "exited with status 3; last line of its log: cannot reach the database", status.Problem)
		require.Zero(t, status.PID)
	})

	t.Run("IsBroughtToAServerThatNoLongerAnswers", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		kill(t, before.PID, syscall.SIGSTOP)
		k, err := b.find(id)
		require.NoError(t, err)
		require.NoError(t, k.ask(t.Context(), func() {
			k.life.silent, k.life.silentSince = silentProbes, time.Now().Add(-2*silentFor)
			k.observe(health{})
		}))
		b.awaitSuccessor(t, before)
	})

	t.Run("OfOneLeavesTheOthersAlone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, victim := b.running(t, good)
		bystander, before := b.running(t, good)
		kill(t, victim.PID, syscall.SIGKILL)
		b.awaitSuccessor(t, victim)
		require.Equal(t, before, b.await(t, bystander, func(Status) bool { return true }))
	})
}

func TestReopen(t *testing.T) {
	t.Parallel()

	t.Run("AdoptsWhatRuns", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		b.reopen(t, func() {})
		adopted, err := b.AwaitRunning(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, before.PID, adopted.PID)
		require.WithinDuration(t, before.StartedAt, adopted.StartedAt, time.Microsecond)

		kill(t, adopted.PID, syscall.SIGKILL)
		require.Equal(t, before.Address, b.awaitSuccessor(t, adopted).Address)
	})

	t.Run("FindsAServerWhoseStartWasNotWrittenDown", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		b.reopen(t, func() { require.NoError(t, os.Remove(b.folder(id).processFile())) })
		adopted := b.await(t, id, func(s Status) bool { return s.PID != 0 })
		require.Equal(t, before.PID, adopted.PID)
	})

	t.Run("StartsWhatDiedMeanwhile", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, good)
		b.reopen(t, func() {
			kill(t, before.PID, syscall.SIGKILL)
			awaitGone(t, before.PID)
		})
		require.Equal(t, 1, b.awaitSuccessor(t, before).Restarts)
	})

	t.Run("RestartsAServerThatHadOtherArguments", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, good)
		b.reopen(t, func() { b.arguments = []string{"serve", "--with-more"} })
		b.awaitSuccessor(t, before)
	})

	t.Run("TakesNoStrangerForTheServer", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		b.reopen(t, func() {
			kill(t, before.PID, syscall.SIGKILL)
			awaitGone(t, before.PID)
			record := b.folder(id).readRecord()
			record.PID = os.Getpid() // as if this process had got the server's id
			require.NoError(t, b.folder(id).writeRecord(record))
		})
		require.NotEqual(t, os.Getpid(), b.awaitSuccessor(t, before).PID)
	})

	t.Run("RestartsAServerWhoseNewLaunchItHasNotSeen", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		b.reopen(t, func() {
			launch, err := b.folder(id).readLaunch()
			require.NoError(t, err)
			launch.APIKey = "another"
			require.NoError(t, b.folder(id).writeLaunch(launch))
		})
		b.awaitSuccessor(t, before)
	})

	t.Run("ChoosesAnotherPortWhenItsOwnIsTaken", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, good)
		b.reopen(t, func() {
			kill(t, before.PID, syscall.SIGKILL)
			awaitGone(t, before.PID)
			thief, err := net.Listen("tcp", strings.TrimPrefix(before.Address, "http://"))
			require.NoError(t, err)
			t.Cleanup(func() { _ = thief.Close() })
		})
		after := b.awaitSuccessor(t, before)
		require.NotEqual(t, before.Address, after.Address)
		require.Equal(t, before.Metrics, after.Metrics)
	})

	t.Run("IsRefusedWhileAnotherHasTheFolder", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, err := Open(b.options())
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()

	t.Run("OfAllLastsUntilTheNextNode", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, one := b.running(t, good)
		_, two := b.running(t, good)
		require.NoError(t, b.StopAll(t.Context()))
		awaitGone(t, one.PID)
		awaitGone(t, two.PID)
		b.reopen(t, func() {})
		require.Zero(t, b.awaitSuccessor(t, one).Restarts)
		b.awaitSuccessor(t, two)
	})

	t.Run("OfAllEndsAServerThatIgnoresIt", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, before := b.running(t, stubborn)
		require.NoError(t, b.StopAll(t.Context()))
		awaitGone(t, before.PID)
	})
}

func TestRemove(t *testing.T) {
	t.Parallel()

	t.Run("EndsTheServerAndLeavesNothingOfIt", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		bystander, other := b.running(t, good)
		require.NoError(t, b.Remove(t.Context(), id))
		b.awaitForgotten(t, id)
		awaitGone(t, before.PID)
		require.NoDirExists(t, string(b.folder(id)))
		require.Equal(t, other, b.await(t, bystander, func(Status) bool { return true }))
		require.NoError(t, b.Remove(t.Context(), id), "the second time there is nothing to do")

		b.reopen(t, func() {})
		statuses := b.Statuses()
		require.Len(t, statuses, 1)
		require.Equal(t, bystander, statuses[0].Server)
	})

	t.Run("IsFinishedByTheNextNode", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, good)
		b.reopen(t, func() {
			record := b.folder(id).readRecord()
			record.Leaving = true // the node died before the server had ended
			require.NoError(t, b.folder(id).writeRecord(record))
		})
		b.awaitForgotten(t, id)
		awaitGone(t, before.PID)
		require.NoDirExists(t, string(b.folder(id)))
	})

	t.Run("EndsAServerThatWaitsForItsNextStart", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, launch := newLaunch(crashing)
		require.NoError(t, b.Start(t.Context(), launch))
		b.await(t, id, func(s Status) bool { return s.State == tenants.ServerRestarting })
		require.NoError(t, b.Remove(t.Context(), id))
		b.awaitForgotten(t, id)
	})

	t.Run("EndsAServerThatIgnoresIt", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, stubborn)
		require.NoError(t, b.Remove(t.Context(), id))
		b.awaitForgotten(t, id)
		awaitGone(t, before.PID)
	})

	t.Run("IsCalledOffByAStart", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, before := b.running(t, stubborn)
		launch, err := b.folder(id).readLaunch()
		require.NoError(t, err)
		require.NoError(t, b.Remove(t.Context(), id))
		require.NoError(t, b.Start(t.Context(), launch))
		require.Equal(t, before.Address, b.awaitSuccessor(t, before).Address)
	})

	t.Run("IsNoHindranceToALaterStart", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id, launch := newLaunch(good)
		for range 20 { // some of them meet the removal in its midst
			require.NoError(t, b.Start(t.Context(), launch))
			require.NoError(t, b.Remove(t.Context(), id))
		}
		require.NoError(t, b.Start(t.Context(), launch))
		_, err := b.AwaitRunning(t.Context(), id)
		require.NoError(t, err)
	})
}
