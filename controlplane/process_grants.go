package controlplane

import (
	"context"
	"fmt"
	"strings"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// processGrants tells deployments which business processes servers may start.
type processGrants struct {
	processes *businessprocesses.Service
	policies  interface {
		Policy(ctx context.Context, tenant tenants.TenantID) (accessgroups.Policy, error)
	}
}

// starters are what a server's account needs to be granted on a process that it
// starts itself.
var starters = []accessgroups.Action{accessgroups.Execute, accessgroups.Submit}

// Barred implements deployments.Processes.
func (g processGrants) Barred(ctx context.Context, tenant tenants.TenantID, servers []tenants.Server, processes []tenants.Name) (map[tenants.Name]string, error) {
	policy, err := g.policies.Policy(ctx, tenant)
	if err != nil {
		return nil, err
	}
	permissions, barred := policy.Permissions(), map[tenants.Name]string{}
	for _, name := range processes {
		why, err := g.outOfService(ctx, tenant, name)
		if err != nil {
			return nil, err
		}
		if why == "" {
			why = ungranted(permissions, servers, name)
		}
		if why != "" {
			barred[name] = why
		}
	}
	return barred, nil
}

// outOfService says why nobody can start the process; empty where it can be started.
func (g processGrants) outOfService(ctx context.Context, tenant tenants.TenantID, name tenants.Name) (string, error) {
	p, err := g.processes.Get(ctx, tenant, name)
	switch {
	case fault.Is(err, fault.NotFound):
		return "there is no business process " + name, nil
	case err != nil:
		return "", err
	case p.Retired:
		return "business process " + name + " is retired", nil
	case p.Published == 0:
		return "business process " + name + " was never published", nil
	default:
		return "", nil
	}
}

// ungranted names the first server whose account may not start the process, and
// what it lacks; empty where each may.
func ungranted(permissions accessgroups.Permissions, servers []tenants.Server, process tenants.Name) string {
	for _, server := range servers {
		var missing []string
		for _, action := range starters {
			if !permissions.May(server.Account, action, process) {
				missing = append(missing, string(action))
			}
		}
		if len(missing) > 0 {
			return fmt.Sprintf("account %s of server %s is not granted %s on business process %s", server.AccountName, server.Name, strings.Join(missing, " and "), process)
		}
	}
	return ""
}
