package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
)

const auditListing listing = "audit-events"

func (h *handlers) registerAudit(a *rest.API) {
	rest.Handle(a, rest.Operation{
		ID: "list-audit-events", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/audit-events", Tag: "Audit",
		Summary: "List who changed what, newest first", Action: string(accessgroups.ViewAudit),
	}, h.listAuditEvents)
}

type listAuditInput struct {
	ListInTenant
	Actor    string `query:"actor" maxLength:"63" doc:"Only changes by the account of this name"`
	Action   string `query:"action" maxLength:"100" doc:"Only this action" example:"solution.create"`
	Resource string `query:"resource" maxLength:"400" doc:"Only this resource and what lies below it" example:"solutions/cards"`
}

func (h *handlers) listAuditEvents(ctx context.Context, in *listAuditInput) (*listOutput[client.AuditEvent], error) {
	request, err := auditListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	filter := audit.Filter{Actor: in.Actor, Action: in.Action, Resource: in.Resource}
	page, err := h.Audit.List(ctx, string(tenant), filter, request)
	if err != nil {
		return nil, err
	}
	return respond(auditListing, page, auditEventShape), nil
}

func auditEventShape(e audit.Event) client.AuditEvent {
	return client.AuditEvent{ID: e.ID, At: e.At, Actor: e.Actor.Name, Action: e.Action, Resource: e.Resource, Detail: e.Detail}
}
