package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/node/agent"
	"github.com/switchyard/switchyard/tenants"
)

// TestMain lets the test binary also be the server that the agent starts.
func TestMain(m *testing.M) {
	if last := len(os.Args) - 1; last >= 3 && os.Args[1] == "interaction-server" && os.Args[last-1] == "--launch" {
		serve(os.Args[last])
	}
	os.Exit(m.Run())
}

func serve(launchFile string) {
	var launch configuration.Launch
	text, err := os.ReadFile(launchFile)
	if err == nil {
		err = yaml.Unmarshal(text, &launch)
	}
	if err == nil {
		http.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
		err = http.ListenAndServe(launch.MetricsListen, nil)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// controlPlane is a control plane that knows one server.
type controlPlane struct {
	*httptest.Server
	server tenants.ServerID

	mu      sync.Mutex
	away    bool
	launch  configuration.Launch
	reports []client.NodeReport
	remove  []string // what the answers to reports want removed
	news    chan struct{}
	refused chan struct{} // calls while it was away
	// launches counts what was asked; strangers has those of a server that is not
	// this node's.
	launches  int
	strangers chan struct{}
}

func newControlPlane(t *testing.T) *controlPlane {
	t.Helper()
	c := &controlPlane{server: tenants.NewID[tenants.ServerID](), news: make(chan struct{}, 1000), refused: make(chan struct{}, 1000), strangers: make(chan struct{}, 1000)}
	c.launch = configuration.Launch{Server: configuration.Ref{ID: string(c.server), Name: "cards-1"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/nodes/node-1/servers/{server}/launch", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		launch := c.launch
		c.launches++
		c.mu.Unlock()
		if r.PathValue("server") != launch.Server.ID {
			defer func() { c.strangers <- struct{}{} }()
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"type":"https://switchyard.dev/problems/not-found","title":"Not Found","status":404,"detail":"no such server"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(launch)
	})
	mux.HandleFunc("PUT /v1/nodes/node-1", func(w http.ResponseWriter, r *http.Request) {
		var report client.NodeReport
		if err := json.NewDecoder(r.Body).Decode(&report); err != nil || r.Header.Get("Authorization") != "Bearer key" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		c.reports = append(c.reports, report)
		orders := client.NodeOrders{Remove: slices.Clone(c.remove)}
		c.mu.Unlock()
		c.news <- struct{}{}
		_ = json.NewEncoder(w).Encode(orders)
	})
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		away := c.away
		c.mu.Unlock()
		if away {
			c.refused <- struct{}{}
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *controlPlane) setAway(away bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = away
}

// change changes the launch while the control plane is away, which the node notices.
func (c *controlPlane) change(edit func(launch *configuration.Launch)) {
	c.setAway(true)
	<-c.refused
	c.mu.Lock()
	edit(&c.launch)
	c.mu.Unlock()
	c.setAway(false)
}

// await returns the first report from now on that has the server as wanted.
func (c *controlPlane) await(t *testing.T, want func(client.NodeServerReport) bool) client.NodeServerReport {
	t.Helper()
	report := c.awaitReport(t, func(r client.NodeReport) bool { return slices.ContainsFunc(r.Servers, want) })
	return report.Servers[slices.IndexFunc(report.Servers, want)]
}

// awaitReport returns the first report from now on that is as wanted.
func (c *controlPlane) awaitReport(t *testing.T, want func(client.NodeReport) bool) client.NodeReport {
	t.Helper()
	for {
		c.mu.Lock()
		if n := len(c.reports); n > 0 && want(c.reports[n-1]) {
			defer c.mu.Unlock()
			return c.reports[n-1]
		}
		c.mu.Unlock()
		select {
		case <-c.news:
		case <-time.After(30 * time.Second):
			t.Fatal("no such report")
		}
	}
}

// stillRuns requires that the second report from now on has the same process.
func (c *controlPlane) stillRuns(t *testing.T, pid int) {
	t.Helper()
	c.mu.Lock()
	enough := len(c.reports) + 2
	c.mu.Unlock()
	report := c.awaitReport(t, func(client.NodeReport) bool { return len(c.reports) >= enough })
	require.Len(t, report.Servers, 1)
	require.True(t, running(report.Servers[0]))
	require.Equal(t, pid, report.Servers[0].PID)
}

// awaitRefusedLaunch returns once the node has asked for a server that is not its
// own.
func (c *controlPlane) awaitRefusedLaunch(t *testing.T) {
	t.Helper()
	select {
	case <-c.strangers:
	case <-time.After(30 * time.Second):
		t.Fatal("the node did not ask")
	}
}

// start runs an agent until stop is called, without a Temporal to reach.
func start(t *testing.T, c *controlPlane, dir string, stopServers bool, outgoing ...netip.Prefix) (a *agent.Agent, ops string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a, err = agent.New(agent.Options{
		Name: "node-1", Dir: dir, ControlPlane: c.URL, Key: "key", TemporalAddress: "127.0.0.1:1",
		Ops: listener, StopServers: stopServers, Executable: os.Args[0], AllowOutgoing: outgoing, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return a, "http://" + listener.Addr().String(), stop
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func running(s client.NodeServerReport) bool { return s.State == string(tenants.ServerRunning) }

func TestAgent(t *testing.T) {
	t.Parallel()

	t.Run("StartsAServerThatTheControlPlaneKnowsToRunByThen", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, ops, _ := start(t, c, t.TempDir(), true)
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)

		c.mu.Lock()
		last := c.reports[len(c.reports)-1]
		c.mu.Unlock()
		require.Len(t, last.Servers, 1)
		require.Equal(t, server.Address, last.Servers[0].Address)
		require.Equal(t, server.PID, last.Servers[0].PID)
		require.True(t, running(last.Servers[0]))

		status, _ := get(t, ops+"/readyz")
		require.Equal(t, http.StatusOK, status)
		_, metrics := get(t, ops+"/metrics")
		require.Contains(t, metrics, `switchyard_node_servers{state="running"} 1`)
	})

	t.Run("SaysThatAServerIsNotItsOwn", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, _ := start(t, c, t.TempDir(), true)
		_, err := a.StartServer(t.Context(), tenants.NewID[tenants.ServerID]())
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
		require.ErrorContains(t, err, "the control plane refuses the node: no such server")
	})

	t.Run("RestartsServersWhileTheControlPlaneIsAway", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, _ := start(t, c, t.TempDir(), true)
		before, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)

		c.setAway(true)
		_, err = a.StartServer(t.Context(), c.server)
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
		require.NoError(t, syscall.Kill(before.PID, syscall.SIGKILL))
		c.setAway(false)
		after := c.await(t, func(s client.NodeServerReport) bool { return running(s) && s.PID != before.PID })
		require.Equal(t, before.Address, after.Address)
		require.Equal(t, 1, after.Restarts)
	})

	t.Run("LeavesServersToItsSuccessor", func(t *testing.T) {
		t.Parallel()
		c, dir := newControlPlane(t), t.TempDir()
		a, _, stop := start(t, c, dir, false)
		before, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		stop()
		start(t, c, dir, true)
		again := c.await(t, running)
		require.Equal(t, before.PID, again.PID)
	})

	t.Run("FollowsALaunchThatChangedMeanwhile", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, _ := start(t, c, t.TempDir(), true)
		before, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		c.change(func(launch *configuration.Launch) { launch.DatabaseURL = "postgres://elsewhere" })
		after := c.await(t, func(s client.NodeServerReport) bool { return running(s) && s.PID != before.PID })
		require.Equal(t, before.Address, after.Address)
	})

	t.Run("LeavesAServerRunningThatAnotherNodeIsToTakeOver", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, _ := start(t, c, t.TempDir(), true)
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		c.change(func(launch *configuration.Launch) { launch.Server.ID = "another" })
		c.awaitRefusedLaunch(t)
		c.stillRuns(t, server.PID)
	})

	t.Run("RemovesAServerThatIsNoLongerItsOwn", func(t *testing.T) {
		t.Parallel()
		c, dir := newControlPlane(t), t.TempDir()
		a, _, _ := start(t, c, dir, true)
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		c.change(func(launch *configuration.Launch) {
			launch.Server.ID = "another"
			c.remove = []string{string(c.server)}
		})
		c.awaitReport(t, func(r client.NodeReport) bool { return len(r.Servers) == 0 })
		require.Error(t, syscall.Kill(server.PID, 0))
		require.NoDirExists(t, filepath.Join(dir, "servers", string(c.server)))
	})

	t.Run("RemovesAServerThatWasDeletedWhileItWasAway", func(t *testing.T) {
		t.Parallel()
		c, dir := newControlPlane(t), t.TempDir()
		a, _, stop := start(t, c, dir, false)
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		stop()
		c.mu.Lock()
		c.launch.Server.ID, c.remove = "another", []string{string(c.server)}
		c.mu.Unlock()
		start(t, c, dir, true)
		c.awaitReport(t, func(r client.NodeReport) bool { return len(r.Servers) == 0 })
		require.Eventually(t, func() bool { return syscall.Kill(server.PID, 0) != nil }, 5*time.Second, time.Millisecond)
	})

	t.Run("KeepsAServerThatCameBackSinceItWasToBeRemoved", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, _ := start(t, c, t.TempDir(), true)
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		c.mu.Lock()
		asked := c.launches
		c.remove = []string{string(c.server)}
		c.mu.Unlock()
		c.awaitReport(t, func(client.NodeReport) bool { return c.launches > asked })
		c.stillRuns(t, server.PID)
	})

	t.Run("HandsItsNetworksToTheServers", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, _ := start(t, c, t.TempDir(), true, netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8"))
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", server.PID))
		require.NoError(t, err)
		require.Contains(t, strings.ReplaceAll(string(line), "\x00", " "),
			" interaction-server --allow-outgoing=10.1.0.0/16 --allow-outgoing=fd00::/8 --launch ")
	})

	t.Run("HandsItsSessionStoreToTheServers", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		a, err := agent.New(agent.Options{
			Name: "node-1", Dir: t.TempDir(), ControlPlane: c.URL, Key: "key", TemporalAddress: "127.0.0.1:1",
			Ops: listener, StopServers: true, Executable: os.Args[0], Logger: slog.New(slog.DiscardHandler),
			SessionStore: "redis://cache:6379", SessionStorePasswordFile: "/run/password",
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			require.NoError(t, <-done)
		})
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", server.PID))
		require.NoError(t, err)
		require.Contains(t, strings.ReplaceAll(string(line), "\x00", " "),
			" interaction-server --session-store=redis://cache:6379 --session-store-password-file=/run/password --launch ")
	})

	t.Run("StopsServersAndSaysSoWhenItIsToldTo", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		a, _, stop := start(t, c, t.TempDir(), true)
		server, err := a.StartServer(t.Context(), c.server)
		require.NoError(t, err)
		stop()
		c.await(t, func(s client.NodeServerReport) bool { return s.State == string(tenants.ServerStopped) })
		require.Eventually(t, func() bool { return syscall.Kill(server.PID, 0) != nil }, 5*time.Second, time.Millisecond)
	})

	t.Run("IsNotReadyBeforeItsFirstReport", func(t *testing.T) {
		t.Parallel()
		c := newControlPlane(t)
		c.setAway(true)
		_, ops, _ := start(t, c, t.TempDir(), true)
		status, body := get(t, ops+"/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Contains(t, body, "has not taken a report")
		c.setAway(false)
		require.Eventually(t, func() bool { status, _ := get(t, ops+"/readyz"); return status == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
	})
}
