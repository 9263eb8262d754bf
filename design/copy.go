package design

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Copy creates an object like another one of the same kind, unmarked. It is
// checked like any that is new, so that a copy into another channel names what is
// missing there. With an empty display name it has that of the original.
func (s *Service) Copy(ctx context.Context, by audit.Actor, tenant tenants.TenantID, from, to definition.Reference, displayName string) (Object, error) {
	if from.Kind != to.Kind {
		return Object{}, fault.New(fault.Invalid, "invalid-input", "a %s cannot be copied to a %s", from.Kind, to.Kind)
	}
	original, err := s.Get(ctx, tenant, from)
	if err != nil {
		return Object{}, err
	}
	spec, err := document(original)
	if err != nil {
		return Object{}, err
	}
	if displayName == "" {
		displayName = original.DisplayName
	}
	copied, _, err := s.Put(ctx, by, tenant, to, NoVersion, Draft{DisplayName: displayName, Spec: spec})
	if fault.Is(err, fault.PreconditionRequired) {
		return Object{}, fault.New(fault.Conflict, "name-taken", "there is such an object: %s", to)
	}
	return copied, err
}
