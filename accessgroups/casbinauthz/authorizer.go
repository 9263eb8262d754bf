package casbinauthz

import (
	"context"

	"github.com/switchyard/switchyard/accessgroups"
)

// PolicySource reads the policy of a tenant; accessgroupspg.Store is one.
type PolicySource interface{}

// Authorizer implements accessgroups.Authorizer.
type Authorizer struct{ source PolicySource }

// New returns an authorizer over the stored policy.
func New(source PolicySource) *Authorizer { return &Authorizer{source: source} }

// Allowed implements accessgroups.Authorizer.
func (a *Authorizer) Allowed(ctx context.Context, subject accessgroups.Subject, action accessgroups.Action, object accessgroups.Object) (bool, error) {
	panic("skeleton")
}
