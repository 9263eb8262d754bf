package accessgroups

import (
	"slices"

	"github.com/switchyard/switchyard/tenants"
)

// Policy is all that is granted in one tenant. Accounts that are disabled are not
// in it, so that nothing is allowed to them.
type Policy struct {
	Tenant tenants.TenantID
	// Revision is the tenant's; a policy of a later one may differ.
	Revision int64
	Accounts []PolicyAccount
	Groups   []PolicyGroup
}

// PolicyAccount is an account as far as it matters to the policy.
type PolicyAccount struct {
	ID    tenants.AccountID
	Kind  tenants.AccountKind
	Roles []tenants.RoleBinding
}

// PolicyGroup is an access group with the ids of its members.
type PolicyGroup struct {
	ID      string
	Members []tenants.AccountID
	Grants  []Grant
}

// Permissions are the actions per account and business process, sorted.
type Permissions map[tenants.AccountID]map[tenants.Name][]Action

// Permissions returns what the access groups come to, all at once: what Authorizer
// answers for each account, action and process.
func (p Policy) Permissions() Permissions {
	enabled := make(map[tenants.AccountID]bool, len(p.Accounts))
	for _, account := range p.Accounts {
		enabled[account.ID] = true
	}
	result := Permissions{}
	for _, group := range p.Groups {
		for _, member := range group.Members {
			if !enabled[member] {
				continue
			}
			for _, grant := range group.Grants {
				result.add(member, grant)
			}
		}
	}
	for _, processes := range result {
		for process, actions := range processes {
			slices.Sort(actions)
			processes[process] = slices.Compact(actions)
		}
	}
	return result
}

func (p Permissions) add(account tenants.AccountID, grant Grant) {
	if p[account] == nil {
		p[account] = map[tenants.Name][]Action{}
	}
	p[account][grant.Process] = append(p[account][grant.Process], grant.Actions...)
}

// May reports whether an action on a process is allowed.
func (p Permissions) May(account tenants.AccountID, action Action, process tenants.Name) bool {
	_, found := slices.BinarySearch(p[account][process], action)
	return found
}
