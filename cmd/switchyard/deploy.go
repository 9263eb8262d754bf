package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deploy"
	"github.com/switchyard/switchyard/deployments"
)

// channelPath is an argument that names a channel: harborbank/web.
type channelPath struct{ tenant, channel string }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *channelPath) UnmarshalText(text []byte) error {
	tenant, channel, ok := strings.Cut(string(text), "/")
	if !ok || tenant == "" || channel == "" || strings.Contains(channel, "/") {
		return fmt.Errorf("%q: expected TENANT/CHANNEL, such as harborbank/web", text)
	}
	p.tenant, p.channel = tenant, channel
	return nil
}

// deploymentFlags are common to all that make deployments of one channel.
type deploymentFlags struct {
	Channel channelPath `arg:"" help:"The channel: TENANT/CHANNEL."`
	Group   string      `help:"Server group that it is about, such as staging." required:""`
	Name    string      `help:"Name of the version, for people." required:""`
	Note    string      `help:"Remark on it."`
	NoWait  bool        `help:"Ask for it and do not wait."`
	controlPlaneFlags
	Timeout time.Duration `help:"Stop watching after this time; the deployment goes on." default:"10m"`
}

// ask makes the deployment and shows its progress, after the warnings of one that
// takes along what is designed now.
func (f deploymentFlags) ask(ctx context.Context, out io.Writer, input client.NewDeployment) error {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	controlPlane, err := f.client()
	if err != nil {
		return err
	}
	if input.Kind == string(deployments.Deploy) {
		pending, err := controlPlane.PendingChanges(ctx, f.Channel.tenant, f.Channel.channel, f.Group)
		if err != nil {
			return explain(ctx, err, f.Channel.steps(controlPlane)...)
		}
		deploy.Warnings(pending, out)
	}
	input.Group, input.Name, input.Note = f.Group, f.Name, f.Note
	d, err := controlPlane.CreateDeployment(ctx, f.Channel.tenant, f.Channel.channel, input)
	if err != nil {
		return explain(ctx, err, f.Channel.steps(controlPlane)...)
	}
	if f.NoWait {
		fmt.Fprintf(out, "deployment %d of %s to %s/%s is asked for\n", d.Number, d.Channel, d.Solution, d.Group)
		return nil
	}
	return reported(deploy.Follow(ctx, controlPlane, f.Channel.tenant, d, out))
}

// reported is errReported for what deploy.Follow has shown.
func reported(err error) error {
	if _, shown := errors.AsType[deploy.ErrNotDeployed](err); shown {
		return errReported
	}
	return err
}

// deployCommand deploys what is marked.
type deployCommand struct{ deploymentFlags }

// Run shows warnings and the progress of the deployment.
func (c *deployCommand) Run(ctx context.Context, out io.Writer) error {
	return c.ask(ctx, out, client.NewDeployment{Kind: string(deployments.Deploy)})
}

// rollbackCommand deploys an older package.
type rollbackCommand struct {
	deploymentFlags
	To int64 `help:"Number of the deployment whose package is to be brought back." required:""`
}

// Run shows the progress of the deployment.
func (c *rollbackCommand) Run(ctx context.Context, out io.Writer) error {
	return c.ask(ctx, out, client.NewDeployment{Kind: string(deployments.Rollback), Of: c.To})
}

// undeployCommand takes a channel off a group.
type undeployCommand struct {
	deploymentFlags
	Confirm string `help:"To take it off production: the channel's name once more."`
}

// Run shows the progress of the deployment.
func (c *undeployCommand) Run(ctx context.Context, out io.Writer) error {
	return c.ask(ctx, out, client.NewDeployment{Kind: string(deployments.Undeploy), Confirm: c.Confirm})
}

// redeployCommand deploys what is stale.
type redeployCommand struct {
	Tenant   string `arg:"" help:"Tenant whose stale channels are deployed again."`
	Solution string `help:"Only channels of this solution."`
	Group    string `help:"Only groups of this name."`
	Name     string `help:"Name of the versions, for people." required:""`
	controlPlaneFlags
	Timeout time.Duration `help:"Stop watching after this time; the deployments go on." default:"10m"`
}

// Run shows the progress of each deployment.
func (c *redeployCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	stale, err := controlPlane.RedeployStale(ctx, c.Tenant, client.StaleRedeployment{Name: c.Name, Solution: c.Solution, Group: c.Group})
	if err != nil {
		return noTenant(err, c.Tenant)
	}
	if len(stale) == 0 {
		fmt.Fprintln(out, "nothing is stale")
	}
	var failed error
	for _, s := range stale {
		if s.Problem != "" {
			fmt.Fprintf(out, "%s to %s/%s: %s\n", s.Channel, s.Solution, s.Group, s.Problem)
			failed = errReported
			continue
		}
		d, err := controlPlane.Deployment(ctx, c.Tenant, s.Channel, s.Deployment)
		if err == nil {
			err = reported(deploy.Follow(ctx, controlPlane, c.Tenant, d, out))
		}
		if err != nil && !errors.Is(err, errReported) {
			return err
		}
		failed = errors.Join(failed, err)
	}
	return failed
}
