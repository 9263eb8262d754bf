package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// InteractionServer calls one interaction server.
type InteractionServer struct{ client *Client }

// NewInteractionServer returns a caller of the server behind the client's base
// URL. The client's credential is an API key, or a token with the audience of the
// server's group.
func NewInteractionServer(c *Client) *InteractionServer { return &InteractionServer{client: c} }

// Submit hands in an interaction; created is false when one with the same media
// source and external id was handed in before, and that one is returned. With an
// external id it is repeated when the answer was lost.
func (s *InteractionServer) Submit(ctx context.Context, in NewInteraction) (out Interaction, created bool, err error) {
	var status int
	options := []Option{Status(&status)}
	if in.ExternalID != "" {
		options = append(options, WithRetry())
	}
	err = s.client.Do(ctx, http.MethodPost, "/v1/interactions", in, &out, options...)
	return out, status == http.StatusCreated, err
}

// Interaction returns one interaction.
func (s *InteractionServer) Interaction(ctx context.Context, id string) (out Interaction, err error) {
	err = s.client.Do(ctx, http.MethodGet, interactionPath(id), nil, &out)
	return out, err
}

// InteractionFilter selects interactions; empty fields select all.
type InteractionFilter struct {
	States      []string
	Process     string
	Queue       string
	Agent       string // name, or "me"
	MediaType   string
	MediaSource string
	ExternalID  string
}

func (f InteractionFilter) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"state": strings.Join(f.States, ","), "process": f.Process, "queue": f.Queue, "agent": f.Agent,
		"mediaType": f.MediaType, "mediaSource": f.MediaSource, "externalId": f.ExternalID,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	query.Set("limit", "200")
	return query
}

// Interactions iterates over what the caller may view, newest first.
func (s *InteractionServer) Interactions(ctx context.Context, f InteractionFilter) iter.Seq2[Interaction, error] {
	return All[Interaction](ctx, s.client, "/v1/interactions?"+f.query().Encode())
}

// InteractionEvents iterates over an interaction's log, oldest first.
func (s *InteractionServer) InteractionEvents(ctx context.Context, id string) iter.Seq2[InteractionEvent, error] {
	return All[InteractionEvent](ctx, s.client, interactionPath(id)+"/events?limit=200")
}

// Stop ends an interaction; one that has ended stays as it is.
func (s *InteractionServer) Stop(ctx context.Context, id, reason string) (out Interaction, err error) {
	err = s.verb(ctx, interactionPath(id)+":stop", Stop{Reason: reason}, &out)
	return out, err
}

// DeadActions iterates over the actions of events that the server group gave up, the
// last first.
func (s *InteractionServer) DeadActions(ctx context.Context) iter.Seq2[DeadAction, error] {
	return All[DeadAction](ctx, s.client, "/v1/dead-actions?limit=200")
}

// RetryDeadAction has an action that was given up tried again.
func (s *InteractionServer) RetryDeadAction(ctx context.Context, id string) error {
	return s.client.Do(ctx, http.MethodPost, join("/v1/dead-actions", id)+":retry", nil, nil)
}

// DiscardDeadAction drops an action that was given up.
func (s *InteractionServer) DiscardDeadAction(ctx context.Context, id string) error {
	return s.client.Do(ctx, http.MethodDelete, join("/v1/dead-actions", id), nil, nil)
}

// Accept takes an offered interaction into the caller's hands.
func (s *InteractionServer) Accept(ctx context.Context, id string, assignment int64) (out Interaction, err error) {
	err = s.verb(ctx, interactionPath(id)+":accept", Acceptance{Assignment: assignment}, &out)
	return out, err
}

// Reject turns an offer down.
func (s *InteractionServer) Reject(ctx context.Context, id string, assignment int64, reason string) (out Interaction, err error) {
	err = s.verb(ctx, interactionPath(id)+":reject", Rejection{Assignment: assignment, Reason: reason}, &out)
	return out, err
}

