package serverconfiguration

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// Material is what a configuration is made of.
type Material struct {
	Tenant   configuration.Ref
	Solution configuration.Ref
	Group    configuration.Ref
	Server   configuration.Ref
	// Account is whom the server runs as.
	Account configuration.Ref
	Policy  accessgroups.Policy
	// Callers has at least every account to which the policy allows something on a
	// process, and the solution's enabled agents and touchpoints, with their keys.
	Callers []Caller
	// Processes has at least the newest version of every process in service that
	// the server's account may execute.
	Processes []configuration.Process
}

// Caller is an account with its API keys.
type Caller struct {
	Account tenants.Account
	APIKeys []tenants.APIKey
}

// Compose makes the configuration. The same material and keys give the same
// configuration, byte for byte.
func Compose(material Material, keys []configuration.VerificationKey) (configuration.Configuration, error) {
	permissions := material.Policy.Permissions()
	composed := configuration.Configuration{
		Tenant: material.Tenant, Solution: material.Solution, Group: material.Group, Server: material.Server,
		Account: material.Account, Keys: keys,
		Processes: executable(material, permissions), Accounts: accounts(material, permissions),
	}
	canonical, err := json.Marshal(composed) // fields in order, maps sorted by key
	if err != nil {
		return configuration.Configuration{}, err
	}
	sum := sha256.Sum256(canonical)
	composed.Revision = hex.EncodeToString(sum[:])
	return composed, nil
}

// executable returns the processes that the server's account may execute.
func executable(material Material, permissions accessgroups.Permissions) []configuration.Process {
	processes := []configuration.Process{}
	for _, process := range material.Processes {
		if permissions.May(tenants.AccountID(material.Account.ID), accessgroups.Execute, process.Name) {
			processes = append(processes, process)
		}
	}
	slices.SortFunc(processes, func(a, b configuration.Process) int { return cmp.Compare(a.Name, b.Name) })
	return processes
}

// accounts returns all to whom something is allowed, also on processes that this
// server was not granted: it tells "not granted to the server" from "not yours".
// The solution's agents are among them also when nothing is allowed to them any
// more, so that they can finish what they handle, its touchpoints, and those who
// operate it.
func accounts(material Material, permissions accessgroups.Permissions) []configuration.Account {
	accounts := []configuration.Account{}
	for _, caller := range material.Callers {
		allowed := permissions[caller.Account.ID]
		runtime := isTouchpointOf(caller.Account, material.Solution.Name)
		operate := operates(caller.Account, material.Solution.Name)
		if len(allowed) > 0 || runtime || operate || isAgentOf(caller.Account, material.Solution.Name) {
			composed := account(caller, allowed)
			composed.Runtime, composed.Operate = runtime, operate
			accounts = append(accounts, composed)
		}
	}
	slices.SortFunc(accounts, func(a, b configuration.Account) int { return cmp.Compare(a.ID, b.ID) })
	return accounts
}

func isAgentOf(account tenants.Account, solution tenants.Name) bool {
	return account.Agent != nil && !account.Disabled && accessgroups.Bound(account.Roles, accessgroups.AgentRole, solution)
}

func isTouchpointOf(account tenants.Account, solution tenants.Name) bool {
	return !account.Disabled && accessgroups.Bound(account.Roles, accessgroups.Touchpoint, solution)
}

func operates(account tenants.Account, solution tenants.Name) bool {
	return !account.Disabled && slices.ContainsFunc(accessgroups.RolesWith(accessgroups.OperateSolutions), func(role accessgroups.Role) bool {
		return accessgroups.Bound(account.Roles, role, solution)
	})
}

func account(caller Caller, allowed map[tenants.Name][]accessgroups.Action) configuration.Account {
	result := configuration.Account{
		Ref:         configuration.Ref{ID: string(caller.Account.ID), Name: caller.Account.Name},
		DisplayName: caller.Account.DisplayName,
		Actions:     make(map[string][]string, len(allowed)),
	}
	for process, actions := range allowed {
		for _, action := range actions {
			result.Actions[process] = append(result.Actions[process], string(action))
		}
	}
	if agent := caller.Account.Agent; agent != nil {
		result.Agent = &configuration.Agent{
			Skills: maps.Clone(agent.Skills), Groups: slices.Clone(agent.Groups), Capacity: maps.Clone(agent.Capacity),
		}
	}
	for _, key := range caller.APIKeys {
		result.APIKeys = append(result.APIKeys, configuration.APIKey{ID: key.ID, Hash: key.Hash})
	}
	slices.SortFunc(result.APIKeys, func(a, b configuration.APIKey) int { return cmp.Compare(a.ID, b.ID) })
	return result
}
