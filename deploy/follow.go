package deploy

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/sleep"
)

// followPause is the time between looks at a deployment.
const followPause = 100 * time.Millisecond

// ErrNotDeployed says that a deployment ended in another state than succeeded. The
// reason has been shown.
type ErrNotDeployed struct{ State, Reason string }

// Error names the state.
func (e ErrNotDeployed) Error() string { return "the deployment is " + e.State + ": " + e.Reason }

// Follow writes a line whenever a deployment or one of its servers has come
// further, until it has ended. It returns an ErrNotDeployed where it did not
// succeed.
func Follow(ctx context.Context, c *client.Client, tenant string, d client.Deployment, out io.Writer) error {
	_, _ = fmt.Fprintf(out, "deployment %d of %s to %s/%s: %q\n", d.Number, d.Channel, d.Solution, d.Group, d.Name)
	shown := ""
	for {
		present, err := c.Deployment(ctx, tenant, d.Channel, d.Number)
		if err != nil {
			return err
		}
		if line := progressLine(present); line != shown {
			shown = line
			_, _ = fmt.Fprintln(out, "  "+line)
		}
		if deployments.State(present.State).Ended() {
			return ended(present, out)
		}
		if !sleep.For(ctx, followPause) {
			return fmt.Errorf("the deployment goes on, at %s: %w", present.State, ctx.Err())
		}
	}
}

// progressLine is how far a deployment is, on one line.
func progressLine(d client.Deployment) string {
	details := []string{}
	switch {
	case d.WaitsFor > 0:
		details = append(details, fmt.Sprintf("for deployment %d to end", d.WaitsFor))
	case d.Reason != "":
		details = append(details, d.Reason)
	}
	for _, s := range known(d) {
		text := s.Name + " " + s.State
		if s.Reason != "" {
			text += " (" + s.Reason + ")"
		}
		details = append(details, text)
	}
	return strings.TrimRight(fmt.Sprintf("%-11s %s", d.State, strings.Join(details, ", ")), " ")
}

// known are the servers of which something is known: before they are looked for all
// stand as away.
func known(d client.Deployment) []client.DeploymentServer {
	away := func(s client.DeploymentServer) bool { return s.State == string(deployments.ServerAway) }
	if !deployments.State(d.State).Ended() && !slices.ContainsFunc(d.Servers, func(s client.DeploymentServer) bool { return !away(s) }) {
		return nil
	}
	return d.Servers
}

func ended(d client.Deployment, out io.Writer) error {
	if d.Manifest != nil {
		for _, off := range d.Manifest.SwitchedOff {
			_, _ = fmt.Fprintf(out, "  switched off: %s: %s\n", off.Path, off.Why)
		}
	}
	if d.State != string(deployments.Succeeded) {
		return ErrNotDeployed{State: d.State, Reason: d.Reason}
	}
	took := time.Duration(0)
	if d.EndedAt != nil {
		took = d.EndedAt.Sub(d.CreatedAt).Round(10 * time.Millisecond)
	}
	what := "package " + short(d.Hash)
	if d.Hash == "" {
		what = "no package"
	}
	_, _ = fmt.Fprintf(out, "  %s/%s serves %s of %s, %s later\n", d.Solution, d.Group, what, d.Channel, took)
	return nil
}

// short is a hash as people compare it.
func short(hash string) string { return hash[:min(len(hash), 12)] }
