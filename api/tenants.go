package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const tenantsListing listing = "tenants"

// InTenant is the input of what lies in a tenant. It and its like are exported
// because Huma fills in exported embedded fields only.
type InTenant struct {
	Tenant string `path:"tenant" maxLength:"63" doc:"Name of the tenant"`
}

func (h *handlers) registerTenants(a *rest.API) {
	rest.Handle(a, rest.Operation{
		ID: "create-tenant", Method: http.MethodPost, Path: "/v1/tenants", Tag: "Tenants", Summary: "Create a tenant",
		Action: string(accessgroups.ManageTenants), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createTenant)
	rest.Handle(a, rest.Operation{
		ID: "list-tenants", Method: http.MethodGet, Path: "/v1/tenants", Tag: "Tenants", Summary: "List all tenants",
		Action: string(accessgroups.ManageTenants),
	}, h.listTenants)
	rest.Handle(a, rest.Operation{
		ID: "get-tenant", Method: http.MethodGet, Path: "/v1/tenants/{tenant}", Tag: "Tenants", Summary: "Read a tenant",
		Action: string(accessgroups.ViewTenant),
	}, h.getTenant)
	rest.Handle(a, rest.Operation{
		ID: "update-tenant", Method: http.MethodPut, Path: "/v1/tenants/{tenant}", Tag: "Tenants", Summary: "Change a tenant",
		Action: string(accessgroups.ManageTenant),
	}, h.updateTenant)
}

type createTenantInput struct{ Body client.NewTenant }

func (h *handlers) createTenant(ctx context.Context, in *createTenantInput) (*resource[client.Tenant], error) {
	tenant, err := h.Tenants.CreateTenant(ctx, actor(ctx), tenants.NewTenant{
		Name:           in.Body.Name,
		TenantSettings: tenants.TenantSettings{DisplayName: in.Body.DisplayName},
	})
	if err != nil {
		return nil, err
	}
	return respondOne(tenant.Version, tenantShape(tenant)), nil
}

type listTenantsInput struct{ rest.Page }

func (h *handlers) listTenants(ctx context.Context, in *listTenantsInput) (*listOutput[client.Tenant], error) {
	request, err := tenantsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	page, err := h.Tenants.Tenants(ctx, request)
	if err != nil {
		return nil, err
	}
	return respond(tenantsListing, page, tenantShape), nil
}

func (h *handlers) getTenant(ctx context.Context, in *InTenant) (*resource[client.Tenant], error) {
	tenant, err := h.Tenants.Tenant(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	return respondOne(tenant.Version, tenantShape(tenant)), nil
}

type updateTenantInput struct {
	InTenant
	rest.IfMatch
	Body client.TenantChange
}

func (h *handlers) updateTenant(ctx context.Context, in *updateTenantInput) (*resource[client.Tenant], error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	id, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	tenant, err := h.Tenants.UpdateTenant(ctx, actor(ctx), id, version, tenants.TenantSettings{DisplayName: in.Body.DisplayName})
	if err != nil {
		return nil, err
	}
	return respondOne(tenant.Version, tenantShape(tenant)), nil
}

func tenantShape(t tenants.Tenant) client.Tenant {
	return client.Tenant{
		ID: string(t.ID), Name: t.Name, DisplayName: t.DisplayName, Provisioning: provisioningShape(t.Provisioning),
		Version: t.Version, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
}

func provisioningShape(p tenants.Provisioning) client.Provisioning {
	return client.Provisioning{
		State: string(p.State), Step: p.Step, Reason: p.Reason, WorkflowID: p.WorkflowID, UpdatedAt: p.UpdatedAt,
	}
}
