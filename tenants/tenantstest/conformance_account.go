package tenantstest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

func testAccounts(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	b.solution(t, "cards")
	made, err := b.service.CreateAccount(ctx, b.by, b.tenant.ID, tenants.NewAccount{
		Name: "amira", Kind: tenants.Person, AccountSettings: tenants.AccountSettings{
			DisplayName: "Amira Haddad",
			Roles:       []tenants.RoleBinding{{Role: "designer"}, {Role: "operator", Solution: "cards"}},
			Agent:       &tenants.Agent{Skills: map[string]int{"cards": 80}, Groups: []string{"night", "day", "day"}, Capacity: map[string]int{"chat": 2}},
		},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"day", "night"}, made.Agent.Groups)
	stored, err := b.service.Account(ctx, b.tenant.ID, "amira")
	require.NoError(t, err)
	require.Equal(t, made, stored)

	wrong := tenants.NewAccount{Name: "Bo b", Kind: "robot", AccountSettings: tenants.AccountSettings{
		Roles: []tenants.RoleBinding{{Role: "king"}, {Role: "platform-admin"}, {Role: "operator", Solution: "loans"},
			{Role: "designer", Solution: "cards"}, {Role: "designer"}, {Role: "designer"}},
		Agent: &tenants.Agent{Skills: map[string]int{"x": 101}, Capacity: map[string]int{"chat": -1}},
	}}
	_, err = b.service.CreateAccount(ctx, b.by, b.tenant.ID, wrong)
	requirePlaces(t, err, "name", "kind", "agent", "agent.skills.x", "agent.capacity.chat",
		"roles[0]", "roles[1]", "roles[2]", "roles[3]", "roles[5]")
	_, err = b.service.CreateAccount(ctx, b.by, b.tenant.ID, tenants.NewAccount{Name: "node-1", Kind: tenants.Host})
	requirePlaces(t, err, "kind")
	_, err = b.service.CreateAccount(ctx, b.by, b.tenant.ID, tenants.NewAccount{Name: "amira", Kind: tenants.Person})
	requireKind(t, fault.Conflict, err)

	changed, err := b.service.UpdateAccount(ctx, b.by, b.tenant.ID, "amira", 1, tenants.AccountSettings{Disabled: true})
	require.NoError(t, err)
	require.Nil(t, changed.Agent)
	stored, err = b.service.Account(ctx, b.tenant.ID, "amira")
	require.NoError(t, err)
	require.Equal(t, changed, stored)
	_, err = b.service.UpdateAccount(ctx, b.by, b.tenant.ID, "amira", 1, tenants.AccountSettings{})
	requireKind(t, fault.PreconditionFailed, err)
}

func testAPIKeys(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	gateway := b.account(t, "gateway", tenants.Machine)
	key, err := b.service.CreateAPIKey(ctx, b.by, b.tenant.ID, "gateway")
	require.NoError(t, err)
	account, err := b.service.AuthenticateAPIKey(ctx, key.Text)
	require.NoError(t, err)
	require.Equal(t, gateway, account)

	forged := key.Text[:len(key.Text)-1] + flip(key.Text[len(key.Text)-1])
	for _, text := range []string{forged, authentication.NewAPIKey().Text, "", "swk_", "\x00"} {
		_, err = b.service.AuthenticateAPIKey(ctx, text)
		requireKind(t, fault.Unauthenticated, err)
	}

	keys, err := b.service.APIKeys(ctx, b.tenant.ID, "gateway")
	require.NoError(t, err)
	require.Equal(t, []tenants.APIKey{key.APIKey}, keys)
	_, err = b.service.UpdateAccount(ctx, b.by, b.tenant.ID, "gateway", tenants.AnyVersion, tenants.AccountSettings{Disabled: true})
	require.NoError(t, err)
	_, err = b.service.AuthenticateAPIKey(ctx, key.Text)
	requireKind(t, fault.Unauthenticated, err)
	_, err = b.service.UpdateAccount(ctx, b.by, b.tenant.ID, "gateway", tenants.AnyVersion, tenants.AccountSettings{})
	require.NoError(t, err)

	b.account(t, "other", tenants.Machine)
	requireKind(t, fault.NotFound, b.service.RevokeAPIKey(ctx, b.by, b.tenant.ID, "other", key.ID))
	require.NoError(t, b.service.RevokeAPIKey(ctx, b.by, b.tenant.ID, "gateway", key.ID))
	requireKind(t, fault.NotFound, b.service.RevokeAPIKey(ctx, b.by, b.tenant.ID, "gateway", key.ID))
	_, err = b.service.AuthenticateAPIKey(ctx, key.Text)
	requireKind(t, fault.Unauthenticated, err)
	for range 20 {
		_, err = b.service.CreateAPIKey(ctx, b.by, b.tenant.ID, "gateway")
		require.NoError(t, err)
	}
	_, err = b.service.CreateAPIKey(ctx, b.by, b.tenant.ID, "gateway")
	requireKind(t, fault.Conflict, err)
}

func testPasswords(t *testing.T, b *bundle) {
	t.Helper()
	ctx := t.Context()
	amira := b.account(t, "amira", tenants.Person)
	b.account(t, "gateway", tenants.Machine)
	const password = "correct horse battery"
	requirePlaces(t, b.service.SetPassword(ctx, b.by, b.tenant.ID, "amira", "too short"), "password")
	requireKind(t, fault.Conflict, b.service.SetPassword(ctx, b.by, b.tenant.ID, "gateway", password))
	requireKind(t, fault.NotFound, b.service.SetPassword(ctx, b.by, b.tenant.ID, "nobody", password))
	require.NoError(t, b.service.SetPassword(ctx, b.by, b.tenant.ID, "amira", password))
	require.NoError(t, b.service.SetPassword(ctx, b.by, b.tenant.ID, "amira", password+"!"), "a password can be changed")

	account, err := b.service.Authenticate(ctx, "harborbank", "amira", password+"!")
	require.NoError(t, err)
	require.Equal(t, amira, account)
	for _, login := range [][3]string{
		{"harborbank", "amira", password}, {"harborbank", "gateway", password}, {"harborbank", "nobody", password},
		{"platform", "amira", password + "!"}, {"nowhere", "amira", password + "!"}, {"harborbank", "\x00", password},
	} {
		_, err = b.service.Authenticate(ctx, login[0], login[1], login[2])
		requireKind(t, fault.Unauthenticated, err)
	}
	_, err = b.service.UpdateAccount(ctx, b.by, b.tenant.ID, "amira", tenants.AnyVersion, tenants.AccountSettings{Disabled: true})
	require.NoError(t, err)
	_, err = b.service.Authenticate(ctx, "harborbank", "amira", password+"!")
	requireKind(t, fault.Unauthenticated, err)
}

func flip(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}
