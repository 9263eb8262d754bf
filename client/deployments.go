package client

import (
	"context"
	"net/url"
	"strconv"
)

// CreateDeployment asks for a deployment of a channel. Its progress is on the
// resource.
func (c *Client) CreateDeployment(ctx context.Context, tenant, channel string, input NewDeployment) (Deployment, error) {
	return create[Deployment](ctx, c, channelPath(tenant, channel, "deployments"), input)
}

// Deployment reads a deployment with its manifest and its servers.
func (c *Client) Deployment(ctx context.Context, tenant, channel string, number int64) (Deployment, error) {
	return get[Deployment](ctx, c, deploymentPath(tenant, channel, number))
}

// Deployments lists the deployments of a channel, newest first; group and state
// narrow, "" does not.
func (c *Client) Deployments(ctx context.Context, tenant, channel, group, state string) ([]Deployment, error) {
	query := url.Values{}
	for key, value := range map[string]string{"group": group, "state": state} {
		if value != "" {
			query.Set(key, value)
		}
	}
	return list[Deployment](ctx, c, channelPath(tenant, channel, "deployments")+"?"+query.Encode())
}

// CancelDeployment cancels a deployment before the group's active version moves.
func (c *Client) CancelDeployment(ctx context.Context, tenant, channel string, number int64) (Deployment, error) {
	return act[Deployment](ctx, c, deploymentPath(tenant, channel, number)+":cancel", AnyVersion)
}

// DeploymentDifference reads what a deployment changed in its group.
func (c *Client) DeploymentDifference(ctx context.Context, tenant, channel string, number int64) (PackageDifference, error) {
	return get[PackageDifference](ctx, c, join(deploymentPath(tenant, channel, number), "difference"))
}

// ChannelVersions reads what each server group serves of a channel.
func (c *Client) ChannelVersions(ctx context.Context, tenant, channel string) ([]ChannelVersion, error) {
	type versions struct {
		Items []ChannelVersion `json:"items"`
	}
	all, err := get[versions](ctx, c, channelPath(tenant, channel, "versions"))
	return all.Items, err
}

// PendingChanges reads what a deployment of a channel to a group would do now.
func (c *Client) PendingChanges(ctx context.Context, tenant, channel, group string) (PendingChanges, error) {
	query := url.Values{"group": {group}}
	return get[PendingChanges](ctx, c, channelPath(tenant, channel, "pending-changes")+"?"+query.Encode())
}

// Package reads a package of a channel.
func (c *Client) Package(ctx context.Context, tenant, channel, hash string) (Package, error) {
	return get[Package](ctx, c, channelPath(tenant, channel, "packages", hash))
}

// PackageDifference reads what differs between two packages of a channel; from is
// "" for no package.
func (c *Client) PackageDifference(ctx context.Context, tenant, channel, from, to string) (PackageDifference, error) {
	query := url.Values{}
	if from != "" {
		query.Set("from", from)
	}
	return get[PackageDifference](ctx, c, channelPath(tenant, channel, "packages", to, "difference")+"?"+query.Encode())
}

// RedeployStale asks for a deployment of every channel and group whose common part
// was changed since.
func (c *Client) RedeployStale(ctx context.Context, tenant string, input StaleRedeployment) ([]RedeployedChannel, error) {
	all, err := create[RedeployedChannels](ctx, c, tenantPath(tenant, "deployments")+":redeploy-stale", input)
	return all.Items, err
}

func channelPath(tenant, channel string, below ...string) string {
	return tenantPath(tenant, append([]string{"channels", channel}, below...)...)
}

func deploymentPath(tenant, channel string, number int64) string {
	return channelPath(tenant, channel, "deployments", strconv.FormatInt(number, 10))
}
