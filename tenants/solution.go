package tenants

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
)

// defaultProductionGroup is the name of a production group unless another is given.
const defaultProductionGroup Name = "production"

// SolutionSettings are what can change of a solution.
type SolutionSettings struct{ DisplayName string }

// NewSolution is the input of CreateSolution.
type NewSolution struct {
	Name Name
	SolutionSettings
	// ProductionGroup is the name of its production group; empty: "production".
	ProductionGroup Name
}

func (n SolutionSettings) check(p *problems) {
	p.addIf("displayName", textProblem(n.DisplayName))
}

// CreateSolution adds a solution with its production group and asks for its
// provisioning.
func (s *Service) CreateSolution(ctx context.Context, by audit.Actor, tenant TenantID, input NewSolution) (Solution, error) {
	if input.ProductionGroup == "" {
		input.ProductionGroup = defaultProductionGroup
	}
	var p problems
	p.addIf("name", nameProblem(input.Name, maxName))
	p.addIf("productionGroup", nameProblem(input.ProductionGroup, maxName))
	input.check(&p)
	if err := p.err(); err != nil {
		return Solution{}, err
	}
	if tenant == PlatformTenantID {
		return Solution{}, fault.New(fault.Conflict, "platform-tenant", "the platform tenant has no solutions")
	}
	at := now()
	solution := Solution{
		ID: NewID[SolutionID](), Tenant: tenant, Name: input.Name, DisplayName: input.DisplayName,
		Provisioning: Provisioning{State: ProvisioningRequested, Request: 1, UpdatedAt: at},
		Version:      1, CreatedAt: at, UpdatedAt: at,
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Solution, error) {
		if err := w.InsertSolution(ctx, solution); err != nil {
			return Solution{}, err
		}
		group := newServerGroup(solution, input.ProductionGroup, Production, at)
		if err := w.InsertServerGroup(ctx, group); err != nil {
			return Solution{}, err
		}
		return solution, w.Record(ctx, audit.NewEvent(by, string(tenant), "solution.create", solutionPath(solution.Name),
			map[string]any{"displayName": solution.DisplayName, "productionGroup": group.Name}))
	})
}

// Solution returns one solution.
func (s *Service) Solution(ctx context.Context, tenant TenantID, name Name) (Solution, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (Solution, error) { return r.Solution(ctx, name) })
}

// Solutions lists the tenant's solutions.
func (s *Service) Solutions(ctx context.Context, tenant TenantID, page paging.Request) (paging.Page[Solution], error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (paging.Page[Solution], error) {
		return r.Solutions(ctx, page)
	})
}

// UpdateSolution replaces a solution's settings.
func (s *Service) UpdateSolution(ctx context.Context, by audit.Actor, tenant TenantID, name Name, version int64, settings SolutionSettings) (Solution, error) {
	var p problems
	settings.check(&p)
	if err := p.err(); err != nil {
		return Solution{}, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Solution, error) {
		solution, err := w.Solution(ctx, name)
		if err != nil {
			return Solution{}, err
		}
		if err := checkVersion(version, solution.Version); err != nil {
			return Solution{}, err
		}
		solution.DisplayName, solution.Version, solution.UpdatedAt = settings.DisplayName, solution.Version+1, now()
		if err := w.UpdateSolution(ctx, solution); err != nil {
			return Solution{}, err
		}
		return solution, w.Record(ctx, audit.NewEvent(by, string(tenant), "solution.update", solutionPath(name),
			map[string]any{"displayName": solution.DisplayName}))
	})
}

// Reprovision asks for the provisioning of a solution again, also when it is
// ready or failed.
func (s *Service) Reprovision(ctx context.Context, by audit.Actor, tenant TenantID, name Name) (Solution, error) {
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Solution, error) {
		solution, err := w.Solution(ctx, name)
		if err != nil {
			return Solution{}, err
		}
		if err := w.RequestProvisioning(ctx, solution.ID, now()); err != nil {
			return Solution{}, err
		}
		if err := w.Record(ctx, audit.NewEvent(by, string(tenant), "solution.provision", solutionPath(name), nil)); err != nil {
			return Solution{}, err
		}
		return w.Solution(ctx, name)
	})
}

func solutionPath(solution Name) string { return "solutions/" + solution }
