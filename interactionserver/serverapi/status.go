package serverapi

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
)

const serverTag = "Server"

func (s *surface) registerServer(api *rest.API) {
	rest.Handle(api, rest.Operation{
		ID: "get-statistics", Method: http.MethodGet, Path: "/v1/statistics",
		Tag: serverTag, Summary: "Get the figures of each business process", Action: string(accessgroups.Statistics),
		Description: "Of the whole server group, over all that its database holds.",
	}, s.statistics)
	rest.Handle(api, rest.Operation{
		ID: "get-status", Method: http.MethodGet, Path: "/v1/status",
		Tag: serverTag, Summary: "Get the state of this server", Action: rest.Authenticated,
		Description: "What it was granted, and whether the control plane, Temporal and its database are there. It goes on " +
			"serving without the first two.",
	}, s.status)
	rest.Handle(api, rest.Operation{
		ID: "get-version", Method: http.MethodGet, Path: "/v1/version",
		Tag: serverTag, Summary: "Get the versions of this server", Action: rest.Authenticated,
		Description: "Of its binary, and of each interactive channel: the number and the hash of what is deployed, and since when.",
	}, s.version)
}

type nothing struct{}

type statisticsOutput struct {
	Body rest.Items[client.Statistics]
}

func (s *surface) statistics(ctx context.Context, _ *nothing) (*statisticsOutput, error) {
	found, err := s.service.Statistics(ctx, callerID(ctx))
	if err != nil {
		return nil, err
	}
	return &statisticsOutput{Body: rest.NewItems(statisticsOf(found), "")}, nil
}

type statusOutput struct {
	Body client.InteractionServerStatus
}

func (s *surface) status(ctx context.Context, _ *nothing) (*statusOutput, error) {
	return &statusOutput{Body: s.o.Status(ctx)}, nil
}

type versionOutput struct{ Body client.ServerVersion }

func (s *surface) version(context.Context, *nothing) (*versionOutput, error) {
	answer := s.o.Build
	answer.Channels = s.o.Channels()
	return &versionOutput{Body: answer}, nil
}
