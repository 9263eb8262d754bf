package server

import (
	"context"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/telemetry"
)

// probeTimeout bounds the look at what the server works with.
const probeTimeout = time.Second

// status reports on the server.
func (r *running) status(ctx context.Context) client.InteractionServerStatus {
	state, controlPlane := r.sync.state()
	status := client.InteractionServerStatus{
		Server:        r.launch.Server.Name,
		Group:         r.launch.Group.Name,
		Solution:      r.launch.Solution.Name,
		Tenant:        r.launch.Tenant.Name,
		StartedAt:     r.startedAt,
		Version:       telemetry.ReadBuild().Version,
		Configuration: state,
		Processes:     r.grants.shown(),
		ControlPlane:  controlPlane,
		Temporal:      r.probeTemporal(ctx),
		Database:      probe(ctx, "the database does not answer", r.db.PingContext),
	}
	if c := r.service.Configuration(); c != nil {
		status.Account = c.Account.Name
	}
	status.Summary = summary(status)
	return status
}

// summary is one sentence for people.
func summary(s client.InteractionServerStatus) string {
	serving := fmt.Sprintf("serving %d business processes", len(s.Processes))
	switch {
	case s.Configuration.Revision == "":
		return "waiting for the first configuration"
	case len(s.Processes) == 0:
		return "healthy, but the account " + s.Account + " was granted no business process: every submit is refused"
	case !s.Temporal.OK:
		return serving + "; Temporal is away: interactions are accepted and go on when it is back"
	case !s.ControlPlane.OK:
		return serving + " by the stored configuration; the control plane is away"
	default:
		return serving
	}
}

func (r *running) probeTemporal(ctx context.Context) client.Dependency {
	answer := probe(ctx, "Temporal does not answer", r.connection.Check)
	if answer.OK && r.dispatcher.Problem() != "" {
		answer.OK, answer.Problem = false, "Temporal answers, but does not take what it is to be told"
	}
	return answer
}

func probe(ctx context.Context, problem string, look func(context.Context) error) client.Dependency {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	err := look(ctx)
	now := time.Now().UTC()
	if err != nil {
		return client.Dependency{Problem: problem, CheckedAt: &now}
	}
	return client.Dependency{OK: true, CheckedAt: &now}
}
