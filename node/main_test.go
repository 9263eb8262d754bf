package node

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// The test binary is also the server that the supervisor runs; the server's name
// says how it behaves.
const (
	good     = "good"
	crashing = "crashing"
	unready  = "unready"
	stubborn = "stubborn" // ignores SIGTERM
)

func TestMain(m *testing.M) {
	if len(os.Args) >= 3 && os.Args[1] == "serve" {
		serve(os.Args[len(os.Args)-1])
	}
	os.Setenv("SWITCHYARD_SECRET", "of the node")
	os.Exit(m.Run())
}

func serve(launchFile string) {
	launch, err := readLaunch(launchFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	switch launch.Server.Name {
	case crashing:
		fmt.Fprintln(os.Stderr, "cannot reach the database")
		os.Exit(3)
	case stubborn:
		signal.Ignore(syscall.SIGTERM)
	}
	fmt.Fprintln(os.Stdout, "serving with", strings.Join(os.Environ(), " "))
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if launch.Server.Name == unready {
			http.Error(w, `{"ready":false,"checks":{"configuration":"ok","database":"refused"}}`, http.StatusServiceUnavailable)
		}
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(launch.MetricsListen, nil))
	os.Exit(1)
}

func readLaunch(path string) (launch configuration.Launch, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return launch, err
	}
	return launch, yaml.Unmarshal(text, &launch)
}

// testBundle is a folder with the supervisor that has it now.
type testBundle struct {
	*Supervisor
	dir       string
	arguments []string
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{dir: t.TempDir(), arguments: []string{"serve"}}
	b.open(t)
	t.Cleanup(func() {
		require.NoError(t, b.StopAll(context.WithoutCancel(t.Context())))
		require.NoError(t, b.Close())
	})
	return b
}

func (b *testBundle) options() Options {
	return Options{
		Dir: b.dir, Executable: os.Args[0], Arguments: b.arguments,
		Logger:  slog.New(slog.DiscardHandler),
		backoff: backoff{shortest: 10 * time.Millisecond, longest: 40 * time.Millisecond, reset: time.Minute},
		grace:   500 * time.Millisecond,
	}
}

func (b *testBundle) open(t *testing.T) {
	t.Helper()
	supervisor, err := Open(b.options())
	require.NoError(t, err)
	b.Supervisor = supervisor
}

// reopen is a restart of the node; meanwhile runs while no node is there.
func (b *testBundle) reopen(t *testing.T, meanwhile func()) {
	t.Helper()
	require.NoError(t, b.Close())
	meanwhile()
	b.open(t)
}

func newLaunch(name string) (tenants.ServerID, configuration.Launch) {
	id := tenants.NewID[tenants.ServerID]()
	return id, configuration.Launch{Server: configuration.Ref{ID: string(id), Name: name}, APIKey: "a secret"}
}

// running starts a server and waits until it is ready.
func (b *testBundle) running(t *testing.T, name string) (tenants.ServerID, Status) {
	t.Helper()
	id, launch := newLaunch(name)
	require.NoError(t, b.Start(t.Context(), launch))
	status, err := b.AwaitRunning(t.Context(), id)
	require.NoError(t, err)
	return id, status
}

// await waits for a status.
func (b *testBundle) await(t *testing.T, id tenants.ServerID, enough func(Status) bool) Status {
	t.Helper()
	k, err := b.find(id)
	require.NoError(t, err)
	status, ok := k.board.await(t.Context(), enough)
	require.True(t, ok, "%+v", status)
	return status
}

// awaitForgotten waits until the supervisor has no such server.
func (b *testBundle) awaitForgotten(t *testing.T, id tenants.ServerID) {
	t.Helper()
	gone := func() bool { _, err := b.find(id); return err != nil }
	require.Eventually(t, gone, 10*time.Second, time.Millisecond)
}

// awaitSuccessor waits until a process other than before's is ready.
func (b *testBundle) awaitSuccessor(t *testing.T, before Status) Status {
	t.Helper()
	return b.await(t, before.Server, func(s Status) bool { return s.State == tenants.ServerRunning && s.PID != before.PID })
}

func (b *testBundle) folder(id tenants.ServerID) folder {
	return folder(b.dir + "/servers/" + string(id))
}

func kill(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid, signal))
}

// awaitGone waits until the process has ended, its parent being somebody else.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { _, there := identify(pid); return !there }, 10*time.Second, time.Millisecond)
}
