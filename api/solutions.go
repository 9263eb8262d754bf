package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const solutionsListing listing = "solutions"

// InSolution is the input of what lies in a solution.
type InSolution struct {
	InTenant
	Solution string `path:"solution" maxLength:"63" doc:"Name of the solution"`
}

func (h *handlers) registerSolutions(a *rest.API) {
	const (
		all = "/v1/tenants/{tenant}/solutions"
		one = all + "/{solution}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-solution", Method: http.MethodPost, Path: all, Tag: "Solutions", Summary: "Create a solution",
		Description: "Its production server group is created with it. Provisioning begins at once; its progress is on the resource.",
		Action:      string(accessgroups.ManageSolutions), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createSolution)
	rest.Handle(a, rest.Operation{
		ID: "list-solutions", Method: http.MethodGet, Path: all, Tag: "Solutions", Summary: "List the solutions of a tenant",
		Description: "Those alone that the caller may view: the team of one solution sees that one. A page may therefore hold fewer than its limit and still have a next.",
		Action:      rest.Authenticated, Problems: []int{http.StatusNotFound},
	}, h.listSolutions)
	rest.Handle(a, rest.Operation{
		ID: "get-solution", Method: http.MethodGet, Path: one, Tag: "Solutions", Summary: "Read a solution",
		Action: string(accessgroups.ViewSolutions),
	}, h.getSolution)
	rest.Handle(a, rest.Operation{
		ID: "update-solution", Method: http.MethodPut, Path: one, Tag: "Solutions", Summary: "Change a solution",
		Action: string(accessgroups.ManageSolutions),
	}, h.updateSolution)
	rest.Handle(a, rest.Operation{
		ID: "provision-solution", Method: http.MethodPost, Path: one + ":provision", Tag: "Solutions", Summary: "Provision a solution again",
		Description: "Brings every database and server of the solution to the state that is written down. Harmless to what runs.",
		Action:      string(accessgroups.OperateSolutions), Status: http.StatusAccepted,
	}, h.provisionSolution)
	rest.Handle(a, rest.Operation{
		ID: "get-webhook-keys", Method: http.MethodGet, Path: one + "/webhook-keys", Tag: "Solutions", Summary: "Read the keys that sign a solution's webhooks",
		Description: "For the receivers, who check the signatures (Standard Webhooks). That they were read is written to the audit log.",
		Action:      string(accessgroups.ManageSolutions),
	}, h.getWebhookKeys)
	rest.Handle(a, rest.Operation{
		ID: "rotate-webhook-key", Method: http.MethodPost, Path: one + "/webhook-keys:rotate", Tag: "Solutions", Summary: "Make a new key for a solution's webhooks",
		Description: "The one before goes on signing beside it, until the next rotation. Servers take the new key once the solution is provisioned again, which restarts them.",
		Action:      string(accessgroups.ManageSolutions),
	}, h.rotateWebhookKey)
}

type createSolutionInput struct {
	InTenant
	Body client.NewSolution
}

func (h *handlers) createSolution(ctx context.Context, in *createSolutionInput) (*resource[client.Solution], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	solution, err := h.Tenants.CreateSolution(ctx, actor(ctx), tenant, tenants.NewSolution{
		Name:             in.Body.Name,
		SolutionSettings: tenants.SolutionSettings{DisplayName: in.Body.DisplayName},
		ProductionGroup:  in.Body.ProductionGroup,
	})
	if err != nil {
		return nil, err
	}
	return respondOne(solution.Version, solutionShape(solution)), nil
}

// ListInTenant is the input of a list in a tenant.
type ListInTenant struct {
	InTenant
	rest.Page
}

// listSolutions decides for each solution whether the caller sees it.
func (h *handlers) listSolutions(ctx context.Context, in *ListInTenant) (*listOutput[client.Solution], error) {
	request, err := solutionsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	if err := h.isAtHome(ctx, accessgroups.ViewSolutions, tenant); err != nil {
		return nil, err
	}
	page, err := h.Tenants.Solutions(ctx, tenant, request)
	if err != nil {
		return nil, err
	}
	visible := page.Items[:0]
	for _, solution := range page.Items {
		allowed, err := h.allowed(ctx, accessgroups.ViewSolutions, accessgroups.Object{Tenant: tenant, Solution: solution.Name})
		if err != nil {
			return nil, err
		}
		if allowed {
			visible = append(visible, solution)
		}
	}
	page.Items = visible
	return respond(solutionsListing, page, solutionShape), nil
}

func (h *handlers) getSolution(ctx context.Context, in *InSolution) (*resource[client.Solution], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	solution, err := h.Tenants.Solution(ctx, tenant, in.Solution)
	if err != nil {
		return nil, err
	}
	return respondOne(solution.Version, solutionShape(solution)), nil
}

type updateSolutionInput struct {
	InSolution
	rest.IfMatch
	Body client.SolutionChange
}

func (h *handlers) updateSolution(ctx context.Context, in *updateSolutionInput) (*resource[client.Solution], error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	solution, err := h.Tenants.UpdateSolution(ctx, actor(ctx), tenant, in.Solution, version, tenants.SolutionSettings{DisplayName: in.Body.DisplayName})
	if err != nil {
		return nil, err
	}
	return respondOne(solution.Version, solutionShape(solution)), nil
}

func (h *handlers) provisionSolution(ctx context.Context, in *InSolution) (*resource[client.Solution], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	solution, err := h.Tenants.Reprovision(ctx, actor(ctx), tenant, in.Solution)
	if err != nil {
		return nil, err
	}
	return respondOne(solution.Version, solutionShape(solution)), nil
}

func solutionShape(s tenants.Solution) client.Solution {
	return client.Solution{
		ID: string(s.ID), Name: s.Name, DisplayName: s.DisplayName, Provisioning: provisioningShape(s.Provisioning),
		Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}
