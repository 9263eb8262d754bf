package accessgroups

import (
	"context"

	"github.com/switchyard/switchyard/tenants"
)

// Subject is who asks.
type Subject struct {
	Tenant  tenants.TenantID
	Account tenants.AccountID
}

// Object is what the action is done to. Tenant is always set: the platform
// tenant for what belongs to no tenant (nodes, the list of tenants). Solution and
// Process are empty where the action is on the tenant as a whole.
type Object struct {
	Tenant   tenants.TenantID
	Solution tenants.Name
	Process  tenants.Name
}

// Authorizer decides. An error means no.
type Authorizer interface {
	Allowed(ctx context.Context, subject Subject, action Action, object Object) (bool, error)
}
