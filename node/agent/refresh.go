package agent

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/tenants"
)

// refreshEvery is how often the node asks whether its servers still are to run
// as they do.
const refreshEvery = 10 * time.Second

// refresh follows what changed in the control plane while it or this node was
// away: addresses and passwords, when the control plane is reached again and every
// ten seconds; and removes the servers that are not this node's any more, as soon
// as the answer to a report names them. It works until ctx ends.
func (a *Agent) refresh(ctx context.Context) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case servers := <-a.removals:
			for _, server := range servers {
				a.removeServer(ctx, tenants.ServerID(server))
			}
			continue
		case <-a.regained:
		case <-ticker.C:
		}
		for _, status := range a.supervisor.Statuses() {
			if status.State != tenants.ServerStopped && a.inTouch.Load() {
				a.refreshServer(ctx, status.Server)
			}
		}
	}
}

func (a *Agent) regain() {
	select {
	case a.regained <- struct{}{}:
	default: // refresh is about to work
	}
}

// notFound is the type of the control plane's answer for a server that is not
// assigned to this node.
const notFound = "not-found"

// refreshServer leaves a server alone that is not this node's any more: it runs on
// until the control plane wants it removed, which may be when another node has it.
func (a *Agent) refreshServer(ctx context.Context, server tenants.ServerID) {
	err := a.follow(ctx, server)
	if err != nil && !client.IsType(err, notFound) && ctx.Err() == nil {
		a.options.Logger.WarnContext(ctx, "cannot refresh server", "server", server, "error", err)
	}
}

// removeServer begins to stop and forget a server, unless it has come back to this
// node since the control plane said so.
func (a *Agent) removeServer(ctx context.Context, server tenants.ServerID) {
	a.following.Lock()
	defer a.following.Unlock()
	_, err := a.control.ServerLaunch(ctx, a.options.Name, string(server))
	if client.IsType(err, notFound) {
		err = a.supervisor.Remove(ctx, server)
	}
	if err != nil && ctx.Err() == nil {
		a.options.Logger.WarnContext(ctx, "cannot remove server", "server", server, "error", err)
	}
}
