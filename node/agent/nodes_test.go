package agent_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/controlplane"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/node/agent"
	"github.com/switchyard/switchyard/tenants"
)

// platform is a real control plane, without Temporal: the test asks the nodes to
// start servers, as the provisioning workflow would.
type platform struct {
	t     *testing.T
	admin *client.Client
	url   string
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	key := authentication.NewAPIKey().Text
	main, err := controlplane.New(controlplane.Options{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", DatabaseURL: postgrestest.New(t, migration.Control), TemporalAddress: "127.0.0.1:1",
		EncryptionKey: secret.NewKey(), PlatformKey: key, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() { failed <- main.Run(context.Background()) }()
	t.Cleanup(func() {
		main.Close()
		require.NoError(t, <-failed)
	})
	<-main.Ready()
	return &platform{t: t, url: main.URL(), admin: client.New(main.URL(), client.Options{Credential: key})}
}

// account makes the account of a node and returns its key.
func (p *platform) account(name string) string {
	p.t.Helper()
	_, err := p.admin.CreateAccount(p.t.Context(), tenants.PlatformTenant, client.NewAccount{
		Name: name, Kind: "node", Roles: []client.RoleBinding{{Role: "node"}},
	})
	require.NoError(p.t, err)
	key, err := p.admin.CreateAPIKey(p.t.Context(), tenants.PlatformTenant, name)
	require.NoError(p.t, err)
	return key.Key
}

// node runs an agent until stop is called, which leaves its servers running unless
// it is the end of the test.
func (p *platform) node(name, key, dir string, stopServers bool) (a *agent.Agent, stop func()) {
	p.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(p.t, err)
	a, err = agent.New(agent.Options{
		Name: name, Dir: dir, ControlPlane: p.url, Key: key, TemporalAddress: "127.0.0.1:1",
		Ops: listener, StopServers: stopServers, Executable: os.Args[0], Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(p.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(p.t, <-done)
	})
	p.t.Cleanup(stop)
	return a, stop
}

const bank = `
kind: Tenant
name: bank
---
kind: Account
name: cards-server
accountKind: server
---
kind: Solution
name: cards
serverGroups:
  - name: production
    servers:
      - {name: cards-1, account: cards-server, node: node-1}
      - {name: cards-2, account: cards-server, node: node-2}
`

// apply brings files into the control plane and returns what it printed.
func (p *platform) apply(text string) (string, error) {
	p.t.Helper()
	set, err := apply.ParseFile(fstest.MapFS{"bank.yaml": {Data: []byte(text)}}, "bank.yaml")
	require.NoError(p.t, err)
	var out bytes.Buffer
	_, err = apply.Run(p.t.Context(), p.admin, set, apply.Options{Out: &out})
	return out.String(), err
}

func (p *platform) server(name string) client.Server {
	p.t.Helper()
	server, err := p.admin.Server(p.t.Context(), "bank", "cards", "production", name)
	require.NoError(p.t, err)
	return server
}

// start has a node start a server and returns it as the control plane then knows
// it.
func (p *platform) start(a *agent.Agent, name string) client.Server {
	p.t.Helper()
	_, err := a.StartServer(p.t.Context(), tenants.ServerID(p.server(name).ID))
	require.NoError(p.t, err)
	server := p.server(name)
	require.Equal(p.t, "running", server.Status.State)
	return server
}

func (p *platform) requireUntouched(before client.Server) {
	p.t.Helper()
	after := p.server(before.Name)
	require.Equal(p.t, before.Version, after.Version)
	require.Equal(p.t, before.Status.PID, after.Status.PID)
	require.NoError(p.t, syscall.Kill(after.Status.PID, 0))
}

func (p *platform) requireEnd(pid int) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return syscall.Kill(pid, 0) != nil }, 20*time.Second, 5*time.Millisecond)
}

func TestGroupOnTwoNodes(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	key2, dir2 := p.account("node-2"), t.TempDir()
	node1, _ := p.node("node-1", p.account("node-1"), t.TempDir(), true)
	node2, leave := p.node("node-2", key2, dir2, false)

	_, err := p.apply(bank)
	require.NoError(t, err)
	first, second := p.start(node1, "cards-1"), p.start(node2, "cards-2")

	// A third server leaves the others alone.
	grown := bank + "      - {name: cards-3, account: cards-server, node: node-1}\n"
	out, err := p.apply(grown)
	require.NoError(t, err)
	require.Contains(t, out, "unchanged  bank/solutions/cards/server-groups/production/servers/cards-2\n")
	third := p.start(node1, "cards-3")
	for _, present := range []client.Server{first, second} {
		_, err := map[string]*agent.Agent{"node-1": node1, "node-2": node2}[present.Node].StartServer(t.Context(), tenants.ServerID(present.ID))
		require.NoError(t, err, "as the provisioning of the whole solution does")
		p.requireUntouched(present)
	}

	// Its deletion too.
	require.NoError(t, p.admin.DeleteServer(t.Context(), "bank", "cards", "production", "cards-3", third.Version))
	p.requireEnd(third.Status.PID)
	p.requireUntouched(first)
	p.requireUntouched(second)

	// A node that never was takes no server from where it runs.
	_, err = p.apply(strings.Replace(bank, "account: cards-server, node: node-1", "account: cards-server, node: node-9", 1))
	require.ErrorContains(t, err, `no node "node-9" has ever reported to the control plane; there are: node-1, node-2`)
	p.requireUntouched(first)

	// A move ends the server at its old node once the new one has started it.
	_, err = p.apply(strings.Replace(bank, "node: node-1", "node: node-2", 1))
	require.NoError(t, err)
	require.Equal(t, "pending", p.server("cards-1").Status.State)
	require.Equal(t, first.Status.Address, p.server("cards-1").Status.Address)
	require.NoError(t, syscall.Kill(first.Status.PID, 0))
	moved := p.start(node2, "cards-1")
	require.NotEqual(t, first.Status.PID, moved.Status.PID)
	p.requireEnd(first.Status.PID)
	require.NoError(t, syscall.Kill(moved.Status.PID, 0))

	// A node that was away when a server was deleted removes it when it is back.
	leave()
	require.NoError(t, p.admin.DeleteServer(t.Context(), "bank", "cards", "production", "cards-2", second.Version))
	require.NoError(t, syscall.Kill(second.Status.PID, 0), "nobody is there to end it")
	p.node("node-2", key2, dir2, true)
	p.requireEnd(second.Status.PID)
	require.NoError(t, syscall.Kill(moved.Status.PID, 0))
}
