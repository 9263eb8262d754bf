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
// away: addresses, passwords, and servers that now run on another node. It works
// when the control plane is reached again and every ten seconds, until ctx ends.
func (a *Agent) refresh(ctx context.Context) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
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

// refreshServer stops the server only when the control plane says that it is not
// this node's; without an answer the server runs on as it does.
func (a *Agent) refreshServer(ctx context.Context, server tenants.ServerID) {
	err := a.follow(ctx, server)
	if client.IsType(err, notFound) {
		a.options.Logger.WarnContext(ctx, "server is no longer this node's, stopping it", "server", server)
		err = a.supervisor.Stop(ctx, server)
	}
	if err != nil && ctx.Err() == nil {
		a.options.Logger.WarnContext(ctx, "cannot refresh server", "server", server, "error", err)
	}
}
