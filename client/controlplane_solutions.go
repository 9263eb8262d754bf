package client

import (
	"context"
	"net/http"
)

// CreateSolution creates a solution with its production server group. Its
// provisioning begins at once.
func (c *Client) CreateSolution(ctx context.Context, tenant string, input NewSolution) (Solution, error) {
	return create[Solution](ctx, c, tenantPath(tenant, "solutions"), input)
}

// Solution reads a solution.
func (c *Client) Solution(ctx context.Context, tenant, solution string) (Solution, error) {
	return get[Solution](ctx, c, tenantPath(tenant, "solutions", solution))
}

// Solutions lists the solutions of a tenant.
func (c *Client) Solutions(ctx context.Context, tenant string) ([]Solution, error) {
	return list[Solution](ctx, c, tenantPath(tenant, "solutions"))
}

// UpdateSolution changes a solution.
func (c *Client) UpdateSolution(ctx context.Context, tenant, solution string, version int64, change SolutionChange) (Solution, error) {
	return update[Solution](ctx, c, tenantPath(tenant, "solutions", solution), version, change)
}

// ProvisionSolution asks for the provisioning of a solution again.
func (c *Client) ProvisionSolution(ctx context.Context, tenant, solution string) (Solution, error) {
	return act[Solution](ctx, c, tenantPath(tenant, "solutions", solution)+":provision", AnyVersion)
}

// WebhookKeys returns the keys that sign the webhooks of a solution.
func (c *Client) WebhookKeys(ctx context.Context, tenant, solution string) (WebhookKeys, error) {
	return get[WebhookKeys](ctx, c, tenantPath(tenant, "solutions", solution, "webhook-keys"))
}

// RotateWebhookKey makes a new key for the webhooks of a solution.
func (c *Client) RotateWebhookKey(ctx context.Context, tenant, solution string) (WebhookKeys, error) {
	return act[WebhookKeys](ctx, c, tenantPath(tenant, "solutions", solution, "webhook-keys")+":rotate", AnyVersion)
}

// CreateServerGroup creates a server group of a solution.
func (c *Client) CreateServerGroup(ctx context.Context, tenant, solution string, input NewServerGroup) (ServerGroup, error) {
	return create[ServerGroup](ctx, c, tenantPath(tenant, "solutions", solution, "server-groups"), input)
}

// ServerGroup reads a server group.
func (c *Client) ServerGroup(ctx context.Context, tenant, solution, group string) (ServerGroup, error) {
	return get[ServerGroup](ctx, c, tenantPath(tenant, "solutions", solution, "server-groups", group))
}

// ServerGroups lists the server groups of a solution.
func (c *Client) ServerGroups(ctx context.Context, tenant, solution string) ([]ServerGroup, error) {
	return list[ServerGroup](ctx, c, tenantPath(tenant, "solutions", solution, "server-groups"))
}

// CreateServer creates a server in a group.
func (c *Client) CreateServer(ctx context.Context, tenant, solution, group string, input NewServer) (Server, error) {
	return create[Server](ctx, c, serversPath(tenant, solution, group), input)
}

// Server reads a server.
func (c *Client) Server(ctx context.Context, tenant, solution, group, server string) (Server, error) {
	return get[Server](ctx, c, join(serversPath(tenant, solution, group), server))
}

// Servers lists the servers of a group.
func (c *Client) Servers(ctx context.Context, tenant, solution, group string) ([]Server, error) {
	return list[Server](ctx, c, serversPath(tenant, solution, group))
}

// UpdateServer changes a server.
func (c *Client) UpdateServer(ctx context.Context, tenant, solution, group, server string, version int64, change ServerChange) (Server, error) {
	return update[Server](ctx, c, join(serversPath(tenant, solution, group), server), version, change)
}

// DeleteServer deletes a server; its node stops it. The group keeps its database
// and its configuration.
func (c *Client) DeleteServer(ctx context.Context, tenant, solution, group, server string, version int64) error {
	return c.Do(ctx, http.MethodDelete, join(serversPath(tenant, solution, group), server), nil, nil, ifVersion(version)...)
}

func serversPath(tenant, solution, group string) string {
	return tenantPath(tenant, "solutions", solution, "server-groups", group, "servers")
}
