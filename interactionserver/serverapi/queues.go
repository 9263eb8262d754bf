package serverapi

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/rest"
)

const queuesTag = "Queues"

func (s *surface) registerQueues(api *rest.API) {
	rest.Handle(api, rest.Operation{
		ID: "list-queues", Method: http.MethodGet, Path: "/v1/queues",
		Tag: queuesTag, Summary: "List queues and how full they are", Action: string(accessgroups.View),
	}, s.queues)
	rest.Handle(api, rest.Operation{
		ID: "get-queue", Method: http.MethodGet, Path: "/v1/queues/{queue}",
		Tag: queuesTag, Summary: "Get a queue", Action: string(accessgroups.View),
	}, s.queue)
	rest.Handle(api, rest.Operation{
		ID: "pull-interaction", Method: http.MethodPost, Path: "/v1/queues/{queue}:pull",
		Tag: queuesTag, Summary: "Take the first interaction of a queue", Action: string(accessgroups.Pull),
		Description: "Highest priority first, then the one that waits longest. 204 when none waits, 409 `capacity-reached` " +
			"when the caller has as many as it may have.",
		Problems: []int{http.StatusConflict},
	}, s.pull)
}

// QueueParam names a queue.
type QueueParam struct {
	Queue string `path:"queue" maxLength:"127" doc:"Process and queue: card-dispute.intake."`
}

type queuesOutput struct {
	Body rest.Items[client.Queue]
}

func (s *surface) queues(ctx context.Context, _ *nothing) (*queuesOutput, error) {
	found, err := s.service.Queues(ctx, callerID(ctx))
	if err != nil {
		return nil, err
	}
	return &queuesOutput{Body: rest.NewItems(queuesOf(found), "")}, nil
}

type queueOutput struct{ Body client.Queue }

func (s *surface) queue(ctx context.Context, in *QueueParam) (*queueOutput, error) {
	found, err := s.service.Queue(ctx, callerID(ctx), interactionserver.QueueName(in.Queue))
	if err != nil {
		return nil, err
	}
	return &queueOutput{Body: queueOf(found)}, nil
}

type pullOutput struct {
	Status int
	Body   *client.Interaction
}

func (s *surface) pull(ctx context.Context, in *QueueParam) (*pullOutput, error) {
	pulled, found, err := s.service.Pull(ctx, callerID(ctx), interactionserver.QueueName(in.Queue))
	if err != nil {
		return nil, err
	}
	if !found {
		return &pullOutput{Status: http.StatusNoContent}, nil
	}
	body := interactionOf(s.directories.current().directory, pulled)
	return &pullOutput{Status: http.StatusOK, Body: &body}, nil
}
