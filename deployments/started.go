package deployments

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// maxBarred bounds the warnings of actions that would fail.
const maxBarred = 100

// Processes knows business processes, and which of them a server may start.
type Processes interface {
	// Barred says why servers cannot start business processes, by the names of these;
	// those that each of the servers can start are left out.
	Barred(ctx context.Context, tenant tenants.TenantID, servers []tenants.Server, processes []tenants.Name) (map[tenants.Name]string, error)
}

// starting is an action that starts a business process, or submits to one.
type starting struct {
	of      definition.Reference
	path    string
	do      definition.ActionKind
	process tenants.Name
}

// startings are those of all events and patterns, which go out as they are designed
// with every deployment.
func startings(present design.Snapshot) (all []starting) {
	add := func(kind definition.Kind, name tenants.Name, actions []definition.EventAction) {
		for i, action := range actions {
			if action.Process != "" {
				of := definition.Reference{Kind: kind, Channel: present.Name, Name: name}
				all = append(all, starting{of, fmt.Sprintf("actions[%d]", i), action.Do, action.Process})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(present.Events)) {
		add(definition.KindEvent, name, present.Events[name].Spec.Actions)
	}
	for _, name := range slices.Sorted(maps.Keys(present.EventPatterns)) {
		add(definition.KindEventPattern, name, present.EventPatterns[name].Spec.Actions)
	}
	return all
}

// warnOfBarred warns of actions that the group's servers could not do: when their
// time comes nobody is there to be told.
func (s *Service) warnOfBarred(ctx context.Context, p *Pending, present design.Snapshot) error {
	all := startings(present)
	if s.options.Processes == nil || len(all) == 0 {
		return nil
	}
	servers, err := paging.Collect(func(page paging.Request) (paging.Page[tenants.Server], error) {
		return s.directory.Servers(ctx, present.Tenant, p.Group.Solution, p.Group.Name, page)
	})
	if err != nil {
		return err
	}
	named := map[tenants.Name]bool{}
	for _, action := range all {
		named[action.process] = true
	}
	barred, err := s.options.Processes.Barred(ctx, present.Tenant, servers, slices.Sorted(maps.Keys(named)))
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(action starting) bool { return barred[action.process] == "" })
	for i, action := range all {
		if i == maxBarred {
			p.warn(action.of, fmt.Sprintf("%d more actions would fail, this is the first of them: %s", len(all)-i, action.path))
			break
		}
		p.warn(action.of, fmt.Sprintf("%s, %s, would fail: %s", action.path, action.do, barred[action.process]))
	}
	return nil
}
