package apply

import (
	"context"

	"github.com/switchyard/switchyard/client"
)

// Present is what the control plane has of one tenant, by name. Its zero value is
// a tenant that does not exist.
type Present struct {
	Tenant       *client.Tenant
	Accounts     map[string]client.Account
	Processes    map[string]PresentProcess
	AccessGroups map[string]client.AccessGroup
	Solutions    map[string]PresentSolution
}

// PresentProcess is a business process with its draft and the hash of its newest
// published version. Both are read only of processes that the files name.
type PresentProcess struct {
	client.BusinessProcess
	PublishedHash string
}

// PresentSolution is a solution; its groups are read only where the files name it.
type PresentSolution struct {
	client.Solution
	Groups map[string]PresentGroup
}

// PresentGroup is a server group with its servers.
type PresentGroup struct {
	client.ServerGroup
	Servers map[string]client.Server
}

// Read reads what the control plane has of the tenants that the files name.
func Read(ctx context.Context, c *client.Client, set *Set) (map[string]Present, error) {
	present := make(map[string]Present)
	for _, h := range set.headers() {
		if _, done := present[h.Tenant]; done {
			continue
		}
		r := &reader{client: c, set: set, tenant: h.Tenant}
		read, err := r.read(ctx)
		if err != nil {
			return nil, err
		}
		present[h.Tenant] = read
	}
	return present, nil
}

type reader struct {
	client *client.Client
	set    *Set
	tenant string
}

func (r *reader) read(ctx context.Context) (Present, error) {
	tenant, err := r.client.Tenant(ctx, r.tenant)
	if client.IsNotFound(err) {
		return Present{}, nil
	}
	if err != nil {
		return Present{}, err
	}
	accounts, err := r.client.Accounts(ctx, r.tenant)
	if err != nil {
		return Present{}, err
	}
	groups, err := r.client.AccessGroups(ctx, r.tenant)
	if err != nil {
		return Present{}, err
	}
	processes, err := r.processes(ctx)
	if err != nil {
		return Present{}, err
	}
	solutions, err := r.solutions(ctx)
	if err != nil {
		return Present{}, err
	}
	return Present{
		Tenant:       &tenant,
		Accounts:     indexed(accounts, func(a client.Account) string { return a.Name }),
		Processes:    processes,
		AccessGroups: indexed(groups, func(g client.AccessGroup) string { return g.Name }),
		Solutions:    solutions,
	}, nil
}

func (r *reader) processes(ctx context.Context) (map[string]PresentProcess, error) {
	all, err := r.client.BusinessProcesses(ctx, r.tenant)
	if err != nil {
		return nil, err
	}
	processes := make(map[string]PresentProcess, len(all))
	for _, process := range all {
		processes[process.Name] = PresentProcess{BusinessProcess: process}
	}
	for _, d := range r.set.Processes {
		if _, exists := processes[d.Name]; !exists || d.Tenant != r.tenant {
			continue
		}
		if processes[d.Name], err = r.process(ctx, d.Name); err != nil {
			return nil, err
		}
	}
	return processes, nil
}

func (r *reader) process(ctx context.Context, name string) (PresentProcess, error) {
	process, err := r.client.BusinessProcess(ctx, r.tenant, name)
	if err != nil || process.Published == 0 {
		return PresentProcess{BusinessProcess: process}, err
	}
	version, err := r.client.ProcessVersion(ctx, r.tenant, name, process.Published)
	return PresentProcess{BusinessProcess: process, PublishedHash: version.Hash}, err
}

func (r *reader) solutions(ctx context.Context) (map[string]PresentSolution, error) {
	all, err := r.client.Solutions(ctx, r.tenant)
	if err != nil {
		return nil, err
	}
	solutions := make(map[string]PresentSolution, len(all))
	for _, solution := range all {
		solutions[solution.Name] = PresentSolution{Solution: solution}
	}
	for _, d := range r.set.Solutions {
		solution, exists := solutions[d.Name]
		if !exists || d.Tenant != r.tenant {
			continue
		}
		if solution.Groups, err = r.groups(ctx, d.Name); err != nil {
			return nil, err
		}
		solutions[d.Name] = solution
	}
	return solutions, nil
}

func (r *reader) groups(ctx context.Context, solution string) (map[string]PresentGroup, error) {
	all, err := r.client.ServerGroups(ctx, r.tenant, solution)
	if err != nil {
		return nil, err
	}
	groups := make(map[string]PresentGroup, len(all))
	for _, group := range all {
		servers, err := r.client.Servers(ctx, r.tenant, solution, group.Name)
		if err != nil {
			return nil, err
		}
		groups[group.Name] = PresentGroup{
			ServerGroup: group,
			Servers:     indexed(servers, func(s client.Server) string { return s.Name }),
		}
	}
	return groups, nil
}

func indexed[T any](items []T, name func(T) string) map[string]T {
	byName := make(map[string]T, len(items))
	for _, item := range items {
		byName[name(item)] = item
	}
	return byName
}
