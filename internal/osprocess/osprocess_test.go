package osprocess_test

import (
	"context"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/osprocess"
)

// begin starts a shell script and returns its identity; it is reaped when done.
func begin(t *testing.T, script string) (osprocess.Identity, <-chan struct{}) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1)) // the script says that it is set up
	require.NoError(t, err)
	id, err := osprocess.Identify(cmd.Process.Pid)
	require.NoError(t, err)
	reaped := make(chan struct{})
	go func() { _ = cmd.Wait(); close(reaped) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-reaped })
	return id, reaped
}

func TestIdentity(t *testing.T) {
	t.Parallel()

	t.Run("EndsAProcessThatListens", func(t *testing.T) {
		t.Parallel()
		id, _ := begin(t, "echo x; exec sleep 60")
		require.True(t, id.Alive())
		require.NoError(t, id.End(t.Context(), syscall.SIGTERM, time.Minute))
		require.False(t, id.Alive())
	})

	t.Run("KillsAProcessThatDoesNotListen", func(t *testing.T) {
		t.Parallel()
		id, _ := begin(t, "trap '' TERM; echo x; while :; do sleep 1; done")
		require.NoError(t, id.End(t.Context(), syscall.SIGTERM, 100*time.Millisecond))
		require.False(t, id.Alive())
	})

	t.Run("LeavesAnotherProcessOfTheSameNumberAlone", func(t *testing.T) {
		t.Parallel()
		id, _ := begin(t, "echo x; exec sleep 60")
		other := id
		other.StartTime--
		require.False(t, other.Alive())
		require.NoError(t, other.End(t.Context(), syscall.SIGKILL, 0))
		require.True(t, id.Alive())
	})

	t.Run("IsNotAliveOnceItsProcessHasEnded", func(t *testing.T) {
		t.Parallel()
		id, reaped := begin(t, "echo x; exec sleep 60")
		require.NoError(t, id.End(t.Context(), syscall.SIGKILL, time.Minute))
		<-reaped
		require.False(t, id.Alive())
		_, err := id.Open()
		require.ErrorIs(t, err, osprocess.ErrGone)
	})
}

func TestHandleWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	id, _ := begin(t, "echo x; exec sleep 60")
	h, err := id.Open()
	require.NoError(t, err)
	defer h.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, h.Wait(ctx), context.Canceled)
}
