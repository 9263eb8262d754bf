package serverpg_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// leaderVariable makes the test binary a process that leads on the database that
// it names.
const leaderVariable = "SERVERPG_TEST_LEADER"

// lead takes the lead, says so, and says again whether it has it when it is asked.
func lead(url string) error {
	ctx := context.Background()
	db, err := serverpg.Open(ctx, url, postgres.Options{MaxOpen: 4})
	if err != nil {
		return err
	}
	leadership, held, err := serverpg.New(db, id[tenants.ServerID]()).Lead(ctx, "matcher")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "leads:", held)
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "leads:", leadership.Held(ctx) == nil)
	return nil
}

// leader is another process that leads.
type leader struct {
	*exec.Cmd
	says func() string
	ask  func()
}

func (g *group) leader() leader {
	g.t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), leaderVariable+"="+g.url)
	in, err := command.StdinPipe()
	require.NoError(g.t, err)
	out, err := command.StdoutPipe()
	require.NoError(g.t, err)
	require.NoError(g.t, command.Start())
	g.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(out)
	return leader{
		Cmd:  command,
		says: func() string { lines.Scan(); return lines.Text() },
		ask:  func() { _, _ = fmt.Fprintln(in) },
	}
}

func TestLeadOfAProcess(t *testing.T) {
	t.Parallel()

	t.Run("ThatIsStoppedGoesToAnother", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		other := g.leader()
		require.Equal(t, "leads: true", other.says())
		require.NoError(t, other.Process.Signal(syscall.SIGSTOP))
		stopped := time.Now()
		require.Eventually(t, func() bool {
			leadership, held, err := g.Lead(t.Context(), "matcher")
			require.NoError(t, err)
			if held {
				leadership.Release()
			}
			return held
		}, 20*time.Second, 50*time.Millisecond)
		require.Less(t, time.Since(stopped), 8*time.Second)

		require.NoError(t, other.Process.Signal(syscall.SIGCONT))
		other.ask()
		require.Equal(t, "leads: false", other.says(), "it notices as soon as it goes on")
	})

	t.Run("ThatHasNothingToDoStays", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		leadership, held, err := g.Lead(t.Context(), "matcher")
		require.NoError(t, err)
		require.True(t, held)
		defer leadership.Release()
		_, rival := g.store()
		begin := time.Now()
		require.Never(t, func() bool {
			_, held, err := rival.Lead(t.Context(), "matcher")
			return err != nil || held
		}, 6*time.Second, 250*time.Millisecond)
		require.NoError(t, leadership.Held(t.Context()), "after %s", time.Since(begin))
	})
}
