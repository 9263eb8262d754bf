package serverapi

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const interactionsTag = "Interactions"

func (s *surface) registerInteractions(api *rest.API) {
	rest.Handle(api, rest.Operation{
		ID: "submit-interaction", Method: http.MethodPost, Path: "/v1/interactions",
		Tag: interactionsTag, Summary: "Submit an interaction", Action: string(accessgroups.Submit), Status: http.StatusCreated,
		Description: "The answer is sent once the interaction is durable: 201 for a new one, 200 with the first one when its " +
			"media source and external id came before. A process that this server's account was not granted is refused with " +
			"403 `process-not-granted`.",
	}, s.submit)
	rest.Handle(api, rest.Operation{
		ID: "list-interactions", Method: http.MethodGet, Path: "/v1/interactions",
		Tag: interactionsTag, Summary: "List interactions, newest first", Action: string(accessgroups.View),
	}, s.list)
	rest.Handle(api, rest.Operation{
		ID: "get-interaction", Method: http.MethodGet, Path: "/v1/interactions/{interaction}",
		Tag: interactionsTag, Summary: "Get an interaction", Action: string(accessgroups.View),
	}, s.get)
	rest.Handle(api, rest.Operation{
		ID: "list-interaction-events", Method: http.MethodGet, Path: "/v1/interactions/{interaction}/events",
		Tag: interactionsTag, Summary: "List what happened to an interaction, oldest first", Action: string(accessgroups.View),
	}, s.events)
	rest.Handle(api, rest.Operation{
		ID: "stop-interaction", Method: http.MethodPost, Path: "/v1/interactions/{interaction}:stop",
		Tag: interactionsTag, Summary: "Stop an interaction", Action: string(accessgroups.Stop),
		Description: "From any state, at once. One that has stopped stays as it is.",
	}, s.stop)
}

// interactionOutput is one interaction.
type interactionOutput struct {
	Status int
	Body   client.Interaction
}

// InteractionParam names an interaction.
type InteractionParam struct {
	Interaction string `path:"interaction" maxLength:"36" doc:"Id of the interaction."`
}

// id is malformed for no interaction that there is.
func (p InteractionParam) id() (interactionserver.InteractionID, error) {
	id, err := tenants.ParseID[interactionserver.InteractionID](p.Interaction)
	if err != nil {
		return "", fault.New(fault.NotFound, "interaction-not-found", "there is no such interaction")
	}
	return id, nil
}

type submitInput struct{ Body client.NewInteraction }

func (s *surface) submit(ctx context.Context, in *submitInput) (*interactionOutput, error) {
	submitted, created, err := s.service.Submit(ctx, callerID(ctx), interactionserver.Submission{
		MediaSource: in.Body.MediaSource,
		ExternalID:  in.Body.ExternalID,
		MediaType:   in.Body.MediaType,
		Type:        in.Body.Type,
		Subtype:     in.Body.Subtype,
		Process:     in.Body.Process,
		Priority:    in.Body.Priority,
		Properties:  process.Values(in.Body.Properties),
	})
	if err != nil {
		return nil, err
	}
	out := s.interactionOutput(submitted)
	if created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

type listInput struct {
	rest.Page
	States      []string `query:"state" maxItems:"6" enum:"submitted,queued,routing,delivering,handling,stopped" doc:"Only these states, separated by commas."`
	Process     string   `query:"process" maxLength:"63" doc:"Only of this business process."`
	Queue       string   `query:"queue" maxLength:"127" doc:"Only of this queue."`
	Agent       string   `query:"agent" maxLength:"63" doc:"Only what this agent holds; me is the caller."`
	MediaType   string   `query:"mediaType" maxLength:"63" doc:"Only of this media type."`
	MediaSource string   `query:"mediaSource" maxLength:"100" doc:"Only from this media source."`
	ExternalID  string   `query:"externalId" maxLength:"200" doc:"Only with this name at the media source."`
}

type listOutput struct {
	Body rest.Items[client.Interaction]
}

const interactionsCursor = "interactions"

func (s *surface) list(ctx context.Context, in *listInput) (*listOutput, error) {
	present := s.directories.current()
	after, _, err := rest.DecodeCursor[interactionCursor](interactionsCursor, in.Cursor)
	if err != nil {
		return nil, err
	}
	filter := interactionserver.Filter{
		Process:     in.Process,
		Queue:       interactionserver.QueueName(in.Queue),
		MediaType:   in.MediaType,
		MediaSource: in.MediaSource,
		ExternalID:  in.ExternalID,
	}
	for _, state := range in.States {
		filter.States = append(filter.States, interactionserver.State(state))
	}
	if in.Agent != "" {
		agent, ok := present.agent(ctx, in.Agent)
		if !ok {
			return &listOutput{Body: rest.NewItems[client.Interaction](nil, "")}, nil
		}
		filter.Agent = agent
	}
	page := interactionserver.Page{After: interactionserver.InteractionID(after), Limit: in.Limit}
	found, next, err := s.service.List(ctx, callerID(ctx), filter, page)
	if err != nil {
		return nil, err
	}
	cursor := ""
	if next != "" {
		cursor = rest.EncodeCursor(interactionsCursor, interactionCursor(next))
	}
	return &listOutput{Body: rest.NewItems(interactionsOf(present.directory, found), cursor)}, nil
}

// interactionCursor is the id of a page's last interaction.
type interactionCursor string

// Check refuses what is no id.
func (c interactionCursor) Check() error {
	_, err := tenants.ParseID[interactionserver.InteractionID](string(c))
	return err
}

func (s *surface) get(ctx context.Context, in *InteractionParam) (*interactionOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	found, err := s.service.Get(ctx, callerID(ctx), id)
	if err != nil {
		return nil, err
	}
	return s.interactionOutput(found), nil
}

type eventsInput struct {
	InteractionParam
	rest.Page
}

type eventsOutput struct {
	Body rest.Items[client.InteractionEvent]
}

const eventsCursor = "interaction-events"

func (s *surface) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	after, _, err := rest.DecodeCursor[int64](eventsCursor, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.service.Events(ctx, callerID(ctx), id, after, in.Limit)
	if err != nil {
		return nil, err
	}
	cursor := ""
	if len(found) == in.Limit {
		cursor = rest.EncodeCursor(eventsCursor, found[len(found)-1].ID)
	}
	return &eventsOutput{Body: rest.NewItems(eventsOf(s.directories.current().directory, found), cursor)}, nil
}

type stopInput struct {
	InteractionParam
	Body client.Stop
}

func (s *surface) stop(ctx context.Context, in *stopInput) (*interactionOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	stopped, err := s.service.Stop(ctx, callerID(ctx), id, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return s.interactionOutput(stopped), nil
}

func (s *surface) interactionOutput(i interactionserver.Interaction) *interactionOutput {
	return &interactionOutput{Status: http.StatusOK, Body: interactionOf(s.directories.current().directory, i)}
}
