package interactionserver

import (
	"slices"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// view is a configuration, indexed for the questions that each call asks. It is
// never changed: a new configuration is a new view.
type view struct {
	configuration *configuration.Configuration
	accounts      map[tenants.AccountID]*configuration.Account
	granted       map[tenants.Name]*configuration.Process
	processes     []tenants.Name // those granted to this server, sorted
}

func newView(c *configuration.Configuration) *view {
	v := &view{
		configuration: c,
		accounts:      make(map[tenants.AccountID]*configuration.Account, len(c.Accounts)),
		granted:       make(map[tenants.Name]*configuration.Process, len(c.Processes)),
	}
	for i := range c.Accounts {
		v.accounts[tenants.AccountID(c.Accounts[i].ID)] = &c.Accounts[i]
	}
	for i := range c.Processes {
		v.granted[c.Processes[i].Name] = &c.Processes[i]
		v.processes = append(v.processes, c.Processes[i].Name)
	}
	slices.Sort(v.processes)
	return v
}

// allows reports whether the account was granted the action on the process,
// whatever this server was granted.
func (v *view) allows(account tenants.AccountID, process tenants.Name, action accessgroups.Action) bool {
	a, ok := v.accounts[account]
	return ok && slices.Contains(a.Actions[process], string(action))
}

// may reports whether the account may do it here: both it and this server were
// granted the process.
func (v *view) may(account tenants.AccountID, process tenants.Name, action accessgroups.Action) bool {
	_, granted := v.granted[process]
	return granted && v.allows(account, process, action)
}

// processesFor returns the processes with which the account may do it here, sorted.
func (v *view) processesFor(account tenants.AccountID, action accessgroups.Action) []tenants.Name {
	names := []tenants.Name{}
	for _, name := range v.processes {
		if v.allows(account, name, action) {
			names = append(names, name)
		}
	}
	return names
}

// agent returns an account that is an agent, nil otherwise.
func (v *view) agent(id tenants.AccountID) *configuration.Account {
	if a, ok := v.accounts[id]; ok && a.Agent != nil {
		return a
	}
	return nil
}
