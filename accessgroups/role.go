package accessgroups

import (
	"slices"

	"github.com/switchyard/switchyard/tenants"
)

// roleActions are what each role may do; where it may, the binding says. No role
// grants an action on a business process: access groups alone do.
var roleActions = map[Role][]Action{
	PlatformAdmin: {
		ManageTenants, ViewTenant, ManageTenant, ViewSolutions, ManageSolutions, OperateSolutions, ViewAccounts,
		ManageAccounts, ViewAccess, ManageAccess, ViewProcesses, ManageProcesses, ViewSharedDesign, ViewDesign, ManageDesign,
		Deploy, ViewHistory, ViewAudit, ViewNodes,
	},
	NodeRole: {RunNode},
	TenantAdmin: {
		ViewTenant, ManageTenant, ViewSolutions, ManageSolutions, OperateSolutions, ViewAccounts, ManageAccounts,
		ViewAccess, ManageAccess, ViewProcesses, ManageProcesses, ViewSharedDesign, ViewDesign, ManageDesign, Deploy, ViewHistory,
		ViewAudit,
	},
	Designer: {
		ViewTenant, ViewSolutions, ViewAccounts, ViewAccess, ViewProcesses, ManageProcesses, ViewSharedDesign, ViewDesign, ManageDesign,
		ViewHistory,
	},
	Deployer: {ViewTenant, ViewSolutions, OperateSolutions, ViewProcesses, ViewSharedDesign, ViewDesign, Deploy},
	Operator: {
		ViewTenant, ViewSolutions, OperateSolutions, ViewAccounts, ViewAccess, ViewProcesses, ViewSharedDesign, ViewDesign, Deploy,
		ViewHistory,
	},
	WorkflowEngineer: {ViewTenant, ViewSolutions, OperateSolutions, ViewProcesses, ViewSharedDesign, ViewDesign},
	AgentRole:        {ViewTenant},
	Touchpoint:       {CallRuntime},
	Auditor:          {ViewTenant, ViewSolutions, ViewAccounts, ViewAccess, ViewProcesses, ViewSharedDesign, ViewDesign, ViewHistory, ViewAudit},
	serverRole:       {ReadOwnServer},
}

// TenantWide reports whether an action counts in the whole tenant also for whom
// its role was bound to one solution alone: what the channels of all solutions are
// made of can be read by every team.
func TenantWide(action Action) bool { return action == ViewSharedDesign }

// serverRole is what every account of kind server has. It cannot be bound.
const serverRole Role = "server"

// ActionsOf returns what a role may do.
func ActionsOf(role Role) []Action { return slices.Clone(roleActions[role]) }

// RoleRules says for tenants.Options where each role may be bound.
func RoleRules() map[string]tenants.RoleRule {
	return map[string]tenants.RoleRule{
		string(PlatformAdmin):    {PlatformOnly: true},
		string(NodeRole):         {PlatformOnly: true},
		string(TenantAdmin):      {},
		string(Designer):         {PerSolution: true},
		string(Deployer):         {PerSolution: true},
		string(Operator):         {PerSolution: true},
		string(WorkflowEngineer): {PerSolution: true},
		string(AgentRole):        {PerSolution: true},
		string(Touchpoint):       {PerSolution: true},
		string(Auditor):          {PerSolution: true},
	}
}

// Bound reports whether one of the bindings gives the role in a solution.
func Bound(roles []tenants.RoleBinding, role Role, solution tenants.Name) bool {
	return slices.ContainsFunc(roles, func(b tenants.RoleBinding) bool {
		return b.Role == string(role) && (b.Solution == "" || b.Solution == solution)
	})
}

// RolesWith returns the roles that grant an action, sorted.
func RolesWith(action Action) []Role {
	var roles []Role
	for role, actions := range roleActions {
		if slices.Contains(actions, action) {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return roles
}

// RolesOf returns the roles that an account has, those of its kind among them.
func RolesOf(account PolicyAccount) []tenants.RoleBinding {
	if account.Kind == tenants.Runner {
		return append(slices.Clone(account.Roles), tenants.RoleBinding{Role: string(serverRole)})
	}
	return account.Roles
}
