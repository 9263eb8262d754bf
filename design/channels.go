package design

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// checkGroups finds out whether the groups of a channel are those of its solution,
// exactly one of them its production group.
func (s *Service) checkGroups(ctx context.Context, tenant tenants.TenantID, channel definition.Channel) error {
	groups, err := paging.Collect(func(page paging.Request) (paging.Page[tenants.ServerGroup], error) {
		return s.groups.ServerGroups(ctx, tenant, channel.Solution, page)
	})
	wrong := fault.New(fault.Invalid, "missing-reference", "the definition refers to what does not exist")
	if fault.Is(err, fault.NotFound) {
		return wrong.At("spec.solution", 0, "there is no solution %s", channel.Solution)
	}
	if err != nil {
		return err
	}
	kinds := make(map[tenants.Name]tenants.GroupKind, len(groups))
	for _, group := range groups {
		kinds[group.Name] = group.Kind
	}
	production := 0
	for i, name := range channel.ServerGroups {
		switch kind, ok := kinds[name]; {
		case !ok:
			_ = wrong.At(fmt.Sprintf("spec.serverGroups[%d]", i), 0, "solution %s has no server group %s", channel.Solution, name)
		case kind == tenants.Production:
			production++
		}
	}
	if len(wrong.Places) > 0 {
		return wrong
	}
	if production != 1 {
		return fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("spec.serverGroups", 0, "expected exactly one production group, there are %d", production)
	}
	return nil
}

// checkChannel checks a channel against its solution. One that is there is first
// compared with its own: whoever may change it alone learns nothing of others.
func (s *Service) checkChannel(ctx context.Context, tenant tenants.TenantID, of definition.Reference, channel definition.Channel) error {
	present, err := s.Get(ctx, tenant, of)
	if err == nil {
		err = checkSolution(present, channel)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return s.checkGroups(ctx, tenant, channel)
}

// checkSolution keeps the solution of a channel: who may do what in a channel
// follows from it, and is remembered.
func checkSolution(before Object, channel definition.Channel) error {
	was, err := Decode[definition.Channel](before)
	if err != nil {
		return err
	}
	if was.Solution == channel.Solution {
		return nil
	}
	return fault.New(fault.Conflict, "solution-fixed", "%s belongs to solution %s, which never changes", before.Reference, was.Solution).
		At("spec.solution", 0, "expected %s", was.Solution)
}
