package accessgroups

import "github.com/switchyard/switchyard/tenants"

// RoleRules says for tenants.Options where each role may be given.
func RoleRules() map[string]tenants.RoleRule {
	return map[string]tenants.RoleRule{
		string(PlatformAdmin):    {PlatformOnly: true},
		string(NodeRole):         {PlatformOnly: true},
		string(TenantAdmin):      {},
		string(Designer):         {},
		string(Deployer):         {PerSolution: true},
		string(Operator):         {PerSolution: true},
		string(WorkflowEngineer): {PerSolution: true},
		string(AgentRole):        {PerSolution: true},
		string(Auditor):          {PerSolution: true},
	}
}
