package casbinauthz

import (
	"context"
	"fmt"
	"sync"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// maxTenants bounds the enforcers that are kept.
const maxTenants = 500

// PolicySource reads the policy of a tenant; accessgroupspg.Store is one.
type PolicySource interface {
	// Revision grows with each change in the tenant. It is asked for with each
	// decision and must be cheap.
	Revision(ctx context.Context, tenant tenants.TenantID) (int64, error)
	Policy(ctx context.Context, tenant tenants.TenantID) (accessgroups.Policy, error)
}

// Authorizer implements accessgroups.Authorizer. What cannot be decided, because
// the policy cannot be loaded, is denied with an error.
type Authorizer struct {
	source PolicySource

	mu      sync.Mutex
	tenants map[tenants.TenantID]*slot
}

var _ accessgroups.Authorizer = (*Authorizer)(nil)

// slot holds the newest enforcer of one tenant.
type slot struct {
	mu       sync.Mutex // held while a newer one is made, so that it is made once
	revision int64
	enforcer *casbin.Enforcer // nil before the first
}

// New returns an authorizer over the stored policy.
func New(source PolicySource) *Authorizer {
	return &Authorizer{source: source, tenants: map[tenants.TenantID]*slot{}}
}

// Allowed implements accessgroups.Authorizer.
func (a *Authorizer) Allowed(ctx context.Context, subject accessgroups.Subject, action accessgroups.Action, object accessgroups.Object) (bool, error) {
	enforcer, err := a.enforcer(ctx, subject.Tenant)
	if fault.Is(err, fault.NotFound) {
		return false, nil // no such tenant: nothing is granted in it
	}
	if err != nil {
		return false, fmt.Errorf("access policy: %w", err)
	}
	allowed, err := enforcer.Enforce(accountSubject(subject.Account), string(subject.Tenant),
		string(object.Tenant), object.Solution, object.Process, string(action))
	if err != nil {
		return false, fmt.Errorf("access policy: %w", err)
	}
	return allowed, nil
}

// enforcer returns one that is as new as the tenant's revision.
func (a *Authorizer) enforcer(ctx context.Context, tenant tenants.TenantID) (*casbin.Enforcer, error) {
	revision, err := a.source.Revision(ctx, tenant)
	if err != nil {
		return nil, err
	}
	s := a.slot(tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.enforcer != nil && s.revision >= revision {
		return s.enforcer, nil
	}
	policy, err := a.source.Policy(ctx, tenant)
	if err != nil {
		return nil, err
	}
	enforcer, err := newEnforcer(policy)
	if err != nil {
		return nil, err
	}
	s.enforcer, s.revision = enforcer, policy.Revision
	return enforcer, nil
}

func (a *Authorizer) slot(tenant tenants.TenantID) *slot {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.tenants[tenant]
	if !ok {
		if len(a.tenants) >= maxTenants {
			a.forgetOne()
		}
		s = &slot{}
		a.tenants[tenant] = s
	}
	return s
}

// forgetOne drops any tenant's enforcer; it is made again when asked for.
func (a *Authorizer) forgetOne() {
	for tenant := range a.tenants {
		delete(a.tenants, tenant)
		return
	}
}

func newEnforcer(policy accessgroups.Policy) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(definition)
	if err != nil {
		return nil, err
	}
	return casbin.NewEnforcer(m, adapter{policy: policy})
}
