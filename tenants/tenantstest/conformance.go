package tenantstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/tenants"
)

// Subject is a store to test, fresh and with nothing but the platform tenant.
type Subject struct {
	Store tenants.Store
	// Events returns the audit events of a tenant, in order.
	Events func(t *testing.T, tenant tenants.TenantID) []audit.Event
}

// Conformance holds a store, through the service, against the rules of package
// tenants. open returns a fresh subject.
func Conformance(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, b *bundle){
		"Tenants": testTenants, "Solutions": testSolutions, "ServerGroups": testServerGroups, "Servers": testServers,
		"DeletedServers": testDeletedServers, "MovedServers": testMovedServers, "ServerKeys": testServerKeys,
		"Accounts": testAccounts, "APIKeys": testAPIKeys, "Passwords": testPasswords, "Isolation": testIsolation,
		"Provisioning": testProvisioning, "Secrets": testSecrets, "Nodes": testNodes, "Platform": testPlatform,
		"Transactions": testTransactions, "Malformed": testMalformed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t, open(t)))
		})
	}
}

// Roles are those that the suite's service knows.
var Roles = map[string]tenants.RoleRule{
	"platform-admin": {PlatformOnly: true}, "node": {PlatformOnly: true}, "designer": {}, "operator": {PerSolution: true},
}

// bundle is what each test of the suite starts from: a tenant "harborbank".
type bundle struct {
	Subject
	service *tenants.Service
	tenant  tenants.Tenant
	by      audit.Actor
}

func setup(t *testing.T, subject Subject) *bundle {
	t.Helper()
	box, err := secret.NewBox(make([]byte, secret.KeySize))
	require.NoError(t, err)
	service := tenants.NewService(subject.Store, box, tenants.Options{
		Roles: Roles, GroupDatabaseURL: "postgres://control@db.example:5432/control?sslmode=disable",
		ControlPlaneURL: "http://control.example", TemporalAddress: "temporal.example:7233",
	})
	b := &bundle{Subject: subject, service: service, by: audit.Actor{Name: "ada", RequestID: "r-1"}}
	b.tenant, err = service.CreateTenant(t.Context(), b.by, tenants.NewTenant{Name: "harborbank", TenantSettings: tenants.TenantSettings{DisplayName: "Harbor Bank"}})
	require.NoError(t, err)
	return b
}

func (b *bundle) solution(t *testing.T, name tenants.Name) tenants.Solution {
	t.Helper()
	s, err := b.service.CreateSolution(t.Context(), b.by, b.tenant.ID, tenants.NewSolution{Name: name})
	require.NoError(t, err)
	return s
}

func (b *bundle) account(t *testing.T, name tenants.Name, kind tenants.AccountKind) tenants.Account {
	t.Helper()
	a, err := b.service.CreateAccount(t.Context(), b.by, b.tenant.ID, tenants.NewAccount{Name: name, Kind: kind})
	require.NoError(t, err)
	return a
}

// server adds solution "cards" with one server "cards-1" on node-1.
func (b *bundle) server(t *testing.T) tenants.Server {
	t.Helper()
	b.solution(t, "cards")
	b.account(t, "cards-server", tenants.Runner)
	s, err := b.service.CreateServer(t.Context(), b.by, b.tenant.ID, "cards", "production", tenants.NewServer{
		Name: "cards-1", ServerSettings: tenants.ServerSettings{Account: "cards-server", Node: "node-1"},
	})
	require.NoError(t, err)
	return s
}

func requireKind(t *testing.T, want fault.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, fault.KindOf(err), "%v", err)
}

// requirePlaces requires a fault Invalid at exactly these paths.
func requirePlaces(t *testing.T, err error, paths ...string) {
	t.Helper()
	requireKind(t, fault.Invalid, err)
	f, _ := fault.As(err)
	have := make([]string, 0, len(f.Places))
	for _, p := range f.Places {
		have = append(have, p.Path)
	}
	require.Equal(t, paths, have)
}

