package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
)

const accessGroupsListing listing = "access-groups"

// InAccessGroup is the input of what is done to an access group.
type InAccessGroup struct {
	InTenant
	AccessGroup string `path:"accessGroup" maxLength:"63" doc:"Name of the access group"`
}

func (h *handlers) registerAccessGroups(a *rest.API) {
	const (
		all = "/v1/tenants/{tenant}/access-groups"
		one = all + "/{accessGroup}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-access-group", Method: http.MethodPost, Path: all, Tag: "Access groups", Summary: "Create an access group",
		Action: string(accessgroups.ManageAccess), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createAccessGroup)
	rest.Handle(a, rest.Operation{
		ID: "list-access-groups", Method: http.MethodGet, Path: all, Tag: "Access groups", Summary: "List the access groups of a tenant",
		Action: string(accessgroups.ViewAccess),
	}, h.listAccessGroups)
	rest.Handle(a, rest.Operation{
		ID: "grant-directly", Method: http.MethodPost, Path: all + ":grant", Tag: "Access groups", Summary: "Grant a process to one account",
		Description: "Creates or extends the access group of that account alone, `account-` and its name.",
		Action:      string(accessgroups.ManageAccess), Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.grantDirectly)
	rest.Handle(a, rest.Operation{
		ID: "get-access-group", Method: http.MethodGet, Path: one, Tag: "Access groups", Summary: "Read an access group",
		Action: string(accessgroups.ViewAccess),
	}, h.getAccessGroup)
	rest.Handle(a, rest.Operation{
		ID: "update-access-group", Method: http.MethodPut, Path: one, Tag: "Access groups", Summary: "Change an access group",
		Description: "Its members and grants become those of the body. Servers follow within two seconds.",
		Action:      string(accessgroups.ManageAccess),
	}, h.updateAccessGroup)
	rest.Handle(a, rest.Operation{
		ID: "delete-access-group", Method: http.MethodDelete, Path: one, Tag: "Access groups", Summary: "Delete an access group",
		Action: string(accessgroups.ManageAccess),
	}, h.deleteAccessGroup)
}

type createAccessGroupInput struct {
	InTenant
	Body client.NewAccessGroup
}

func (h *handlers) createAccessGroup(ctx context.Context, in *createAccessGroupInput) (*resource[client.AccessGroup], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	group, err := h.AccessGroups.Create(ctx, actor(ctx), tenant, accessgroups.New{
		Name: in.Body.Name,
		Settings: accessgroups.Settings{
			DisplayName: in.Body.DisplayName, Members: in.Body.Members, Grants: grantsOf(in.Body.Grants),
		},
	})
	if err != nil {
		return nil, err
	}
	return respondOne(group.Version, accessGroupShape(group)), nil
}

func (h *handlers) listAccessGroups(ctx context.Context, in *ListInTenant) (*listOutput[client.AccessGroup], error) {
	request, err := accessGroupsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.AccessGroups.List(ctx, tenant, request)
	if err != nil {
		return nil, err
	}
	return respond(accessGroupsListing, page, accessGroupShape), nil
}

func (h *handlers) getAccessGroup(ctx context.Context, in *InAccessGroup) (*resource[client.AccessGroup], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	group, err := h.AccessGroups.Get(ctx, tenant, in.AccessGroup)
	if err != nil {
		return nil, err
	}
	return respondOne(group.Version, accessGroupShape(group)), nil
}

type updateAccessGroupInput struct {
	InAccessGroup
	rest.IfMatch
	Body client.AccessGroupChange
}

func (h *handlers) updateAccessGroup(ctx context.Context, in *updateAccessGroupInput) (*resource[client.AccessGroup], error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	group, err := h.AccessGroups.Update(ctx, actor(ctx), tenant, in.AccessGroup, version, accessgroups.Settings{
		DisplayName: in.Body.DisplayName, Members: in.Body.Members, Grants: grantsOf(in.Body.Grants),
	})
	if err != nil {
		return nil, err
	}
	return respondOne(group.Version, accessGroupShape(group)), nil
}

type deleteAccessGroupInput struct {
	InAccessGroup
	rest.IfMatch
}

func (h *handlers) deleteAccessGroup(ctx context.Context, in *deleteAccessGroupInput) (*struct{}, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	return nil, h.AccessGroups.Delete(ctx, actor(ctx), tenant, in.AccessGroup, version)
}

type grantDirectlyInput struct {
	InTenant
	Body client.DirectGrant
}

func (h *handlers) grantDirectly(ctx context.Context, in *grantDirectlyInput) (*resource[client.AccessGroup], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	group, err := h.AccessGroups.GrantDirectly(ctx, actor(ctx), tenant, accessgroups.DirectGrant{
		Account: in.Body.Account, Process: in.Body.Process, Actions: actionsOf(in.Body.Actions),
	})
	if err != nil {
		return nil, err
	}
	return respondOne(group.Version, accessGroupShape(group)), nil
}

func grantsOf(shapes []client.Grant) []accessgroups.Grant {
	grants := make([]accessgroups.Grant, len(shapes))
	for i, shape := range shapes {
		grants[i] = accessgroups.Grant{Process: shape.Process, Actions: actionsOf(shape.Actions)}
	}
	return grants
}

func actionsOf(texts []string) []accessgroups.Action {
	actions := make([]accessgroups.Action, len(texts))
	for i, text := range texts {
		actions[i] = accessgroups.Action(text)
	}
	return actions
}

func accessGroupShape(g accessgroups.AccessGroup) client.AccessGroup {
	shape := client.AccessGroup{
		ID: g.ID, Name: g.Name, DisplayName: g.DisplayName, Members: orEmpty(g.Members), Grants: make([]client.Grant, len(g.Grants)),
		Version: g.Version, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt,
	}
	for i, grant := range g.Grants {
		shape.Grants[i] = client.Grant{Process: grant.Process, Actions: make([]string, len(grant.Actions))}
		for j, action := range grant.Actions {
			shape.Grants[i].Actions[j] = string(action)
		}
	}
	return shape
}
