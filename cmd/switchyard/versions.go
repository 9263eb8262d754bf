package main

import (
	"context"
	"io"
	"time"

	"github.com/switchyard/switchyard/deploy"
)

// versionsCommand shows what the groups serve of a channel.
type versionsCommand struct {
	Channel channelPath `arg:"" help:"The channel: TENANT/CHANNEL."`
	controlPlaneFlags
	Timeout time.Duration `help:"Give up after this time." default:"1m"`
}

// Run prints a table of groups and their servers.
func (c *versionsCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	versions, err := controlPlane.ChannelVersions(ctx, c.Channel.tenant, c.Channel.channel)
	if err != nil {
		return explain(ctx, err, c.Channel.steps(controlPlane)...)
	}
	return deploy.Versions(versions, out)
}

// pendingCommand shows what a deployment would do.
type pendingCommand struct {
	Channel channelPath `arg:"" help:"The channel: TENANT/CHANNEL."`
	Group   string      `help:"Server group to compare with." required:""`
	controlPlaneFlags
	Timeout time.Duration `help:"Give up after this time." default:"1m"`
}

// Run prints the marks, warnings, and the difference to what is active.
func (c *pendingCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	pending, err := controlPlane.PendingChanges(ctx, c.Channel.tenant, c.Channel.channel, c.Group)
	if err != nil {
		return explain(ctx, err, c.Channel.steps(controlPlane)...)
	}
	return deploy.Pending(pending, out)
}