func testTenants(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	stored, err := b.service.Tenant(ctx, "harborbank")
	require.NoError(t, err)
	require.Equal(t, b.tenant, stored, "what is created is what is read")
	require.Equal(t, tenants.ProvisioningReady, stored.Provisioning.State, "a tenant without solutions needs nothing")

	_, err = b.service.CreateTenant(ctx, b.by, tenants.NewTenant{Name: "harborbank"})
	requireKind(t, fault.Conflict, err)
	_, err = b.service.CreateTenant(ctx, b.by, tenants.NewTenant{Name: "Harbor--Bank", TenantSettings: tenants.TenantSettings{DisplayName: "a\x00b"}})
	requirePlaces(t, err, "name", "displayName")
	_, err = b.service.Tenant(ctx, "nobody")
	requireKind(t, fault.NotFound, err)

	changed, err := b.service.UpdateTenant(ctx, b.by, b.tenant.ID, 1, tenants.TenantSettings{DisplayName: "Harbor"})
	require.NoError(t, err)
	require.Equal(t, int64(2), changed.Version)
	_, err = b.service.UpdateTenant(ctx, b.by, b.tenant.ID, 1, tenants.TenantSettings{DisplayName: "Late"})
	requireKind(t, fault.PreconditionFailed, err)

	_, err = b.service.CreateTenant(ctx, b.by, tenants.NewTenant{Name: "zebra"})
	require.NoError(t, err)
	first, err := b.service.Tenants(ctx, paging.Request{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []tenants.Name{"harborbank", "platform"}, names(first.Items, func(t tenants.Tenant) string { return t.Name }))
	second, err := b.service.Tenants(ctx, paging.Request{After: first.Next, Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []tenants.Name{"zebra"}, names(second.Items, func(t tenants.Tenant) string { return t.Name }))
	require.Empty(t, second.Next)

	events := b.Events(t, b.tenant.ID)
	require.Len(t, events, 2)
	require.Equal(t, "tenant.create", events[0].Action)
	require.Equal(t, b.by, events[0].Actor)
	require.Equal(t, map[string]any{"displayName": "Harbor"}, events[1].Detail)
}

func testSolutions(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	made := b.solution(t, "cards")
	stored, err := b.service.Solution(ctx, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, made, stored)
	require.Equal(t, tenants.ProvisioningRequested, stored.Provisioning.State)
	groups, err := b.service.ServerGroups(ctx, b.tenant.ID, "cards", paging.Request{})
	require.NoError(t, err)
	require.Len(t, groups.Items, 1)
	require.Equal(t, tenants.Production, groups.Items[0].Kind)
	require.Regexp(t, `^sw_[0-9a-f]{16}$`, groups.Items[0].Database)

	_, err = b.service.CreateSolution(ctx, b.by, b.tenant.ID, tenants.NewSolution{Name: "cards"})
	requireKind(t, fault.Conflict, err)
	_, err = b.service.CreateSolution(ctx, b.by, b.tenant.ID, tenants.NewSolution{Name: "loans", ProductionGroup: "Live!"})
	requirePlaces(t, err, "productionGroup")
	_, err = b.service.CreateSolution(ctx, b.by, tenants.PlatformTenantID, tenants.NewSolution{Name: "cards"})
	requireKind(t, fault.Conflict, err)

	changed, err := b.service.UpdateSolution(ctx, b.by, b.tenant.ID, "cards", stored.Version, tenants.SolutionSettings{DisplayName: "Cards"})
	require.NoError(t, err)
	require.Equal(t, "Cards", changed.DisplayName)
	_, err = b.service.UpdateSolution(ctx, b.by, b.tenant.ID, "cards", stored.Version, tenants.SolutionSettings{})
	requireKind(t, fault.PreconditionFailed, err)

	again, err := b.service.Reprovision(ctx, b.by, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, stored.Provisioning.Request+1, again.Provisioning.Request)
	require.Equal(t, "Cards", again.DisplayName)
}

func testServerGroups(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	before := b.solution(t, "cards")
	staging, err := b.service.CreateServerGroup(ctx, b.by, b.tenant.ID, "cards", tenants.NewServerGroup{Name: "staging"})
	require.NoError(t, err)
	require.Equal(t, tenants.Staging, staging.Kind)
	stored, err := b.service.ServerGroup(ctx, b.tenant.ID, "cards", "staging")
	require.NoError(t, err)
	require.Equal(t, staging, stored)
	after, err := b.service.Solution(ctx, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, before.Provisioning.Request+1, after.Provisioning.Request)

	for name, give := range map[string]tenants.NewServerGroup{
		"NameTaken": {Name: "staging"}, "NameOfProduction": {Name: "production", Kind: tenants.Production},
		"SecondProduction": {Name: "live", Kind: tenants.Production},
	} {
		_, err = b.service.CreateServerGroup(ctx, b.by, b.tenant.ID, "cards", give)
		requireKind(t, fault.Conflict, err)
		require.NotEmpty(t, name)
	}
	_, err = b.service.CreateServerGroup(ctx, b.by, b.tenant.ID, "cards", tenants.NewServerGroup{Name: "x", Kind: "canary"})
	requirePlaces(t, err, "kind")
	_, err = b.service.CreateServerGroup(ctx, b.by, b.tenant.ID, "loans", tenants.NewServerGroup{Name: "x"})
	requireKind(t, fault.NotFound, err)
}

func testServers(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	made := b.server(t)
	stored, err := b.service.Server(ctx, b.tenant.ID, "cards", "production", "cards-1")
	require.NoError(t, err)
	require.Equal(t, made, stored)
	byID, err := b.service.ServerByID(ctx, b.tenant.ID, made.ID)
	require.NoError(t, err)
	require.Equal(t, made, byID)
	_, err = b.service.ServerByID(ctx, b.tenant.ID, "no-id")
	requireKind(t, fault.NotFound, err)

	b.account(t, "amira", tenants.Person)
	create := func(account tenants.Name) error {
		_, err := b.service.CreateServer(ctx, b.by, b.tenant.ID, "cards", "production", tenants.NewServer{
			Name: "cards-2", ServerSettings: tenants.ServerSettings{Account: account, Node: "node-1"},
		})
		return err
	}
	requirePlaces(t, create("missing"), "account")
	requirePlaces(t, create("amira"), "account")

	b.account(t, "other-server", tenants.Runner)
	changed, err := b.service.UpdateServer(ctx, b.by, b.tenant.ID, "cards", "production", "cards-1", 1,
		tenants.ServerSettings{Account: "other-server", Node: "node-2"})
	require.NoError(t, err)
	stored, err = b.service.Server(ctx, b.tenant.ID, "cards", "production", "cards-1")
	require.NoError(t, err)
	require.Equal(t, changed, stored)
	require.Equal(t, "other-server", stored.AccountName)
	solution, err := b.service.Solution(ctx, b.tenant.ID, "cards")
	require.NoError(t, err)
	require.Equal(t, int64(3), solution.Provisioning.Request)
}

// testIsolation: an other tenant's objects are as if they did not exist.
func testIsolation(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	server := b.server(t)
	other, err := b.service.CreateTenant(ctx, b.by, tenants.NewTenant{Name: "zebra"})
	require.NoError(t, err)

	_, err = b.service.ServerByID(ctx, other.ID, server.ID)
	_, missing := b.service.ServerByID(ctx, other.ID, tenants.NewID[tenants.ServerID]())
	require.Equal(t, missing, err, "a foreign object answers like a missing one")
	_, err = b.service.Solution(ctx, other.ID, "cards")
	requireKind(t, fault.NotFound, err)
	_, err = b.service.Account(ctx, other.ID, "cards-server")
	requireKind(t, fault.NotFound, err)
	_, err = b.service.Plan(ctx, other.ID, server.Solution)
	requireKind(t, fault.NotFound, err)
	_, err = b.service.GroupCredentials(ctx, other.ID, server.Group)
	requireKind(t, fault.NotFound, err)
	_, err = b.service.ServerAPIKey(ctx, other.ID, server.ID)
	requireKind(t, fault.NotFound, err)
	accounts, err := b.service.Accounts(ctx, other.ID, paging.Request{})
	require.NoError(t, err)
	require.Empty(t, accounts.Items)
	current, err := b.service.RecordProvisioning(ctx, other.ID, server.Solution, tenants.Progress{Request: 2, State: tenants.ProvisioningReady})
	require.NoError(t, err)
	require.False(t, current)
	_, err = b.service.UpdateTenant(ctx, b.by, tenants.NewID[tenants.TenantID](), tenants.AnyVersion, tenants.TenantSettings{})
	requireKind(t, fault.NotFound, err)
}

func testTransactions(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	giveUp := errors.New("give up")
	err := b.Store.Change(ctx, b.tenant.ID, func(ctx context.Context, w tenants.Writer) error {
		at := time.Now().UTC().Truncate(time.Microsecond)
		account := tenants.Account{ID: tenants.NewID[tenants.AccountID](), Tenant: b.tenant.ID, Name: "ghost", Kind: tenants.Person, Version: 1, CreatedAt: at, UpdatedAt: at}
		require.NoError(t, w.InsertAccount(ctx, account))
		_, err := w.Account(ctx, "ghost")
		require.NoError(t, err, "a change sees its own writes")
		return giveUp
	})
	require.ErrorIs(t, err, giveUp)
	_, err = b.service.Account(ctx, b.tenant.ID, "ghost")
	requireKind(t, fault.NotFound, err)
}

func testMalformed(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	b.server(t)
	for _, name := range []string{"\x00", "\xff", "'", "a\x00"} {
		_, err := b.service.Tenant(ctx, name)
		requireKind(t, fault.NotFound, err)
		_, err = b.service.Server(ctx, b.tenant.ID, "cards", "production", name)
		requireKind(t, fault.NotFound, err)
		_, err = b.service.Account(ctx, b.tenant.ID, name)
		requireKind(t, fault.NotFound, err)
		requireKind(t, fault.NotFound, b.service.RevokeAPIKey(ctx, b.by, b.tenant.ID, "cards-server", name))
		_, err = b.service.CreateAccount(ctx, b.by, b.tenant.ID, tenants.NewAccount{Name: "x", Kind: tenants.Person,
			AccountSettings: tenants.AccountSettings{Roles: []tenants.RoleBinding{{Role: "operator", Solution: name}}}})
		requirePlaces(t, err, "roles[0]")
	}
}

func names[T any](items []T, name func(T) string) []string {
	result := make([]string, 0, len(items))
	for _, item := range items {
		result = append(result, name(item))
	}
	return result
}
