package serverconfigurationpg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/accessgroups/accessgroupspg"
	"github.com/switchyard/switchyard/accessgroups/casbinauthz"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/businessprocesses/businessprocessespg"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/serverconfiguration"
	"github.com/switchyard/switchyard/serverconfiguration/serverconfigurationpg"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

// bundle is a tenant with solution "cards", its server, an agent, and the process
// "dispute", published, on real PostgreSQL.
type bundle struct {
	tenants        *tenants.Service
	groups         *accessgroups.Service
	processes      *businessprocesses.Service
	configurations *serverconfiguration.Configurations
	authorizer     *casbinauthz.Authorizer
	tenant         tenants.TenantID
	server         tenants.Server
	agent          tenants.Account
}

type anyDocument struct{}

func (anyDocument) Check(tenants.Name, []byte) error { return nil }

var by = audit.Actor{Name: "ada"}

func setup(t *testing.T) *bundle {
	t.Helper()
	ctx := t.Context()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	box, err := secret.NewBox(make([]byte, secret.KeySize))
	require.NoError(t, err)
	access := accessgroupspg.New(db)
	b := &bundle{
		tenants:        tenants.NewService(tenantspg.New(db), box, tenants.Options{Roles: accessgroups.RoleRules()}),
		groups:         accessgroups.NewService(access),
		processes:      businessprocesses.NewService(businessprocessespg.New(db), anyDocument{}),
		configurations: serverconfiguration.New(serverconfigurationpg.New(db), []configuration.VerificationKey{{ID: "k1", Public: make([]byte, 32)}}),
		authorizer:     casbinauthz.New(access),
	}
	tenant, err := b.tenants.CreateTenant(ctx, by, tenants.NewTenant{Name: "harborbank"})
	require.NoError(t, err)
	b.tenant = tenant.ID
	_, err = b.tenants.CreateSolution(ctx, by, b.tenant, tenants.NewSolution{Name: "cards"})
	require.NoError(t, err)
	_, err = b.tenants.CreateAccount(ctx, by, b.tenant, tenants.NewAccount{Name: "cards-server", Kind: tenants.Runner})
	require.NoError(t, err)
	b.agent, err = b.tenants.CreateAccount(ctx, by, b.tenant, tenants.NewAccount{
		Name: "amira", Kind: tenants.Person, AccountSettings: tenants.AccountSettings{
			DisplayName: "Amira", Agent: &tenants.Agent{Skills: map[string]int{"cards": 50}, Capacity: map[string]int{"chat": 2}},
		},
	})
	require.NoError(t, err)
	b.server, err = b.tenants.CreateServer(ctx, by, b.tenant, "cards", "production", tenants.NewServer{
		Name: "cards-1", ServerSettings: tenants.ServerSettings{Account: "cards-server", Node: "node-1"},
	})
	require.NoError(t, err)
	b.publish(t, "dispute", "document: 1")
	return b
}

func (b *bundle) publish(t *testing.T, name tenants.Name, document string) {
	t.Helper()
	_, _, err := b.processes.PutDraft(t.Context(), by, b.tenant, name, tenants.AnyVersion, businessprocesses.Draft{Document: document})
	require.NoError(t, err)
	_, _, err = b.processes.Publish(t.Context(), by, b.tenant, name, tenants.AnyVersion)
	require.NoError(t, err)
}

func (b *bundle) grant(t *testing.T, account, process tenants.Name, actions ...accessgroups.Action) {
	t.Helper()
	_, err := b.groups.GrantDirectly(t.Context(), by, b.tenant, accessgroups.DirectGrant{Account: account, Process: process, Actions: actions})
	require.NoError(t, err)
}

func (b *bundle) build(t *testing.T) configuration.Configuration {
	t.Helper()
	c, err := b.configurations.Build(t.Context(), b.tenant, b.server.Account, b.server.ID)
	require.NoError(t, err)
	return c
}

