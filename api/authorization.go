package api

import (
	"context"
	"sync"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

// authenticate takes an API key or a token.
func (h *handlers) authenticate(ctx context.Context, bearer string) (authentication.Caller, error) {
	if !authentication.LooksLikeAPIKey(bearer) {
		return h.Verifier.Verify(bearer)
	}
	account, err := h.Tenants.AuthenticateAPIKey(ctx, bearer)
	if err != nil {
		return authentication.Caller{}, err
	}
	return callerOf(account), nil
}

func callerOf(account tenants.Account) authentication.Caller {
	return authentication.Caller{Account: string(account.ID), Tenant: string(account.Tenant), Name: account.Name}
}

// authorize decides from the path alone. Below the tenant nothing is looked up
// before but the solution of a channel, in whose place it counts.
func (h *handlers) authorize(ctx context.Context, caller authentication.Caller, op rest.Operation, params rest.Params) error {
	object := accessgroups.Object{Tenant: tenants.PlatformTenantID, Solution: params.Param("solution")}
	if name := params.Param("tenant"); name != "" {
		tenant, err := h.tenantIDs.find(ctx, name)
		if err != nil {
			return err
		}
		object.Tenant = tenant
	}
	if channel := params.Param("channel"); channel != "" {
		solution, err := h.channelSolutions.find(ctx, object.Tenant, channel)
		if err != nil {
			return err
		}
		object.Solution = solution
	}
	subject := accessgroups.Subject{Tenant: tenants.TenantID(caller.Tenant), Account: tenants.AccountID(caller.Account)}
	allowed, err := h.Authorizer.Allowed(ctx, subject, accessgroups.Action(op.Action), object)
	switch {
	case err != nil:
		return err
	case allowed:
		return nil
	case params.Param("tenant") != "" && object.Tenant != subject.Tenant:
		return errNotFound()
	default:
		return fault.New(fault.Forbidden, "not-allowed", "the account may not do this")
	}
}

// allowed decides in a handler, for the caller of the request.
func (h *handlers) allowed(ctx context.Context, action accessgroups.Action, object accessgroups.Object) (bool, error) {
	caller := rest.CallerOf(ctx)
	subject := accessgroups.Subject{Tenant: tenants.TenantID(caller.Tenant), Account: tenants.AccountID(caller.Account)}
	return h.Authorizer.Allowed(ctx, subject, action, object)
}

// isAtHome refuses a caller of another tenant, to whom the tenant does not exist
// unless the action is allowed on all of it.
func (h *handlers) isAtHome(ctx context.Context, action accessgroups.Action, tenant tenants.TenantID) error {
	if rest.CallerOf(ctx).Tenant == string(tenant) {
		return nil
	}
	allowed, err := h.allowed(ctx, action, accessgroups.Object{Tenant: tenant})
	if err == nil && !allowed {
		return errNotFound()
	}
	return err
}

// errNotFound is the fault of what does not exist and of what belongs to another
// tenant.
func errNotFound() error {
	return fault.New(fault.NotFound, "not-found", "there is no such resource")
}

// tenantIDs finds a tenant's id by its name and remembers it: neither ever
// changes.
type tenantIDs struct {
	load interface {
		Tenant(ctx context.Context, name tenants.Name) (tenants.Tenant, error)
	}
	known sync.Map // tenants.Name → tenants.TenantID
}

func (t *tenantIDs) find(ctx context.Context, name tenants.Name) (tenants.TenantID, error) {
	if id, ok := t.known.Load(name); ok {
		return id.(tenants.TenantID), nil
	}
	tenant, err := t.load.Tenant(ctx, name)
	if err != nil {
		return "", err
	}
	t.known.Store(tenant.Name, tenant.ID)
	return tenant.ID, nil
}

// channelSolutions finds the solution of a channel and remembers it: a channel
// never changes it.
type channelSolutions struct {
	load interface {
		SolutionOf(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (tenants.Name, error)
	}
	known sync.Map // channelKey → tenants.Name
}

type channelKey struct {
	tenant  tenants.TenantID
	channel tenants.Name
}

// find returns no solution where there is no such channel: only who may act in the
// whole tenant learns that.
func (c *channelSolutions) find(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (tenants.Name, error) {
	key := channelKey{tenant: tenant, channel: channel}
	if solution, ok := c.known.Load(key); ok {
		return solution.(tenants.Name), nil
	}
	solution, err := c.load.SolutionOf(ctx, tenant, channel)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	c.known.Store(key, solution)
	return solution, nil
}
