package local_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/osprocess"
)

// script returns a Process that runs a shell script in a folder of its own.
func script(t *testing.T, text string) (*local.Process, local.ProcessOptions) {
	t.Helper()
	dir := t.TempDir()
	o := local.ProcessOptions{
		Name: "script", Path: "/bin/sh", Args: []string{"-c", text}, Dir: dir,
		LogFile: filepath.Join(dir, "log"), PIDFile: filepath.Join(dir, "pid.json"),
		Grace: 10 * time.Second,
	}
	p := local.NewProcess(o)
	t.Cleanup(p.Kill)
	return p, o
}

// logHas is ready once the log has n lines.
func logHas(o local.ProcessOptions, n int) func(context.Context) error {
	return func(context.Context) error {
		text, err := os.ReadFile(o.LogFile)
		if err == nil && strings.Count(string(text), "\n") >= n {
			return nil
		}
		return errors.Join(errors.New("not yet"), err)
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()

	t.Run("IsStartedAgainWhenItDies", func(t *testing.T) {
		t.Parallel()
		p, o := script(t, "echo started; exec sleep 60")
		require.NoError(t, p.Start(t.Context()))
		require.NoError(t, p.Await(t.Context(), logHas(o, 1)))
		first := identify(t, p)
		require.NoError(t, first.End(t.Context(), 9, time.Second))
		require.NoError(t, p.Await(t.Context(), logHas(o, 2)))
		require.Equal(t, 1, p.Restarts())
		require.NotEqual(t, first.PID, p.PID())
	})

	t.Run("IsStartedAgainWhenItLivesAndDoesNotWork", func(t *testing.T) {
		t.Parallel()
		_, o := script(t, "echo started; exec sleep 60")
		var works atomic.Bool
		o.CheckEvery = 10 * time.Millisecond
		o.Check = func(context.Context) error {
			if works.Load() {
				return nil
			}
			return errors.New("interrupted")
		}
		p := local.NewProcess(o)
		t.Cleanup(p.Kill)
		require.NoError(t, p.Start(t.Context()))
		require.NoError(t, p.Await(t.Context(), logHas(o, 2)))
		works.Store(true)
		require.NotZero(t, p.Restarts())
	})

	t.Run("StaysDeadWhenKilledUntilItIsStarted", func(t *testing.T) {
		t.Parallel()
		p, o := script(t, "echo started; exec sleep 60")
		require.NoError(t, p.Start(t.Context()))
		p.Kill()
		require.Zero(t, p.PID())
		require.NoFileExists(t, o.PIDFile)
		require.NoError(t, p.Start(t.Context()))
		require.NotZero(t, p.PID())
	})

	t.Run("IsKilledWhenItDoesNotStopInTime", func(t *testing.T) {
		t.Parallel()
		p, o := script(t, "trap '' TERM; echo started; while :; do sleep 0.1; done")
		require.NoError(t, p.Start(t.Context()))
		require.NoError(t, p.Await(t.Context(), logHas(o, 1)))
		id := identify(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		p.Stop(ctx)
		require.False(t, id.Alive())
	})

	t.Run("MayBeStoppedAndStartedTwice", func(t *testing.T) {
		t.Parallel()
		p, _ := script(t, "exec sleep 60")
		p.Stop(t.Context())
		require.NoError(t, p.Start(t.Context()))
		pid := p.PID()
		require.NoError(t, p.Start(t.Context()))
		require.Equal(t, pid, p.PID())
		p.Stop(t.Context())
		p.Stop(t.Context())
		p.Kill()
	})

	t.Run("SaysWhatItPrintedWhenItKeepsDying", func(t *testing.T) {
		t.Parallel()
		p, o := script(t, "echo cannot do it; exit 3")
		require.NoError(t, p.Start(t.Context()))
		err := p.Await(t.Context(), func(context.Context) error { return errors.New("never") })
		require.ErrorContains(t, err, "cannot do it")
		require.ErrorContains(t, err, o.LogFile)
	})

	t.Run("EndsTheChildOfAKilledPredecessor", func(t *testing.T) {
		t.Parallel()
		p, o := script(t, "exec sleep 60")
		require.NoError(t, p.Start(t.Context()))
		left := identify(t, p)

		successor := local.NewProcess(o) // knows the process file only
		t.Cleanup(successor.Kill)
		require.NoError(t, successor.Start(t.Context()))
		require.False(t, left.Alive())
		require.NotEqual(t, left.PID, successor.PID())
	})

	t.Run("LeavesAForeignProcessOfTheSameNumberAlone", func(t *testing.T) {
		t.Parallel()
		other := exec.Command("sleep", "60")
		require.NoError(t, other.Start())
		t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })

		p, o := script(t, "exec sleep 60")
		stale := `{"pid":` + strconv.Itoa(other.Process.Pid) + `,"startTime":1,"bootId":"x"}`
		require.NoError(t, os.WriteFile(o.PIDFile, []byte(stale), 0o600))
		require.NoError(t, p.Start(t.Context()))
		id, err := osprocess.Identify(other.Process.Pid)
		require.NoError(t, err)
		require.True(t, id.Alive())
	})

	t.Run("SaysThatAnExecutableIsMissing", func(t *testing.T) {
		t.Parallel()
		_, o := script(t, "")
		o.Path = "/nowhere/thing"
		require.ErrorContains(t, local.NewProcess(o).Start(t.Context()), "/nowhere/thing")
	})
}

func identify(t *testing.T, p *local.Process) osprocess.Identity {
	t.Helper()
	id, err := osprocess.Identify(p.PID())
	require.NoError(t, err)
	return id
}