// Complete ends the caller's handling; the business process goes on.
func (s *InteractionServer) Complete(ctx context.Context, id string, c Completion) (out Interaction, err error) {
	err = s.verb(ctx, interactionPath(id)+":complete", c, &out)
	return out, err
}

// verb posts what the server treats as one when it comes twice.
func (s *InteractionServer) verb(ctx context.Context, path string, in any, out *Interaction) error {
	return s.client.Do(ctx, http.MethodPost, path, in, out, WithRetry())
}

// Pull takes the first interaction of a queue; ok is false when none waits. It is
// not repeated by itself: a lost answer may have taken one, which then shows
// among the agent's assignments.
func (s *InteractionServer) Pull(ctx context.Context, queue string) (out Interaction, ok bool, err error) {
	var status int
	err = s.client.Do(ctx, http.MethodPost, "/v1/queues/"+url.PathEscape(queue)+":pull", nil, &out, Status(&status))
	return out, err == nil && status == http.StatusOK, err
}

// Queues iterates over the queues of the processes that the caller may view.
func (s *InteractionServer) Queues(ctx context.Context) iter.Seq2[Queue, error] {
	return All[Queue](ctx, s.client, "/v1/queues")
}

// Queue returns one queue.
func (s *InteractionServer) Queue(ctx context.Context, name string) (out Queue, err error) {
	err = s.client.Do(ctx, http.MethodGet, "/v1/queues/"+url.PathEscape(name), nil, &out)
	return out, err
}

// Agents iterates over the agents that the caller sees.
func (s *InteractionServer) Agents(ctx context.Context) iter.Seq2[Agent, error] {
	return All[Agent](ctx, s.client, "/v1/agents")
}

// Agent returns one agent; "me" is the caller.
func (s *InteractionServer) Agent(ctx context.Context, name string) (out Agent, err error) {
	err = s.client.Do(ctx, http.MethodGet, agentPath(name), nil, &out)
	return out, err
}

// SetMedium sets an agent's state for a medium.
func (s *InteractionServer) SetMedium(ctx context.Context, agent, medium string, c MediumChange) (out Agent, err error) {
	err = s.client.Do(ctx, http.MethodPut, agentPath(agent)+"/media/"+url.PathEscape(medium), c, &out)
	return out, err
}

// SetDoNotDisturb switches all offers to an agent off, or on again.
func (s *InteractionServer) SetDoNotDisturb(ctx context.Context, agent string, on bool) (out Agent, err error) {
	err = s.client.Do(ctx, http.MethodPut, agentPath(agent)+"/do-not-disturb", DoNotDisturb{On: on}, &out)
	return out, err
}

// WatchAgent calls handle with the whole agent: at once, after each change, and
// now and then. It comes back from lost connections and returns when ctx ends,
// with handle's error, or with a problem such as 403.
func (s *InteractionServer) WatchAgent(ctx context.Context, agent string, handle func(Agent) error) error {
	return s.client.Events(ctx, agentPath(agent)+"/events", func(event, _ string, data []byte) error {
		if event != "state" {
			return nil
		}
		var state Agent
		if err := json.Unmarshal(data, &state); err != nil {
			return fmt.Errorf("read state of agent %s: %w", agent, err)
		}
		return handle(state)
	})
}

// Statistics iterates over the figures of every process that the caller may see.
func (s *InteractionServer) Statistics(ctx context.Context) iter.Seq2[Statistics, error] {
	return All[Statistics](ctx, s.client, "/v1/statistics")
}

// Status returns what the server says of itself.
func (s *InteractionServer) Status(ctx context.Context) (out InteractionServerStatus, err error) {
	err = s.client.Do(ctx, http.MethodGet, "/v1/status", nil, &out)
	return out, err
}

// Version returns what the server's binary was built from and which version of
// each channel it serves.
func (s *InteractionServer) Version(ctx context.Context) (out ServerVersion, err error) {
	err = s.client.Do(ctx, http.MethodGet, "/v1/version", nil, &out)
	return out, err
}

func interactionPath(id string) string { return "/v1/interactions/" + url.PathEscape(id) }

func agentPath(name string) string { return "/v1/agents/" + url.PathEscape(name) }