func TestBuild(t *testing.T) {
	t.Parallel()

	t.Run("HoldsWhatWasGrantedAndNothingElse", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		empty := b.build(t)
		require.Empty(t, empty.Processes, "deny by default")
		require.Empty(t, empty.Accounts)
		require.NotEmpty(t, empty.Revision)

		b.publish(t, "secret", "document: 2")
		b.grant(t, "cards-server", "dispute", accessgroups.Execute)
		b.grant(t, "amira", "dispute", accessgroups.View, accessgroups.Handle)
		b.grant(t, "amira", "secret", accessgroups.Submit)
		key, err := b.tenants.CreateAPIKey(t.Context(), by, b.tenant, "amira")
		require.NoError(t, err)

		c := b.build(t)
		require.Equal(t, configuration.Ref{ID: string(b.tenant), Name: "harborbank"}, c.Tenant)
		require.Equal(t, configuration.Ref{ID: string(b.server.ID), Name: "cards-1"}, c.Server)
		require.Equal(t, "production", c.Group.Name)
		require.Equal(t, "cards", c.Solution.Name)
		require.Equal(t, configuration.Ref{ID: string(b.server.Account), Name: "cards-server"}, c.Account)
		require.Len(t, c.Processes, 1)
		require.Equal(t, "dispute", c.Processes[0].Name)
		require.Equal(t, 1, c.Processes[0].Version)
		require.Equal(t, "document: 1", c.Processes[0].Document)
		require.Len(t, c.Accounts, 2)
		amira := c.Accounts[1]
		require.Equal(t, "amira", amira.Name)
		require.Equal(t, map[string][]string{"dispute": {"handle", "view"}, "secret": {"submit"}}, amira.Actions)
		require.Equal(t, map[string]int{"cards": 50}, amira.Agent.Skills)
		require.Equal(t, []configuration.APIKey{{ID: key.ID, Hash: key.Hash}}, amira.APIKeys)
	})

	t.Run("HasTheSameRevisionForTheSameContent", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.grant(t, "cards-server", "dispute", accessgroups.Execute)
		first := b.build(t)
		require.Equal(t, first, b.build(t))
		// A change of the tenant that this server need not know.
		_, err := b.tenants.UpdateTenant(t.Context(), by, b.tenant, tenants.AnyVersion, tenants.TenantSettings{DisplayName: "Harbor"})
		require.NoError(t, err)
		require.Equal(t, first, b.build(t))
	})

	t.Run("FollowsEveryRevocationAtOnce", func(t *testing.T) {
		t.Parallel()
		ctx := t.Context()
		b := setup(t)
		b.grant(t, "cards-server", "dispute", accessgroups.Execute)
		b.grant(t, "amira", "dispute", accessgroups.Handle)
		key, err := b.tenants.CreateAPIKey(ctx, by, b.tenant, "amira")
		require.NoError(t, err)
		require.Len(t, b.build(t).Accounts, 2)

		require.NoError(t, b.tenants.RevokeAPIKey(ctx, by, b.tenant, "amira", key.ID))
		require.Empty(t, b.build(t).Accounts[1].APIKeys)
		_, err = b.tenants.UpdateAccount(ctx, by, b.tenant, "amira", tenants.AnyVersion, tenants.AccountSettings{Disabled: true})
		require.NoError(t, err)
		require.Len(t, b.build(t).Accounts, 1)

		_, err = b.processes.Retire(ctx, by, b.tenant, "dispute", tenants.AnyVersion)
		require.NoError(t, err)
		require.Empty(t, b.build(t).Processes)
		b.publish(t, "dispute", "document: 1")
		require.Equal(t, 1, b.build(t).Processes[0].Version, "the same content is the same version")
		b.publish(t, "dispute", "document: 3")
		require.Equal(t, 2, b.build(t).Processes[0].Version)

		require.NoError(t, b.groups.Delete(ctx, by, b.tenant, accessgroups.OwnGroup("cards-server"), tenants.AnyVersion))
		require.Empty(t, b.build(t).Processes)
	})

	t.Run("KeepsAgentsOfTheSolutionWhoMayDoNothingAnyMore", func(t *testing.T) {
		t.Parallel()
		ctx := t.Context()
		b := setup(t)
		settings := tenants.AccountSettings{Agent: b.agent.Agent, Roles: []tenants.RoleBinding{{Role: "agent", Solution: "cards"}}}
		_, err := b.tenants.UpdateAccount(ctx, by, b.tenant, "amira", tenants.AnyVersion, settings)
		require.NoError(t, err)
		key, err := b.tenants.CreateAPIKey(ctx, by, b.tenant, "amira")
		require.NoError(t, err)
		b.grant(t, "amira", "dispute", accessgroups.Handle)
		require.Len(t, b.build(t).Accounts, 1)

		require.NoError(t, b.groups.Delete(ctx, by, b.tenant, accessgroups.OwnGroup("amira"), tenants.AnyVersion))
		kept := b.build(t).Accounts
		require.Len(t, kept, 1)
		require.Empty(t, kept[0].Actions)
		require.Equal(t, []configuration.APIKey{{ID: key.ID, Hash: key.Hash}}, kept[0].APIKeys)

		settings.Disabled = true
		_, err = b.tenants.UpdateAccount(ctx, by, b.tenant, "amira", tenants.AnyVersion, settings)
		require.NoError(t, err)
		require.Empty(t, b.build(t).Accounts)
	})

	t.Run("HoldsTheTouchpointsOfTheSolution", func(t *testing.T) {
		t.Parallel()
		ctx := t.Context()
		b := setup(t)
		for name, solution := range map[tenants.Name]tenants.Name{"web-shop": "cards", "any-shop": "", "loan-shop": "loans"} {
			if solution == "loans" {
				_, err := b.tenants.CreateSolution(ctx, by, b.tenant, tenants.NewSolution{Name: "loans"})
				require.NoError(t, err)
			}
			_, err := b.tenants.CreateAccount(ctx, by, b.tenant, tenants.NewAccount{Name: name, Kind: tenants.Machine,
				AccountSettings: tenants.AccountSettings{Roles: []tenants.RoleBinding{{Role: "touchpoint", Solution: solution}}}})
			require.NoError(t, err)
		}
		key, err := b.tenants.CreateAPIKey(ctx, by, b.tenant, "web-shop")
		require.NoError(t, err)
		b.grant(t, "loan-shop", "dispute", accessgroups.Submit)
		runtime := map[string]bool{}
		for _, account := range b.build(t).Accounts {
			runtime[account.Name] = account.Runtime
			if account.Name == "web-shop" {
				require.Equal(t, []configuration.APIKey{{ID: key.ID, Hash: key.Hash}}, account.APIKeys)
				require.Empty(t, account.Actions)
			}
		}
		require.Equal(t, map[string]bool{"web-shop": true, "any-shop": true, "loan-shop": false}, runtime)

		_, err = b.tenants.UpdateAccount(ctx, by, b.tenant, "web-shop", tenants.AnyVersion, tenants.AccountSettings{Disabled: true,
			Roles: []tenants.RoleBinding{{Role: "touchpoint", Solution: "cards"}}})
		require.NoError(t, err)
		_, err = b.tenants.UpdateAccount(ctx, by, b.tenant, "any-shop", tenants.AnyVersion, tenants.AccountSettings{})
		require.NoError(t, err)
		for _, account := range b.build(t).Accounts {
			require.False(t, account.Runtime, account.Name)
			require.Equal(t, "loan-shop", account.Name)
		}
	})

	t.Run("HoldsThoseWhoOperateTheSolution", func(t *testing.T) {
		t.Parallel()
		ctx := t.Context()
		b := setup(t)
		_, err := b.tenants.CreateSolution(ctx, by, b.tenant, tenants.NewSolution{Name: "loans"})
		require.NoError(t, err)
		for name, role := range map[tenants.Name]tenants.RoleBinding{
			"olga": {Role: "operator", Solution: "cards"}, "otto": {Role: "operator", Solution: "loans"}, "boss": {Role: "tenant-admin"},
			"dora": {Role: "designer", Solution: "cards"},
		} {
			_, err := b.tenants.CreateAccount(ctx, by, b.tenant, tenants.NewAccount{Name: name, Kind: tenants.Person,
				AccountSettings: tenants.AccountSettings{Roles: []tenants.RoleBinding{role}}})
			require.NoError(t, err)
		}
		b.grant(t, "otto", "dispute", accessgroups.Submit)
		operate := map[string]bool{}
		for _, account := range b.build(t).Accounts {
			operate[account.Name] = account.Operate
			require.False(t, account.Runtime)
		}
		require.Equal(t, map[string]bool{"olga": true, "boss": true, "otto": false}, operate)
	})

	t.Run("IsForTheServersOwnAccountOnly", func(t *testing.T) {
		t.Parallel()
		ctx := t.Context()
		b := setup(t)
		_, foreign := b.configurations.Build(ctx, b.tenant, b.agent.ID, b.server.ID)
		_, missing := b.configurations.Build(ctx, b.tenant, b.server.Account, tenants.NewID[tenants.ServerID]())
		require.Equal(t, fault.NotFound, fault.KindOf(foreign))
		require.Equal(t, missing, foreign)
		_, err := b.configurations.Build(ctx, b.tenant, b.server.Account, "no id")
		require.Equal(t, missing, err)
		other, err := b.tenants.CreateTenant(ctx, by, tenants.NewTenant{Name: "zebra"})
		require.NoError(t, err)
		_, err = b.configurations.Build(ctx, other.ID, b.server.Account, b.server.ID)
		require.Equal(t, missing, err)

		b.build(t)
		_, err = b.tenants.UpdateAccount(ctx, by, b.tenant, "cards-server", tenants.AnyVersion, tenants.AccountSettings{Disabled: true})
		require.NoError(t, err)
		_, err = b.configurations.Build(ctx, b.tenant, b.server.Account, b.server.ID)
		require.Equal(t, missing, err, "a token outlives the account that was disabled")
	})
}

func TestAuthorizerFollowsThePolicyAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handles := func() bool {
		t.Helper()
		allowed, err := b.authorizer.Allowed(t.Context(), accessgroups.Subject{Tenant: b.tenant, Account: b.agent.ID},
			accessgroups.Handle, accessgroups.Object{Tenant: b.tenant, Process: "dispute"})
		require.NoError(t, err)
		return allowed
	}
	require.False(t, handles())
	b.grant(t, "amira", "dispute", accessgroups.Handle)
	require.True(t, handles())
	require.NoError(t, b.groups.Delete(t.Context(), by, b.tenant, accessgroups.OwnGroup("amira"), tenants.AnyVersion))
	require.False(t, handles())
}
