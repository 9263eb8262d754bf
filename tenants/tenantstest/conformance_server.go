package tenantstest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// another adds server "cards-2" on node-1 to what b.server made.
func (b *bundle) another(t *testing.T) tenants.Server {
	t.Helper()
	s, err := b.service.CreateServer(t.Context(), b.by, b.tenant.ID, "cards", "production", tenants.NewServer{
		Name: "cards-2", ServerSettings: tenants.ServerSettings{Account: "cards-server", Node: "node-1"},
	})
	require.NoError(t, err)
	return s
}

// running has a node report that the servers run on it, and returns what it has to
// remove.
func (b *bundle) running(t *testing.T, on tenants.Name, servers ...tenants.ServerID) []tenants.ServerID {
	t.Helper()
	report := tenants.NodeReport{Node: on, Version: "1.0", StartedAt: time.Now()}
	for _, id := range servers {
		report.Servers = append(report.Servers, tenants.ServerReport{ID: id, Status: tenants.ServerStatus{
			State: tenants.ServerRunning, Address: "http://" + on + ":7500", PID: 42,
		}})
	}
	remove, err := b.service.Heartbeat(t.Context(), node(on), report)
	require.NoError(t, err)
	return remove
}

func (b *bundle) deleteServer(ctx context.Context, name tenants.Name, version int64) error {
	return b.service.DeleteServer(ctx, b.by, b.tenant.ID, "cards", "production", name, version)
}

func (b *bundle) update(ctx context.Context, settings tenants.ServerSettings) (tenants.Server, error) {
	return b.service.UpdateServer(ctx, b.by, b.tenant.ID, "cards", "production", "cards-1", tenants.AnyVersion, settings)
}

func actions(events []audit.Event) []string {
	return names(events, func(e audit.Event) string { return e.Action })
}

func testDeletedServers(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	stays := b.server(t)
	goes := b.another(t)
	stayingKey, err := b.service.ServerAPIKey(ctx, b.tenant.ID, stays.ID)
	require.NoError(t, err)
	key, err := b.service.ServerAPIKey(ctx, b.tenant.ID, goes.ID)
	require.NoError(t, err)
	credentials, err := b.service.GroupCredentials(ctx, b.tenant.ID, goes.Group)
	require.NoError(t, err)
	require.Empty(t, b.running(t, "node-1", stays.ID, goes.ID))
	before, err := b.service.Solution(ctx, b.tenant.ID, "cards")
	require.NoError(t, err)

	requireKind(t, fault.PreconditionFailed, b.deleteServer(ctx, "cards-2", goes.Version+1))
	require.NoError(t, b.deleteServer(ctx, "cards-2", goes.Version))
	requireKind(t, fault.NotFound, b.deleteServer(ctx, "cards-2", goes.Version))

	_, err = b.service.Server(ctx, b.tenant.ID, "cards", "production", "cards-2")
	requireKind(t, fault.NotFound, err)
	_, err = b.service.Launch(ctx, node("node-1"), "node-1", goes.ID)
	requireKind(t, fault.NotFound, err)
	_, err = b.service.AuthenticateAPIKey(ctx, key)
	requireKind(t, fault.Unauthenticated, err)
	_, err = b.service.AuthenticateAPIKey(ctx, stayingKey)
	require.NoError(t, err, "a key of the same account that another server has")
	require.Equal(t, []tenants.ServerID{goes.ID}, b.running(t, "node-1", stays.ID, goes.ID))
	require.Empty(t, b.running(t, "node-1", stays.ID))

	left, err := b.service.Servers(ctx, b.tenant.ID, "cards", "production", paging.Request{})
	require.NoError(t, err)
	require.Equal(t, []tenants.Name{"cards-1"}, names(left.Items, func(s tenants.Server) string { return s.Name }))
	same, err := b.service.GroupCredentials(ctx, b.tenant.ID, goes.Group)
	require.NoError(t, err)
	require.Equal(t, credentials, same)
	after, err := b.service.Solution(ctx, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, before.Provisioning.Request+1, after.Provisioning.Request, "what failed because of it is tried again without it")
	events := b.Events(t, b.tenant.ID)
	require.Equal(t, []string{"account.revoke-api-key", "server.delete"}, actions(events[len(events)-2:]))
	require.Equal(t, "solutions/cards/server-groups/production/servers/cards-2", events[len(events)-1].Resource)

	again := b.another(t)
	require.NotEqual(t, goes.ID, again.ID)
	require.Equal(t, tenants.ServerPending, again.Status.State)
}

func testMovedServers(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	server := b.server(t)
	_, err := b.update(ctx, tenants.ServerSettings{Account: "cards-server", Node: "node-7"})
	require.NoError(t, err, "what never ran can wait for any node")
	_, err = b.update(ctx, tenants.ServerSettings{Account: "cards-server", Node: "node-1"})
	require.NoError(t, err)
	require.Empty(t, b.running(t, "node-1", server.ID))

	_, err = b.update(ctx, tenants.ServerSettings{Account: "cards-server", Node: "node-9"})
	requirePlaces(t, err, "node")
	f, _ := fault.As(err)
	require.Equal(t, `no node "node-9" has ever reported to the control plane; there are: node-1`, f.Places[0].Message)
	require.Empty(t, b.running(t, "node-1", server.ID), "it stays where it is")

	b.running(t, "node-2")
	moved, err := b.update(ctx, tenants.ServerSettings{Account: "cards-server", Node: "node-2"})
	require.NoError(t, err)
	stored, err := b.service.Server(ctx, b.tenant.ID, "cards", "production", "cards-1")
	require.NoError(t, err)
	require.Equal(t, moved, stored)
	require.Equal(t, tenants.ServerPending, stored.Status.State)
	require.Equal(t, "http://node-1:7500", stored.Status.Address, "it still serves there")
	require.Zero(t, stored.Status.PID)
	require.Empty(t, b.running(t, "node-1", server.ID), "it runs on until the other node has it")
	require.Empty(t, b.running(t, "node-2", server.ID))
	require.Equal(t, []tenants.ServerID{server.ID}, b.running(t, "node-1", server.ID))
	stored, err = b.service.Server(ctx, b.tenant.ID, "cards", "production", "cards-1")
	require.NoError(t, err)
	require.Equal(t, "http://node-2:7500", stored.Status.Address)
}

func testServerKeys(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	server := b.server(t)
	b.account(t, "other-server", tenants.Runner)
	before, err := b.service.ServerAPIKey(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)

	_, err = b.update(ctx, tenants.ServerSettings{Account: "cards-server", Node: "node-2"})
	require.NoError(t, err)
	_, err = b.service.AuthenticateAPIKey(ctx, before)
	require.NoError(t, err, "the key is the account's, wherever the server runs")

	_, err = b.update(ctx, tenants.ServerSettings{Account: "other-server", Node: "node-2"})
	require.NoError(t, err)
	_, err = b.service.AuthenticateAPIKey(ctx, before)
	requireKind(t, fault.Unauthenticated, err)
	keys, err := b.service.APIKeys(ctx, b.tenant.ID, "cards-server")
	require.NoError(t, err)
	require.Empty(t, keys)
	require.Contains(t, actions(b.Events(t, b.tenant.ID)), "account.revoke-api-key")

	after, err := b.service.ServerAPIKey(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	account, err := b.service.AuthenticateAPIKey(ctx, after)
	require.NoError(t, err)
	require.Equal(t, "other-server", account.Name)
}
