package tenants

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
)

// NewServerGroup is the input of CreateServerGroup.
type NewServerGroup struct {
	Name Name
	Kind GroupKind // empty: staging
}

// CreateServerGroup adds a staging group and asks for its provisioning. The one
// production group comes with the solution: a second is a fault Conflict.
func (s *Service) CreateServerGroup(ctx context.Context, by audit.Actor, tenant TenantID, solution Name, input NewServerGroup) (ServerGroup, error) {
	var p problems
	p.addIf("name", nameProblem(input.Name, maxName))
	switch input.Kind {
	case "":
		input.Kind = Staging
	case Staging, Production:
	default:
		p.add("kind", "a group is of kind staging or production")
	}
	if err := p.err(); err != nil {
		return ServerGroup{}, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (ServerGroup, error) {
		owner, err := w.Solution(ctx, solution)
		if err != nil {
			return ServerGroup{}, err
		}
		if err := checkNewGroup(ctx, w, owner.ID, input); err != nil {
			return ServerGroup{}, err
		}
		at := now()
		group := newServerGroup(owner, input.Name, input.Kind, at)
		if err := w.InsertServerGroup(ctx, group); err != nil {
			return ServerGroup{}, err
		}
		if err := w.RequestProvisioning(ctx, owner.ID, at); err != nil {
			return ServerGroup{}, err
		}
		return group, w.Record(ctx, audit.NewEvent(by, string(tenant), "server-group.create", groupPath(solution, group.Name),
			map[string]any{"kind": group.Kind}))
	})
}

// checkNewGroup tells a name that is taken from a second production group. Every
// solution has its production group from the start.
func checkNewGroup(ctx context.Context, r Reader, solution SolutionID, input NewServerGroup) error {
	_, err := r.ServerGroup(ctx, solution, input.Name)
	switch {
	case err == nil:
		return NameTaken("server group", input.Name)
	case !fault.Is(err, fault.NotFound):
		return err
	case input.Kind == Production:
		return fault.New(fault.Conflict, "second-production-group", "a solution has exactly one production group").
			At("kind", 0, "only staging groups can be added")
	default:
		return nil
	}
}

// ServerGroup returns one group.
func (s *Service) ServerGroup(ctx context.Context, tenant TenantID, solution, group Name) (ServerGroup, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (ServerGroup, error) {
		return groupOf(ctx, r, solution, group)
	})
}

// ServerGroups lists the groups of a solution.
func (s *Service) ServerGroups(ctx context.Context, tenant TenantID, solution Name, page paging.Request) (paging.Page[ServerGroup], error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (paging.Page[ServerGroup], error) {
		owner, err := r.Solution(ctx, solution)
		if err != nil {
			return paging.Page[ServerGroup]{}, err
		}
		return r.ServerGroups(ctx, owner.ID, page)
	})
}

func groupOf(ctx context.Context, r Reader, solution, group Name) (ServerGroup, error) {
	owner, err := r.Solution(ctx, solution)
	if err != nil {
		return ServerGroup{}, err
	}
	return r.ServerGroup(ctx, owner.ID, group)
}

func newServerGroup(solution Solution, name Name, kind GroupKind, at time.Time) ServerGroup {
	return ServerGroup{
		ID: NewID[ServerGroupID](), Tenant: solution.Tenant, Solution: solution.ID, Name: name, Kind: kind,
		Database: "sw_" + randomHex(8), Version: 1, CreatedAt: at, UpdatedAt: at,
	}
}

// randomHex returns n random bytes in hex.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b)
}

func groupPath(solution, group Name) string {
	return solutionPath(solution) + "/server-groups/" + group
}
