package client

import "context"

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

// LoadProfiles adds the profiles of a CSV text to the table of a server group, over
// what was known of the same keys.
func (c *Client) LoadProfiles(ctx context.Context, tenant, solution, group, level string, input ProfileBatch) (LoadedProfiles, error) {
	path := tenantPath(tenant, "solutions", solution, "server-groups", group, "profiles", level) + ":load"
	return create[LoadedProfiles](ctx, c, path, input)
}
