package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/osprocess"
)

// The variables that make the test binary start something, tell what, and wait to
// be killed.
const (
	predecessorStarts = "LOCAL_TEST_PREDECESSOR_STARTS"
	predecessorDir    = "LOCAL_TEST_PREDECESSOR_DIR"
)

func TestMain(m *testing.M) {
	what := os.Getenv(predecessorStarts)
	if what == "" {
		os.Exit(m.Run())
	}
	if err := bePredecessor(what, os.Getenv(predecessorDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// started is what a killed predecessor has left running.
type started struct {
	osprocess.Identity
	Port, UIPort int
}

func bePredecessor(what, dir string) error {
	ctx := context.Background()
	var left started
	var pid int
	port, err := local.FreePort(0)
	if err != nil {
		return err
	}
	switch what {
	case "postgresql":
		p, err := local.StartPostgreSQL(ctx, local.PostgreSQLOptions{Dir: dir, Port: port})
		if err != nil {
			return err
		}
		pid, left.Port = p.PID(), p.Port
	case "temporal":
		s, err := local.StartTemporal(ctx, local.TemporalOptions{Dir: dir, Port: port, Binary: temporalBinary()})
		if err != nil {
			return err
		}
		pid, left.Port, left.UIPort = s.PID(), s.Port, s.UIPort
	}
	if left.Identity, err = osprocess.Identify(pid); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(left); err != nil {
		return err
	}
	select {}
}

// killedPredecessor lets another process start PostgreSQL or Temporal in dir, and
// kills that process.
func killedPredecessor(t *testing.T, what, dir string) started {
	t.Helper()
	cmd := predecessor(t, what, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err)
	var left started
	require.NoError(t, json.Unmarshal(line, &left))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	t.Cleanup(func() { _ = left.End(context.Background(), 9, time.Second) })
	return left
}

// predecessor returns a process that starts PostgreSQL or Temporal in dir.
func predecessor(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), predecessorStarts+"="+what, predecessorDir+"="+dir)
	return cmd
}

// temporalBinary is named by withservices, or where `./task tools` puts it, seen
// from this package.
func temporalBinary() string {
	if named := os.Getenv("SWITCHYARD_TEMPORAL_BINARY"); named != "" {
		return named
	}
	return "../../bin/temporal"
}
