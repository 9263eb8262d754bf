package agent

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/provisioning"
)

// launchWithin bounds one attempt to fetch a launch.
const launchWithin = 10 * time.Second

// StartServer makes a server run as the control plane has it and waits until it
// is ready. The control plane knows its address by then.
func (a *Agent) StartServer(ctx context.Context, server tenants.ServerID) (provisioning.RunningServer, error) {
	if err := a.follow(ctx, server); err != nil {
		return provisioning.RunningServer{}, refused(err)
	}
	status, err := a.supervisor.AwaitRunning(ctx, server)
	if err != nil {
		return provisioning.RunningServer{}, err
	}
	if err := a.reportOnce(ctx); err != nil {
		return provisioning.RunningServer{}, refused(err)
	}
	return provisioning.RunningServer{Address: status.Address, PID: status.PID}, nil
}

// follow makes a server run as the control plane has it now. One at a time, so
// that an older launch never comes after a newer one.
func (a *Agent) follow(ctx context.Context, server tenants.ServerID) error {
	a.following.Lock()
	defer a.following.Unlock()
	launch, err := a.control.ServerLaunch(ctx, a.options.Name, string(server))
	if err != nil {
		return err
	}
	return a.supervisor.Start(ctx, launch)
}

// refused classifies an error of the control plane's client.
func refused(err error) error {
	if _, classified := fault.As(err); classified {
		return err
	}
	var problem *client.Problem
	if !errors.As(err, &problem) {
		return fault.New(fault.Unavailable, "control-plane-unavailable", "the node cannot reach the control plane").Because(err)
	}
	kind := fault.Unavailable
	if problem.Status < http.StatusInternalServerError && problem.Status != http.StatusTooManyRequests {
		kind = fault.Conflict
	}
	return fault.New(kind, problem.Type, "the control plane refuses the node: %s", problem.Detail).Because(err)
}
