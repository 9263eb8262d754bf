package accessgroupspg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/accessgroups/accessgroupspg"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/businessprocesses/businessprocessespg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

const tenant = tenants.PlatformTenantID

var by = audit.Actor{Name: "ada"}

// bundle has accounts amira and bruno and processes dispute and loan.
type bundle struct {
	service *accessgroups.Service
	store   *accessgroupspg.Store
	log     audit.Log
	amira   tenants.Account
}

func setup(t *testing.T) *bundle {
	t.Helper()
	ctx := t.Context()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	accounts := tenants.NewService(tenantspg.New(db), nil, tenants.Options{})
	processes := businessprocesses.NewService(businessprocessespg.New(db), nil)
	store := accessgroupspg.New(db)
	b := &bundle{service: accessgroups.NewService(store), store: store, log: auditpg.New(db)}
	for _, name := range []tenants.Name{"bruno", "amira"} {
		account, err := accounts.CreateAccount(ctx, by, tenant, tenants.NewAccount{Name: name, Kind: tenants.Person})
		require.NoError(t, err)
		b.amira = account
	}
	for _, name := range []tenants.Name{"dispute", "loan"} {
		_, _, err := processes.PutDraft(ctx, by, tenant, name, tenants.AnyVersion, businessprocesses.Draft{Document: "x"})
		require.NoError(t, err)
	}
	return b
}

func requirePlaces(t *testing.T, err error, paths ...string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Invalid, f.Kind)
	have := make([]string, 0, len(f.Places))
	for _, p := range f.Places {
		have = append(have, p.Path)
	}
	require.Equal(t, paths, have)
}

func TestGroups(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := setup(t)
	made, err := b.service.Create(ctx, by, tenant, accessgroups.New{Name: "agents", Settings: accessgroups.Settings{
		DisplayName: "Agents", Members: []tenants.Name{"bruno", "amira", "bruno"}, Grants: []accessgroups.Grant{
			{Process: "loan", Actions: []accessgroups.Action{accessgroups.View}},
			{Process: "dispute", Actions: []accessgroups.Action{accessgroups.View, accessgroups.Handle}},
			{Process: "loan", Actions: []accessgroups.Action{accessgroups.Submit, accessgroups.View}},
		},
	}})
	require.NoError(t, err)
	require.Equal(t, []tenants.Name{"amira", "bruno"}, made.Members)
	require.Equal(t, []accessgroups.Grant{
		{Process: "dispute", Actions: []accessgroups.Action{accessgroups.Handle, accessgroups.View}},
		{Process: "loan", Actions: []accessgroups.Action{accessgroups.Submit, accessgroups.View}},
	}, made.Grants)
	stored, err := b.service.Get(ctx, tenant, "agents")
	require.NoError(t, err)
	require.Equal(t, made, stored)

	same, err := b.service.Update(ctx, by, tenant, "agents", 1, accessgroups.Settings{DisplayName: "Agents", Members: made.Members, Grants: made.Grants})
	require.NoError(t, err)
	require.Equal(t, made, same, "the same settings change nothing")
	changed, err := b.service.Update(ctx, by, tenant, "agents", 1, accessgroups.Settings{Members: []tenants.Name{"amira"}})
	require.NoError(t, err)
	stored, err = b.service.Get(ctx, tenant, "agents")
	require.NoError(t, err)
	require.Equal(t, changed, stored)
	require.Empty(t, stored.Grants)
	_, err = b.service.Update(ctx, by, tenant, "agents", 1, accessgroups.Settings{})
	require.True(t, fault.Is(err, fault.PreconditionFailed))
	_, err = b.service.Create(ctx, by, tenant, accessgroups.New{Name: "agents"})
	require.True(t, fault.Is(err, fault.Conflict))

	require.NoError(t, b.service.Delete(ctx, by, tenant, "agents", stored.Version))
	_, err = b.service.Get(ctx, tenant, "agents")
	require.True(t, fault.Is(err, fault.NotFound))
	events, err := b.log.List(ctx, string(tenant), audit.Filter{Resource: "access-groups/agents"}, paging.Request{})
	require.NoError(t, err)
	require.Len(t, events.Items, 3)
	require.Equal(t, "access-group.delete", events.Items[0].Action)
}

func TestCreateNamesEveryPlaceThatIsWrong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	create := func(input accessgroups.New) error {
		_, err := b.service.Create(t.Context(), by, tenant, input)
		return err
	}
	requirePlaces(t, create(accessgroups.New{Name: "agents", Settings: accessgroups.Settings{
		DisplayName: "\a", Members: []tenants.Name{"amira", "nobody"}, Grants: []accessgroups.Grant{
			{Process: "dispute"}, {Process: "missing", Actions: []accessgroups.Action{accessgroups.View, "fly", accessgroups.ManageTenant}},
		},
	}}), "displayName", "grants[0].actions", "grants[1].actions[1]", "grants[1].actions[2]", "members[1]", "grants[1].process")
	requirePlaces(t, create(accessgroups.New{Name: "account-amira", Settings: accessgroups.Settings{Members: []tenants.Name{"bruno"}}}), "members")
	requirePlaces(t, create(accessgroups.New{Name: "No"}), "name")
	list, err := b.service.List(t.Context(), tenant, paging.Request{})
	require.NoError(t, err)
	require.Empty(t, list.Items)
}

func TestGrantDirectly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := setup(t)
	grant := func(process tenants.Name, actions ...accessgroups.Action) (accessgroups.AccessGroup, error) {
		return b.service.GrantDirectly(ctx, by, tenant, accessgroups.DirectGrant{Account: "amira", Process: process, Actions: actions})
	}
	group, err := grant("dispute", accessgroups.View)
	require.NoError(t, err)
	require.Equal(t, "account-amira", group.Name)
	require.Equal(t, []tenants.Name{"amira"}, group.Members)
	again, err := grant("dispute", accessgroups.View)
	require.NoError(t, err)
	require.Equal(t, group, again)
	group, err = grant("dispute", accessgroups.Handle)
	require.NoError(t, err)
	require.Equal(t, []accessgroups.Action{accessgroups.Handle, accessgroups.View}, group.Grants[0].Actions)

	_, err = grant("missing", "fly")
	requirePlaces(t, err, "actions", "process")
	_, err = grant("dispute")
	requirePlaces(t, err, "actions")
	_, err = b.service.GrantDirectly(ctx, by, tenant, accessgroups.DirectGrant{Account: "nobody", Process: "dispute", Actions: []accessgroups.Action{accessgroups.View}})
	requirePlaces(t, err, "account")
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := setup(t)
	before, err := b.store.Revision(ctx, tenant)
	require.NoError(t, err)
	_, err = b.service.GrantDirectly(ctx, by, tenant, accessgroups.DirectGrant{Account: "amira", Process: "dispute", Actions: []accessgroups.Action{accessgroups.View}})
	require.NoError(t, err)
	policy, err := b.store.Policy(ctx, tenant)
	require.NoError(t, err)
	require.Equal(t, before+1, policy.Revision)
	require.Len(t, policy.Accounts, 2)
	require.True(t, policy.Permissions().May(b.amira.ID, accessgroups.View, "dispute"))
	require.False(t, policy.Permissions().May(b.amira.ID, accessgroups.Handle, "dispute"))
	_, err = b.store.Policy(ctx, tenants.NewID[tenants.TenantID]())
	require.True(t, fault.Is(err, fault.NotFound))
}
