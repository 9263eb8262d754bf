package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const serverGroupsListing listing = "server-groups"

// InGroup is the input of what lies in a server group.
type InGroup struct {
	InSolution
	Group string `path:"group" maxLength:"63" doc:"Name of the server group"`
}

func (h *handlers) registerServerGroups(a *rest.API) {
	const (
		all = "/v1/tenants/{tenant}/solutions/{solution}/server-groups"
		one = all + "/{group}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-server-group", Method: http.MethodPost, Path: all, Tag: "Server groups", Summary: "Create a staging group",
		Description: "It gets a database of its own.",
		Action:      string(accessgroups.ManageSolutions), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createServerGroup)
	rest.Handle(a, rest.Operation{
		ID: "list-server-groups", Method: http.MethodGet, Path: all, Tag: "Server groups", Summary: "List the server groups of a solution",
		Action: string(accessgroups.ViewSolutions),
	}, h.listServerGroups)
	rest.Handle(a, rest.Operation{
		ID: "get-server-group", Method: http.MethodGet, Path: one, Tag: "Server groups", Summary: "Read a server group",
		Action: string(accessgroups.ViewSolutions),
	}, h.getServerGroup)
}

type createServerGroupInput struct {
	InSolution
	Body client.NewServerGroup
}

func (h *handlers) createServerGroup(ctx context.Context, in *createServerGroupInput) (*resource[client.ServerGroup], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	group, err := h.Tenants.CreateServerGroup(ctx, actor(ctx), tenant, in.Solution, tenants.NewServerGroup{
		Name: in.Body.Name, Kind: tenants.GroupKind(in.Body.Kind),
	})
	if err != nil {
		return nil, err
	}
	return respondOne(group.Version, serverGroupShape(group)), nil
}

// ListInSolution is the input of a list in a solution.
type ListInSolution struct {
	InSolution
	rest.Page
}

func (h *handlers) listServerGroups(ctx context.Context, in *ListInSolution) (*listOutput[client.ServerGroup], error) {
	request, err := serverGroupsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.Tenants.ServerGroups(ctx, tenant, in.Solution, request)
	if err != nil {
		return nil, err
	}
	return respond(serverGroupsListing, page, serverGroupShape), nil
}

func (h *handlers) getServerGroup(ctx context.Context, in *InGroup) (*resource[client.ServerGroup], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	group, err := h.Tenants.ServerGroup(ctx, tenant, in.Solution, in.Group)
	if err != nil {
		return nil, err
	}
	return respondOne(group.Version, serverGroupShape(group)), nil
}

func serverGroupShape(g tenants.ServerGroup) client.ServerGroup {
	return client.ServerGroup{
		ID: string(g.ID), Name: g.Name, Kind: string(g.Kind), Database: g.Database,
		Version: g.Version, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt,
	}
}
