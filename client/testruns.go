package client

import (
	"context"
	"net/http"
)

// CreateTestRun asks for a test run of a flowchart or a strategy. Its progress is
// on the resource.
func (c *Client) CreateTestRun(ctx context.Context, tenant, channel string, input NewTestRun) (TestRun, error) {
	return create[TestRun](ctx, c, channelPath(tenant, channel, "test-runs"), input)
}

// TestRun reads a test run with its result.
func (c *Client) TestRun(ctx context.Context, tenant, channel, id string) (TestRun, error) {
	return get[TestRun](ctx, c, channelPath(tenant, channel, "test-runs", id))
}

// TestRuns lists the test runs of a channel, newest first, without results.
func (c *Client) TestRuns(ctx context.Context, tenant, channel string) ([]TestRun, error) {
	return list[TestRun](ctx, c, channelPath(tenant, channel, "test-runs"))
}

// CancelTestRun ends a test run that has not ended.
func (c *Client) CancelTestRun(ctx context.Context, tenant, channel, id string) (TestRun, error) {
	return act[TestRun](ctx, c, channelPath(tenant, channel, "test-runs", id)+":cancel", AnyVersion)
}

// LoadCustomerList adds the rows of a CSV text to a list of an audience level in a
// server group: overrides, blocks or defaults.
func (c *Client) LoadCustomerList(ctx context.Context, tenant, solution, group, level, list string, input ProfileBatch) (LoadedProfiles, error) {
	path := tenantPath(tenant, "solutions", solution, "server-groups", group, "customer-lists", level, list) + ":load"
	return create[LoadedProfiles](ctx, c, path, input)
}

// CustomerLists returns the overrides and blocked offers of a customer, by canonical
// key.
func (c *Client) CustomerLists(ctx context.Context, tenant, solution, group, level, key string) (CustomerLists, error) {
	return get[CustomerLists](ctx, c, tenantPath(tenant, "solutions", solution, "server-groups", group, "customer-lists", level, key))
}

// DeleteCustomerLists removes the overrides and blocked offers of a customer.
func (c *Client) DeleteCustomerLists(ctx context.Context, tenant, solution, group, level, key string) error {
	return c.Do(ctx, http.MethodDelete, tenantPath(tenant, "solutions", solution, "server-groups", group, "customer-lists", level, key), nil, nil)
}

// DefaultOffers returns the default offers of an audience level.
func (c *Client) DefaultOffers(ctx context.Context, tenant, solution, group, level string) (DefaultOffers, error) {
	return get[DefaultOffers](ctx, c, tenantPath(tenant, "solutions", solution, "server-groups", group, "default-offers", level))
}

// DeleteDefaultOffers removes all of them.
func (c *Client) DeleteDefaultOffers(ctx context.Context, tenant, solution, group, level string) error {
	return c.Do(ctx, http.MethodDelete, tenantPath(tenant, "solutions", solution, "server-groups", group, "default-offers", level), nil, nil)
}

// Profile returns the profile of a customer, by canonical key.
func (c *Client) Profile(ctx context.Context, tenant, solution, group, level, key string) (Profile, error) {
	return get[Profile](ctx, c, tenantPath(tenant, "solutions", solution, "server-groups", group, "profiles", level, key))
}

// DeleteProfile removes the profile of a customer.
func (c *Client) DeleteProfile(ctx context.Context, tenant, solution, group, level, key string) error {
	return c.Do(ctx, http.MethodDelete, tenantPath(tenant, "solutions", solution, "server-groups", group, "profiles", level, key), nil, nil)
}

// LoadProfiles adds the profiles of a CSV text to the table of a server group, over
// what was known of the same keys.
func (c *Client) LoadProfiles(ctx context.Context, tenant, solution, group, level string, input ProfileBatch) (LoadedProfiles, error) {
	path := tenantPath(tenant, "solutions", solution, "server-groups", group, "profiles", level) + ":load"
	return create[LoadedProfiles](ctx, c, path, input)
}
