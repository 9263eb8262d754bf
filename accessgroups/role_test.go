package accessgroups_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	t.Run("GrantNoActionOnABusinessProcess", func(t *testing.T) {
		t.Parallel()
		for role := range accessgroups.RoleRules() {
			for _, action := range accessgroups.ActionsOf(accessgroups.Role(role)) {
				require.NotContains(t, accessgroups.ProcessActions, action, role)
			}
		}
	})
	t.Run("ThatExistGrantSomething", func(t *testing.T) {
		t.Parallel()
		for role := range accessgroups.RoleRules() {
			require.NotEmpty(t, accessgroups.ActionsOf(accessgroups.Role(role)), role)
		}
	})
	t.Run("AreFoundByWhatTheyGrant", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []accessgroups.Role{accessgroups.Touchpoint}, accessgroups.RolesWith(accessgroups.CallRuntime))
		require.Equal(t, []accessgroups.Role{
			accessgroups.Deployer, accessgroups.Operator, accessgroups.PlatformAdmin, accessgroups.TenantAdmin, accessgroups.WorkflowEngineer,
		}, accessgroups.RolesWith(accessgroups.OperateSolutions))
		require.Empty(t, accessgroups.RolesWith(accessgroups.Submit))
	})
	t.Run("ServersRoleCannotBeBound", func(t *testing.T) {
		t.Parallel()
		require.NotContains(t, accessgroups.RoleRules(), "server")
	})
}
