package serverapi

import (
	"context"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const agentsTag = "Agents"

// me is the agent that calls.
const me = "me"

func (s *surface) registerAgents(api *rest.API) {
	rest.Handle(api, rest.Operation{
		ID: "list-agents", Method: http.MethodGet, Path: "/v1/agents",
		Tag: agentsTag, Summary: "List agents", Action: string(accessgroups.Handle),
	}, s.agents)
	rest.Handle(api, rest.Operation{
		ID: "get-agent", Method: http.MethodGet, Path: "/v1/agents/{agent}",
		Tag: agentsTag, Summary: "Get an agent with what is assigned to it", Action: string(accessgroups.Handle),
	}, s.agent)
	rest.Handle(api, rest.Operation{
		ID: "set-agent-medium", Method: http.MethodPut, Path: "/v1/agents/{agent}/media/{medium}",
		Tag: agentsTag, Summary: "Set whether an agent takes interactions of a medium", Action: string(accessgroups.Handle),
		Description: "Agents set their own state only.",
	}, s.setMedium)
	rest.Handle(api, rest.Operation{
		ID: "set-agent-do-not-disturb", Method: http.MethodPut, Path: "/v1/agents/{agent}/do-not-disturb",
		Tag: agentsTag, Summary: "Switch all offers to an agent off, or on again", Action: string(accessgroups.Handle),
		Description: "Agents set their own state only.",
	}, s.setDoNotDisturb)
	rest.HandleStream(api, rest.Operation{
		ID: "watch-agent", Method: http.MethodGet, Path: "/v1/agents/{agent}/events",
		Tag: agentsTag, Summary: "Follow an agent's offers, assignments and states", Action: string(accessgroups.Handle),
		Description: "Server-Sent Events of type `state`, each with the whole agent as in GET: at once, after each change, and " +
			"every 15 seconds, so that whoever connects again has missed nothing. The stream ends after an hour.",
	}, s.watchAgent)
}

// AgentParam names an agent.
type AgentParam struct {
	Agent string `path:"agent" maxLength:"63" doc:"Name of the agent; me is the caller."`
}

func (s *surface) named(ctx context.Context, name string) (tenants.AccountID, error) {
	if id, ok := s.directories.current().agent(ctx, name); ok {
		return id, nil
	}
	return "", fault.New(fault.NotFound, "agent-not-found", "there is no such agent")
}

// agent finds an account by the name that a caller gives.
func (d *directory) agent(ctx context.Context, name string) (tenants.AccountID, bool) {
	if name == me {
		return callerID(ctx), true
	}
	id, ok := d.byName[name]
	return id, ok
}

type agentsOutput struct {
	Body rest.Items[client.Agent]
}

func (s *surface) agents(ctx context.Context, _ *nothing) (*agentsOutput, error) {
	found, err := s.service.Agents(ctx, callerID(ctx))
	if err != nil {
		return nil, err
	}
	return &agentsOutput{Body: rest.NewItems(agentsOf(s.directories.current().directory, found), "")}, nil
}

type agentOutput struct{ Body client.Agent }

func (s *surface) agentOutput(a interactionserver.Agent, err error) (*agentOutput, error) {
	if err != nil {
		return nil, err
	}
	return &agentOutput{Body: agentOf(s.directories.current().directory, a)}, nil
}

func (s *surface) agent(ctx context.Context, in *AgentParam) (*agentOutput, error) {
	id, err := s.named(ctx, in.Agent)
	if err != nil {
		return nil, err
	}
	return s.agentOutput(s.service.Agent(ctx, callerID(ctx), id))
}

type mediumInput struct {
	AgentParam
	Medium string `path:"medium" maxLength:"63" doc:"Media type, such as email."`
	Body   client.MediumChange
}

func (s *surface) setMedium(ctx context.Context, in *mediumInput) (*agentOutput, error) {
	id, err := s.named(ctx, in.Agent)
	if err != nil {
		return nil, err
	}
	change := interactionserver.MediumChange{State: interactionserver.MediumState(in.Body.State), Reason: in.Body.Reason}
	return s.agentOutput(s.service.SetMedium(ctx, callerID(ctx), id, in.Medium, change))
}

type doNotDisturbInput struct {
	AgentParam
	Body client.DoNotDisturb
}

func (s *surface) setDoNotDisturb(ctx context.Context, in *doNotDisturbInput) (*agentOutput, error) {
	id, err := s.named(ctx, in.Agent)
	if err != nil {
		return nil, err
	}
	return s.agentOutput(s.service.SetDoNotDisturb(ctx, callerID(ctx), id, in.Body.On))
}

const (
	defaultResend = 15 * time.Second
	// streamLife bounds a stream, so that its caller has to prove itself again.
	streamLife = time.Hour
)

func (s *surface) watchAgent(ctx context.Context, in *AgentParam) (rest.Stream, error) {
	id, err := s.named(ctx, in.Agent)
	if err != nil {
		return nil, err
	}
	caller := callerID(ctx)
	if _, err := s.service.Agent(ctx, caller, id); err != nil {
		return nil, err
	}
	return func(ctx context.Context, send rest.Send) error { return s.streamAgent(ctx, caller, id, send) }, nil
}

// streamAgent sends the agent's state until the stream's life or the caller's
// access is over, which is decided anew for each state.
func (s *surface) streamAgent(ctx context.Context, caller, id tenants.AccountID, send rest.Send) error {
	changed, stop := s.service.WatchAgent(id)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, streamLife)
	defer cancel()
	tick := time.NewTicker(s.o.Resend)
	defer tick.Stop()
	for {
		if !s.directories.current().stands(rest.CallerOf(ctx)) {
			return nil
		}
		agent, err := s.service.Agent(ctx, caller, id)
		switch {
		case fault.Is(err, fault.NotFound): // not any more
			return nil
		case fault.Is(err, fault.Unavailable): // the next tick tries again
		case err != nil:
			return err
		default:
			if err := send("state", "", agentOf(s.directories.current().directory, agent)); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
