package casbinauthz_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/accessgroups/casbinauthz"
	"github.com/switchyard/switchyard/tenants"
)

// source is a policy in memory.
type source struct {
	mu       sync.Mutex
	policies map[tenants.TenantID]accessgroups.Policy
	err      error
	loads    int
}

func (s *source) Revision(_ context.Context, tenant tenants.TenantID) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	policy, ok := s.policies[tenant]
	if !ok {
		return 0, tenants.NotFound("tenant")
	}
	return policy.Revision, nil
}

func (s *source) Policy(_ context.Context, tenant tenants.TenantID) (accessgroups.Policy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	return s.policies[tenant], s.err
}

func (s *source) set(policy accessgroups.Policy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[policy.Tenant] = policy
}

const (
	bank  tenants.TenantID = "bank"
	zebra tenants.TenantID = "zebra"
)

func account(id tenants.AccountID, roles ...tenants.RoleBinding) accessgroups.PolicyAccount {
	return accessgroups.PolicyAccount{ID: id, Kind: tenants.Person, Roles: roles}
}

func newSource() *source {
	role := func(role accessgroups.Role, solution tenants.Name) tenants.RoleBinding {
		return tenants.RoleBinding{Role: string(role), Solution: solution}
	}
	return &source{policies: map[tenants.TenantID]accessgroups.Policy{
		bank: {Tenant: bank, Revision: 1, Accounts: []accessgroups.PolicyAccount{
			account("admin", role(accessgroups.TenantAdmin, "")),
			account("operator", role(accessgroups.Operator, "cards")),
			account("impostor", role(accessgroups.PlatformAdmin, ""), role(accessgroups.NodeRole, "")),
			account("agent"), account("nobody"),
			{ID: "runner", Kind: tenants.Runner},
		}, Groups: []accessgroups.PolicyGroup{
			{ID: "g1", Members: []tenants.AccountID{"agent", "runner", "disabled"}, Grants: []accessgroups.Grant{
				{Process: "dispute", Actions: []accessgroups.Action{accessgroups.Handle, accessgroups.View}},
			}},
		}},
		zebra: {Tenant: zebra, Revision: 1, Accounts: []accessgroups.PolicyAccount{account("zed", role(accessgroups.TenantAdmin, ""))}},
		tenants.PlatformTenantID: {Tenant: tenants.PlatformTenantID, Revision: 1, Accounts: []accessgroups.PolicyAccount{
			account("root", role(accessgroups.PlatformAdmin, "")),
			{ID: "node-1", Kind: tenants.Host, Roles: []tenants.RoleBinding{role(accessgroups.NodeRole, "")}},
		}},
	}}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	platform := accessgroups.Object{Tenant: tenants.PlatformTenantID}
	inBank := accessgroups.Object{Tenant: bank}
	cards := accessgroups.Object{Tenant: bank, Solution: "cards"}
	dispute := accessgroups.Object{Tenant: bank, Process: "dispute"}
	authorizer := casbinauthz.New(newSource())
	for _, test := range []struct {
		name    string
		home    tenants.TenantID
		account tenants.AccountID
		action  accessgroups.Action
		object  accessgroups.Object
		want    bool
	}{
		{"TenantAdminManagesAccounts", bank, "admin", accessgroups.ManageAccounts, inBank, true},
		{"TenantAdminOperatesAnySolution", bank, "admin", accessgroups.OperateSolutions, cards, true},
		{"TenantAdminHandlesNothing", bank, "admin", accessgroups.Handle, dispute, false},
		{"TenantAdminIsNobodyElsewhere", zebra, "zed", accessgroups.ViewTenant, inBank, false},
		{"TenantAdminManagesNoTenants", bank, "admin", accessgroups.ManageTenants, platform, false},
		{"OperatorOperatesItsSolution", bank, "operator", accessgroups.OperateSolutions, cards, true},
		{"OperatorOperatesNoOtherSolution", bank, "operator", accessgroups.OperateSolutions, accessgroups.Object{Tenant: bank, Solution: "loans"}, false},
		{"OperatorOfOneSolutionSeesNotTheTenant", bank, "operator", accessgroups.ViewSolutions, inBank, false},
		{"MemberHandles", bank, "agent", accessgroups.Handle, dispute, true},
		{"MemberMayNotDoWhatIsNotGranted", bank, "agent", accessgroups.Stop, dispute, false},
		{"MemberHandlesNoOtherProcess", bank, "agent", accessgroups.Handle, accessgroups.Object{Tenant: bank, Process: "loan"}, false},
		{"MemberHandlesNotInOtherTenants", bank, "agent", accessgroups.Handle, accessgroups.Object{Tenant: zebra, Process: "dispute"}, false},
		{"NobodyMayNothing", bank, "nobody", accessgroups.View, dispute, false},
		{"DisabledMayNothing", bank, "disabled", accessgroups.View, dispute, false},
		{"ServerReadsItsConfiguration", bank, "runner", accessgroups.ReadOwnServer, inBank, true},
		{"AgentReadsNoConfiguration", bank, "agent", accessgroups.ReadOwnServer, inBank, false},
		{"PlatformAdminActsEverywhere", tenants.PlatformTenantID, "root", accessgroups.ManageSolutions, cards, true},
		{"PlatformAdminManagesTenants", tenants.PlatformTenantID, "root", accessgroups.ManageTenants, platform, true},
		{"PlatformRolesCountInThePlatformOnly", bank, "impostor", accessgroups.ManageTenants, platform, false},
		{"PlatformRolesCountInThePlatformOnlyForNodes", bank, "impostor", accessgroups.RunNode, inBank, false},
		{"NodeRuns", tenants.PlatformTenantID, "node-1", accessgroups.RunNode, platform, true},
		{"NodeSeesNoTenant", tenants.PlatformTenantID, "node-1", accessgroups.ViewTenant, inBank, false},
		{"UnknownTenantIsDenied", "nowhere", "root", accessgroups.ViewTenant, inBank, false},
		{"UnknownActionIsDenied", bank, "admin", "fly", inBank, false},
		{"NoWildcardsInRequests", bank, "operator", accessgroups.OperateSolutions, accessgroups.Object{Tenant: bank, Solution: "*"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := authorizer.Allowed(t.Context(), accessgroups.Subject{Tenant: test.home, Account: test.account}, test.action, test.object)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestPolicyChange(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newSource()
	authorizer := casbinauthz.New(s)
	asks := func() (bool, error) {
		return authorizer.Allowed(ctx, accessgroups.Subject{Tenant: bank, Account: "agent"}, accessgroups.Handle,
			accessgroups.Object{Tenant: bank, Process: "dispute"})
	}
	allowed, err := asks()
	require.NoError(t, err)
	require.True(t, allowed)
	_, err = asks()
	require.NoError(t, err)
	require.Equal(t, 1, s.loads, "one load per revision")

	revoked := s.policies[bank]
	revoked.Revision, revoked.Groups = 2, nil
	s.set(revoked)
	s.err = errors.New("database is away")
	allowed, err = asks()
	require.Error(t, err)
	require.False(t, allowed, "what cannot be loaded is denied")
	s.err = nil
	allowed, err = asks()
	require.NoError(t, err)
	require.False(t, allowed)
}

func TestAllowedFromManyGoroutines(t *testing.T) {
	t.Parallel()
	s := newSource()
	authorizer := casbinauthz.New(s)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 50 {
				if i == 0 {
					next := s.policies[bank]
					next.Revision++
					s.set(next)
				}
				allowed, err := authorizer.Allowed(t.Context(), accessgroups.Subject{Tenant: bank, Account: "agent"},
					accessgroups.View, accessgroups.Object{Tenant: bank, Process: "dispute"})
				if err != nil || !allowed {
					t.Errorf("allowed %v, error %v", allowed, err)
				}
			}
		})
	}
	wait.Wait()
}

// TestPermissions holds the set that servers get against what Casbin decides.
func TestPermissions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := func(prefix string) *rapid.Generator[string] {
			return rapid.Map(rapid.IntRange(0, 2), func(i int) string { return fmt.Sprint(prefix, i) })
		}
		actions := rapid.SliceOfNDistinct(rapid.SampledFrom(accessgroups.ProcessActions), 1, 4, rapid.ID)
		policy := accessgroups.Policy{Tenant: bank, Revision: 1}
		for _, id := range rapid.SliceOfDistinct(name("account-"), rapid.ID).Draw(t, "enabled") {
			policy.Accounts = append(policy.Accounts, account(tenants.AccountID(id)))
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "groups") {
			group := accessgroups.PolicyGroup{ID: fmt.Sprint("group-", i)}
			for _, id := range rapid.SliceOfDistinct(name("account-"), rapid.ID).Draw(t, "members") {
				group.Members = append(group.Members, tenants.AccountID(id)) // enabled or not
			}
			for _, process := range rapid.SliceOfDistinct(name("process-"), rapid.ID).Draw(t, "processes") {
				group.Grants = append(group.Grants, accessgroups.Grant{Process: process, Actions: actions.Draw(t, "actions")})
			}
			policy.Groups = append(policy.Groups, group)
		}
		authorizer := casbinauthz.New(&source{policies: map[tenants.TenantID]accessgroups.Policy{bank: policy}})
		permissions := policy.Permissions()
		for i := range 3 {
			for j := range 3 {
				for _, action := range accessgroups.ProcessActions {
					id, process := tenants.AccountID(fmt.Sprint("account-", i)), fmt.Sprint("process-", j)
					allowed, err := authorizer.Allowed(context.Background(), accessgroups.Subject{Tenant: bank, Account: id}, action,
						accessgroups.Object{Tenant: bank, Process: process})
					if err != nil || allowed != permissions.May(id, action, process) {
						t.Fatalf("%s may %s %s: Casbin says %v (%v), the set %v", id, action, process, allowed, err, !allowed)
					}
				}
			}
		}
	})
}
