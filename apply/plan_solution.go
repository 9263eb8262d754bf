package apply

import (
	"context"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/tenants"
)

// solution plans a solution, which comes with its production group.
func (p *planner) solution(d *Solution) {
	resource := "solutions/" + d.Name
	now, exists := p.present[d.Tenant].Solutions[d.Name]
	change := client.SolutionChange{DisplayName: d.DisplayName}
	switch {
	case !exists:
		p.add(Create, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateSolution(ctx, d.Tenant, client.NewSolution{
				Name: d.Name, DisplayName: d.DisplayName, ProductionGroup: d.production(),
			})
			return err
		})
	case now.DisplayName != d.DisplayName:
		p.add(Update, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.UpdateSolution(ctx, d.Tenant, d.Name, now.Version, change)
			return err
		})
	case now.Provisioning.State == string(tenants.ProvisioningFailed):
		p.add(Update, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.ProvisionSolution(ctx, d.Tenant, d.Name)
			return err
		})
		p.steps[len(p.steps)-1].Note = "its provisioning had failed and is tried again"
	default:
		p.add(Unchanged, d.Tenant, resource, nil)
	}
}

// serverGroups plans the groups of a solution and their servers.
func (p *planner) serverGroups(d *Solution) {
	groups := p.present[d.Tenant].Solutions[d.Name].Groups
	for _, group := range d.ServerGroups {
		p.serverGroup(d, group, groups)
	}
}

// production is the name of the production group in the files, if they name it.
func (s *Solution) production() string {
	for _, group := range s.ServerGroups {
		if group.Kind == string(tenants.Production) {
			return group.Name
		}
	}
	return ""
}

func (p *planner) serverGroup(d *Solution, group ServerGroup, groups map[string]PresentGroup) {
	resource := "solutions/" + d.Name + "/server-groups/" + group.Name
	now, exists := groups[group.Name]
	switch {
	case exists:
		p.add(Unchanged, d.Tenant, resource, nil)
	case group.Kind == string(tenants.Production):
		// It comes with its solution.
		p.add(Create, d.Tenant, resource, nil)
	default:
		p.add(Create, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateServerGroup(ctx, d.Tenant, d.Name, client.NewServerGroup{Name: group.Name, Kind: group.Kind})
			return err
		})
	}
	for _, server := range group.Servers {
		p.server(d, group.Name, resource, server, now.Servers)
	}
}

func (p *planner) server(d *Solution, group, groupResource string, want client.NewServer, servers map[string]client.Server) {
	resource := groupResource + "/servers/" + want.Name
	now, exists := servers[want.Name]
	switch {
	case !exists:
		p.add(Create, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateServer(ctx, d.Tenant, d.Name, group, want)
			return err
		})
	case now.Account != want.Account || now.Node != want.Node:
		p.add(Update, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.UpdateServer(ctx, d.Tenant, d.Name, group, want.Name, now.Version, client.ServerChange{Account: want.Account, Node: want.Node})
			return err
		})
	default:
		p.add(Unchanged, d.Tenant, resource, nil)
	}
}
