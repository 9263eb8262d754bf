package tenantstest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// node is the actor that the node of a name is.
func node(name tenants.Name) audit.Actor {
	return audit.Actor{Tenant: string(tenants.PlatformTenantID), Name: name}
}

func testProvisioning(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	server := b.server(t)
	requests, err := b.service.RequestedProvisionings(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, []tenants.ProvisioningRequest{{
		Tenant: b.tenant.ID, TenantName: "harborbank", Solution: server.Solution, SolutionName: "cards", Request: 2,
	}}, requests)

	plan, err := b.service.Plan(ctx, b.tenant.ID, server.Solution)
	require.NoError(t, err)
	require.Equal(t, "harborbank", plan.Tenant.Name)
	require.Len(t, plan.Groups, 1)
	require.Equal(t, []tenants.PlannedServer{{Server: server}}, plan.Groups[0].Servers)

	report := func(request int64, state tenants.ProvisioningState, reason string) bool {
		t.Helper()
		current, err := b.service.RecordProvisioning(ctx, b.tenant.ID, server.Solution, tenants.Progress{
			Request: request, State: state, Step: "create database", Reason: reason, WorkflowID: "provision/harborbank/cards",
		})
		require.NoError(t, err)
		return current
	}
	require.True(t, report(2, tenants.ProvisioningRunning, ""))
	requests, err = b.service.RequestedProvisionings(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, requests, "what runs is left alone")
	silent, err := b.Store.RequestedProvisionings(ctx, time.Now().Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, silent, 1, "what has been silent is started again")

	require.True(t, report(2, tenants.ProvisioningFailed, "disk\x00full"))
	solution, err := b.service.Solution(ctx, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, "disk full", solution.Provisioning.Reason)
	require.Equal(t, "provision/harborbank/cards", solution.Provisioning.WorkflowID)
	tenant, err := b.service.Tenant(ctx, "harborbank")
	require.NoError(t, err)
	require.Equal(t, tenants.ProvisioningFailed, tenant.Provisioning.State, "a tenant is as far as its worst solution")

	_, err = b.service.Reprovision(ctx, b.by, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.False(t, report(2, tenants.ProvisioningReady, ""), "progress of an earlier request does not count")
	require.True(t, report(3, tenants.ProvisioningReady, ""))
	_, err = b.service.RecordProvisioning(ctx, b.tenant.ID, server.Solution, tenants.Progress{Request: 3, State: "odd"})
	requireKind(t, fault.Invalid, err)

	require.NoError(t, b.service.RequestAllProvisionings(ctx))
	requests, err = b.service.RequestedProvisionings(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, []tenants.ProvisioningRequest{{
		Tenant: b.tenant.ID, TenantName: "harborbank", Solution: server.Solution, SolutionName: "cards", Request: 4,
	}}, requests)
}

func testSecrets(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	server := b.server(t)
	first, err := b.service.GroupCredentials(ctx, b.tenant.ID, server.Group)
	require.NoError(t, err)
	second, err := b.service.GroupCredentials(ctx, b.tenant.ID, server.Group)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, first.Database+"_app", first.Role)
	require.Len(t, first.Password, 48)

	key, err := b.service.ServerAPIKey(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	again, err := b.service.ServerAPIKey(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	require.Equal(t, key, again)
	account, err := b.service.AuthenticateAPIKey(ctx, key)
	require.NoError(t, err)
	require.Equal(t, server.Account, account.ID)

	parsed, err := authentication.ParseAPIKey(key)
	require.NoError(t, err)
	require.NoError(t, b.service.RevokeAPIKey(ctx, b.by, b.tenant.ID, "cards-server", parsed.ID))
	fresh, err := b.service.ServerAPIKey(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	require.NotEqual(t, key, fresh, "a revoked key is replaced")

	b.account(t, "other-server", tenants.Runner)
	_, err = b.service.UpdateServer(ctx, b.by, b.tenant.ID, "cards", "production", "cards-1", tenants.AnyVersion,
		tenants.ServerSettings{Account: "other-server", Node: "node-1"})
	require.NoError(t, err)
	moved, err := b.service.ServerAPIKey(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	account, err = b.service.AuthenticateAPIKey(ctx, moved)
	require.NoError(t, err)
	require.Equal(t, "other-server", account.Name, "a server has a key of the account that it runs as")

	for _, event := range b.Events(t, b.tenant.ID) {
		require.NotContains(t, event.Detail, "password")
	}
}

// heartbeat reports, and leaves aside what the answer says.
func (b *bundle) heartbeat(ctx context.Context, by audit.Actor, report tenants.NodeReport) error {
	_, err := b.service.Heartbeat(ctx, by, report)
	return err
}

func testNodes(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	server := b.server(t)
	started := time.Now().UTC().Truncate(time.Microsecond)
	report := tenants.NodeReport{Node: "node-1", Version: "1.0", StartedAt: started, Servers: []tenants.ServerReport{
		{ID: server.ID, Status: tenants.ServerStatus{State: tenants.ServerRunning, Address: "http://127.0.0.1:7500", Metrics: "http://127.0.0.1:7501", PID: 42, Restarts: 1, StartedAt: started}},
		{ID: tenants.NewID[tenants.ServerID](), Status: tenants.ServerStatus{State: tenants.ServerStopped}},
	}}
	requireKind(t, fault.Forbidden, b.heartbeat(ctx, node("node-2"), report))
	requireKind(t, fault.Forbidden, b.heartbeat(ctx, audit.Actor{Tenant: string(b.tenant.ID), Name: "node-1"}, report))
	require.NoError(t, b.heartbeat(ctx, node("node-1"), report))

	stored, err := b.service.ServerByID(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	require.False(t, stored.Status.ReportedAt.IsZero())
	want := report.Servers[0].Status
	want.ReportedAt = stored.Status.ReportedAt
	require.Equal(t, want, stored.Status)
	require.Equal(t, server.Version, stored.Version, "a report is no change of the server")

	foreign := report
	foreign.Node = "node-2"
	foreign.Servers = []tenants.ServerReport{{ID: server.ID, Status: tenants.ServerStatus{State: tenants.ServerStopped}}}
	require.NoError(t, b.heartbeat(ctx, node("node-2"), foreign))
	stored, err = b.service.ServerByID(ctx, b.tenant.ID, server.ID)
	require.NoError(t, err)
	require.Equal(t, tenants.ServerRunning, stored.Status.State, "a node speaks for its own servers only")

	nodes, err := b.service.Nodes(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"node-1", "node-2"}, names(nodes, func(n tenants.Node) string { return n.Name }))

	wrong := report
	wrong.Servers = []tenants.ServerReport{{ID: "x", Status: tenants.ServerStatus{State: tenants.ServerRunning}},
		{ID: server.ID, Status: tenants.ServerStatus{State: "odd"}},
		{ID: server.ID, Status: tenants.ServerStatus{State: tenants.ServerRunning, PID: -1}}}
	requirePlaces(t, b.heartbeat(ctx, node("node-1"), wrong), "servers[0].id", "servers[1]", "servers[2].id", "servers[2]")

	strange := report
	strange.StartedAt = started.In(time.FixedZone("", 86340)) // PostgreSQL has no such zone
	strange.Servers = []tenants.ServerReport{{ID: server.ID, Status: tenants.ServerStatus{State: tenants.ServerRunning, StartedAt: strange.StartedAt}}}
	require.NoError(t, b.heartbeat(ctx, node("node-1"), strange))
	for _, odd := range []time.Time{
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), // rounded up to the year 10000, which JSON does not have
		time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 86340)),
	} {
		wrong = report
		wrong.StartedAt = odd
		wrong.Servers = []tenants.ServerReport{{ID: server.ID, Status: tenants.ServerStatus{State: tenants.ServerRunning, StartedAt: odd}}}
		requirePlaces(t, b.heartbeat(ctx, node("node-1"), wrong), "startedAt", "servers[0]")
	}

	launch, err := b.service.Launch(ctx, node("node-1"), "node-1", server.ID)
	require.NoError(t, err)
	credentials, err := b.service.GroupCredentials(ctx, b.tenant.ID, server.Group)
	require.NoError(t, err)
	require.Equal(t, "postgres://"+credentials.Role+":"+credentials.Password+"@db.example:5432/"+credentials.Database+"?sslmode=disable", launch.DatabaseURL)
	require.Equal(t, "tenant-harborbank", launch.TemporalNamespace)
	require.Equal(t, "cards", launch.Solution.Name)
	_, err = b.service.AuthenticateAPIKey(ctx, launch.APIKey)
	require.NoError(t, err)
	again, err := b.service.Launch(ctx, node("node-1"), "node-1", server.ID)
	require.NoError(t, err)
	require.Equal(t, launch, again, "a launch that is the same does not restart its server")
	keys, err := b.service.WebhookKeys(ctx, b.by, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, tenants.WebhookKeys{Present: launch.WebhookKeys}, keys)
	require.Regexp(t, `^whsec_[0-9A-Za-z+/]{43}=$`, keys.Present)
	require.Len(t, launch.TreatmentKey, 44)
	for _, previous := range []string{keys.Present, ""} {
		rotated, err := b.service.RotateWebhookKey(ctx, b.by, b.tenant.ID, "cards")
		require.NoError(t, err)
		if previous != "" {
			require.Equal(t, previous, rotated.Previous)
		}
		require.NotContains(t, []string{keys.Present, rotated.Previous}, rotated.Present)
		again, err = b.service.Launch(ctx, node("node-1"), "node-1", server.ID)
		require.NoError(t, err)
		require.Equal(t, rotated.Present+" "+rotated.Previous, again.WebhookKeys)
		require.Equal(t, launch.TreatmentKey, again.TreatmentKey)
	}
	_, err = b.service.RotateWebhookKey(ctx, b.by, b.tenant.ID, "moon")
	requireKind(t, fault.NotFound, err)
	_, err = b.service.Launch(ctx, node("node-2"), "node-2", server.ID)
	requireKind(t, fault.NotFound, err)
	_, err = b.service.Launch(ctx, node("node-2"), "node-1", server.ID)
	requireKind(t, fault.Forbidden, err)
}

func testPlatform(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	key := authentication.NewAPIKey().Text
	requireKind(t, fault.Invalid, b.service.BootstrapPlatform(ctx, "swk_short"))
	require.NoError(t, b.service.BootstrapPlatform(ctx, key))
	events := len(b.Events(t, tenants.PlatformTenantID))
	require.NoError(t, b.service.BootstrapPlatform(ctx, key))
	require.Len(t, b.Events(t, tenants.PlatformTenantID), events, "the second time changes nothing")
	admin, err := b.service.AuthenticateAPIKey(ctx, key)
	require.NoError(t, err)
	require.Equal(t, tenants.PlatformTenantID, admin.Tenant)
	require.Equal(t, []tenants.RoleBinding{{Role: "platform-admin"}}, admin.Roles)

	second := authentication.NewAPIKey().Text
	require.NoError(t, b.service.BootstrapPlatform(ctx, second))
	_, err = b.service.AuthenticateAPIKey(ctx, second)
	require.NoError(t, err)

	_, err = b.service.CreateAccount(ctx, b.by, tenants.PlatformTenantID, tenants.NewAccount{
		Name: "node-1", Kind: tenants.Host, AccountSettings: tenants.AccountSettings{Roles: []tenants.RoleBinding{{Role: "node"}}},
	})
	require.NoError(t, err)
}
