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
		Channels:      r.channelStates(),
		Sessions:      r.touchpoints.sessions.Usage().Sessions,
		ControlPlane:  controlPlane,
		Temporal:      r.probeTemporal(ctx),
		Database:      probe(ctx, "the database does not answer", r.db.PingContext),
	}
	if c := r.service.Configuration(); c != nil {
		status.Account = c.Account.Name
	}
	if shared := r.touchpoints.shared; shared != nil {
		answer := probe(ctx, "the session store does not answer", shared.Check)
		status.SessionStore = &answer
	}
	status.Summary = summary(status)
	return status
}

// channels are what GET /v1/version says of them.
func (r *running) channels() []client.ServedChannel {
	shown := []client.ServedChannel{}
	for _, c := range r.versions.Channels() {
		if c.Serving == nil {
			continue
		}
		one := client.ServedChannel{
			Channel:     c.Name,
			Number:      c.Serving.Number,
			Hash:        c.Serving.Hash,
			Name:        c.Serving.Name,
			Since:       c.Serving.Since,
			ServedSince: c.Serving.Taken,
		}
		if c.Serving.Compiled != nil {
			contents := client.PackageContents(c.Serving.Contents())
			one.Contents = &contents
		}
		shown = append(shown, one)
	}
	return shown
}

// channelStates are what the status says of them.
func (r *running) channelStates() []client.ChannelState {
	channels := r.versions.Channels()
	states := make([]client.ChannelState, len(channels))
	for i, c := range channels {
		states[i] = client.ChannelState{Channel: c.Name, Problem: c.Problem}
		if c.Serving != nil {
			states[i].Number, states[i].Hash = c.Serving.Number, c.Serving.Hash
		}
	}
	return states
}

// summary is one sentence for people.
func summary(s client.InteractionServerStatus) string {
	serving := fmt.Sprintf("serving %d business processes", len(s.Processes))
	switch n := deployed(s.Channels); n {
	case 0:
	case 1:
		serving += " and 1 channel"
	default:
		serving += fmt.Sprintf(" and %d channels", n)
	}
	switch n := s.Sessions; n {
	case 0:
	case 1:
		serving += " with 1 session"
	default:
		serving += fmt.Sprintf(" with %d sessions", n)
	}
	switch {
	case behind(s.Channels) != "":
		return "channel " + behind(s.Channels) + " is not on the group's active version; see its problem"
	case s.Configuration.Revision == "":
		return "waiting for the first configuration"
	case len(s.Processes) == 0:
		return "healthy, but the account " + s.Account + " was granted no business process: every submit is refused"
	case !s.Database.OK:
		return serving + "; the database is away: offers are answered without treatment codes, and nothing that is to be kept is taken"
	case s.SessionStore != nil && !s.SessionStore.OK:
		return serving + "; the session store is away: calls of touchpoints are refused"
	case !s.Temporal.OK:
		return serving + "; Temporal is away: interactions are accepted and go on when it is back"
	case !s.ControlPlane.OK:
		return serving + " by the stored configuration; the control plane is away"
	default:
		return serving
	}
}

// deployed counts the channels that have a package.
func deployed(channels []client.ChannelState) int {
	count := 0
	for _, c := range channels {
		if c.Hash != "" {
			count++
		}
	}
	return count
}

// behind is the first channel whose active version cannot be taken; empty when
// there is none.
func behind(channels []client.ChannelState) string {
	for _, c := range channels {
		if c.Problem != "" {
			return c.Channel
		}
	}
	return ""
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
