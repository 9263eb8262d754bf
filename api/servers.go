package api

import (
	"context"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const serversListing listing = "servers"

// InServer is the input of what is done to a server.
type InServer struct {
	InGroup
	Server string `path:"server" maxLength:"63" doc:"Name of the server"`
}

func (h *handlers) registerServers(a *rest.API) {
	const (
		all = "/v1/tenants/{tenant}/solutions/{solution}/server-groups/{group}/servers"
		one = all + "/{server}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-server", Method: http.MethodPost, Path: all, Tag: "Servers", Summary: "Create an interaction server",
		Description: "The node that it names starts it, under its account.",
		Action:      string(accessgroups.ManageSolutions), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createServer)
	rest.Handle(a, rest.Operation{
		ID: "list-servers", Method: http.MethodGet, Path: all, Tag: "Servers", Summary: "List the servers of a group",
		Action: string(accessgroups.ViewSolutions),
	}, h.listServers)
	rest.Handle(a, rest.Operation{
		ID: "get-server", Method: http.MethodGet, Path: one, Tag: "Servers", Summary: "Read a server",
		Description: "Its status is what the node last reported. The state is `unknown` while the node has not been heard of for ten seconds.",
		Action:      string(accessgroups.ViewSolutions),
	}, h.getServer)
	rest.Handle(a, rest.Operation{
		ID: "update-server", Method: http.MethodPut, Path: one, Tag: "Servers", Summary: "Change a server",
		Description: "With another account, the key of the former one is revoked. With another node, the server runs on where it is until that node has started it; a server that was ever started cannot be given to a node that has never reported.",
		Action:      string(accessgroups.ManageSolutions),
	}, h.updateServer)
	rest.Handle(a, rest.Operation{
		ID: "delete-server", Method: http.MethodDelete, Path: one, Tag: "Servers", Summary: "Delete a server",
		Description: "Its node stops it, now or when it is back, and its API key is revoked. The group keeps its other servers, its database and its configuration.",
		Action:      string(accessgroups.ManageSolutions),
	}, h.deleteServer)
	rest.Handle(a, rest.Operation{
		ID: "get-server-configuration", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/servers/{server}/configuration",
		Tag: "Servers", Summary: "Read what a server works with",
		Description: "For the account alone that the server runs as, which asks every second. The ETag is the configuration's revision.",
		Action:      rest.Authenticated, Problems: []int{http.StatusNotFound},
	}, h.getServerConfiguration)
}

type createServerInput struct {
	InGroup
	Body client.NewServer
}

func (h *handlers) createServer(ctx context.Context, in *createServerInput) (*resource[client.Server], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	server, err := h.Tenants.CreateServer(ctx, actor(ctx), tenant, in.Solution, in.Group, tenants.NewServer{
		Name:           in.Body.Name,
		ServerSettings: tenants.ServerSettings{Account: in.Body.Account, Node: in.Body.Node},
	})
	if err != nil {
		return nil, err
	}
	return h.respondServer(ctx, server)
}

// ListInGroup is the input of a list in a server group.
type ListInGroup struct {
	InGroup
	rest.Page
}

func (h *handlers) listServers(ctx context.Context, in *ListInGroup) (*listOutput[client.Server], error) {
	request, err := serversListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.Tenants.Servers(ctx, tenant, in.Solution, in.Group, request)
	if err != nil {
		return nil, err
	}
	shape, err := h.serverShape(ctx)
	if err != nil {
		return nil, err
	}
	return respond(serversListing, page, shape), nil
}

func (h *handlers) getServer(ctx context.Context, in *InServer) (*resource[client.Server], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	server, err := h.Tenants.Server(ctx, tenant, in.Solution, in.Group, in.Server)
	if err != nil {
		return nil, err
	}
	return h.respondServer(ctx, server)
}

type updateServerInput struct {
	InServer
	rest.IfMatch
	Body client.ServerChange
}

func (h *handlers) updateServer(ctx context.Context, in *updateServerInput) (*resource[client.Server], error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	server, err := h.Tenants.UpdateServer(ctx, actor(ctx), tenant, in.Solution, in.Group, in.Server, version, tenants.ServerSettings{
		Account: in.Body.Account, Node: in.Body.Node,
	})
	if err != nil {
		return nil, err
	}
	return h.respondServer(ctx, server)
}

type deleteServerInput struct {
	InServer
	rest.IfMatch
}

func (h *handlers) deleteServer(ctx context.Context, in *deleteServerInput) (*struct{}, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	return nil, h.Tenants.DeleteServer(ctx, actor(ctx), tenant, in.Solution, in.Group, in.Server, version)
}

func (h *handlers) respondServer(ctx context.Context, server tenants.Server) (*resource[client.Server], error) {
	shape, err := h.serverShape(ctx)
	if err != nil {
		return nil, err
	}
	return respondOne(server.Version, shape(server)), nil
}

// serverShape returns the shape of servers by what is known of the nodes now.
func (h *handlers) serverShape(ctx context.Context) (func(tenants.Server) client.Server, error) {
	nodes, err := h.Tenants.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	at := time.Now()
	return func(s tenants.Server) client.Server { return serverShape(s, tenants.Health(s, nodes, at)) }, nil
}

func serverShape(s tenants.Server, health tenants.ServerHealth) client.Server {
	return client.Server{
		ID: string(s.ID), Name: s.Name, Account: s.AccountName, Node: s.Node,
		Status: client.ServerStatus{
			State: string(health.State), Address: health.Address, Metrics: health.Metrics, PID: health.PID,
			Restarts: health.Restarts, StartedAt: timeOrNil(health.StartedAt), ReportedAt: timeOrNil(health.ReportedAt),
			NodeReportedAt: timeOrNil(health.NodeReportedAt), Problem: health.Problem,
		},
		Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
