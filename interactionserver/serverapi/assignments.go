package serverapi

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/rest"
)

const ended = " When the assignment is not the present one, ran out or is not the caller's, the answer is 409 `assignment-ended`. " +
	"Repeating it is harmless."

func (s *surface) registerAssignments(api *rest.API) {
	rest.Handle(api, rest.Operation{
		ID: "accept-interaction", Method: http.MethodPost, Path: "/v1/interactions/{interaction}:accept",
		Tag: interactionsTag, Summary: "Accept an offered interaction", Action: string(accessgroups.Handle),
		Description: "Takes it into the caller's hands." + ended, Problems: []int{http.StatusConflict},
	}, s.accept)
	rest.Handle(api, rest.Operation{
		ID: "reject-interaction", Method: http.MethodPost, Path: "/v1/interactions/{interaction}:reject",
		Tag: interactionsTag, Summary: "Reject an offered interaction", Action: string(accessgroups.Handle),
		Description: "It goes back to its old place in its queue, and is offered to others first." + ended,
		Problems:    []int{http.StatusConflict},
	}, s.reject)
	rest.Handle(api, rest.Operation{
		ID: "complete-interaction", Method: http.MethodPost, Path: "/v1/interactions/{interaction}:complete",
		Tag: interactionsTag, Summary: "Complete the handling of an interaction", Action: string(accessgroups.Handle),
		Description: "Its business process goes on and can look at the outcome." + ended,
		Problems:    []int{http.StatusConflict},
	}, s.complete)
}

type acceptInput struct {
	InteractionParam
	Body client.Acceptance
}

func (s *surface) accept(ctx context.Context, in *acceptInput) (*interactionOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	accepted, err := s.service.Accept(ctx, callerID(ctx), id, in.Body.Assignment)
	if err != nil {
		return nil, err
	}
	return s.interactionOutput(accepted), nil
}

type rejectInput struct {
	InteractionParam
	Body client.Rejection
}

func (s *surface) reject(ctx context.Context, in *rejectInput) (*interactionOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	rejected, err := s.service.Reject(ctx, callerID(ctx), id, in.Body.Assignment, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return s.interactionOutput(rejected), nil
}

type completeInput struct {
	InteractionParam
	Body client.Completion
}

func (s *surface) complete(ctx context.Context, in *completeInput) (*interactionOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	completion := interactionserver.Completion{Outcome: in.Body.Outcome, Properties: process.Values(in.Body.Properties)}
	completed, err := s.service.Complete(ctx, callerID(ctx), id, in.Body.Assignment, completion)
	if err != nil {
		return nil, err
	}
	return s.interactionOutput(completed), nil
}
