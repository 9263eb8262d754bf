package tenants

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
)

// silence is how long a running provisioning may be quiet until its workflow is
// started again, which is harmless when it still runs.
const silence = time.Minute

// Plan is all that provisioning needs to know of a solution.
type Plan struct {
	Tenant   Tenant
	Solution Solution
	Groups   []PlannedGroup // sorted by name
}

// PlannedGroup is a group with its servers.
type PlannedGroup struct {
	ServerGroup
	Servers []PlannedServer // sorted by name
}

// PlannedServer is a server with what matters of its account.
type PlannedServer struct {
	Server
	AccountDisabled bool
}

// ProvisioningRequest is a solution that waits for its workflow.
type ProvisioningRequest struct {
	Tenant       TenantID
	TenantName   Name
	Solution     SolutionID
	SolutionName Name
	Request      int64
}

// Progress is one report of the provisioning workflow.
type Progress struct {
	Request    int64 // as in Plan.Solution.Provisioning.Request
	State      ProvisioningState
	Step       string
	Reason     string
	WorkflowID string
}

// Plan returns the solution as it is to be.
func (s *Service) Plan(ctx context.Context, tenant TenantID, solution SolutionID) (Plan, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (plan Plan, err error) {
		if plan.Tenant, err = r.Tenant(ctx); err != nil {
			return Plan{}, err
		}
		if plan.Solution, err = r.SolutionByID(ctx, solution); err != nil {
			return Plan{}, err
		}
		groups, err := paging.Collect(func(page paging.Request) (paging.Page[ServerGroup], error) {
			return r.ServerGroups(ctx, solution, page)
		})
		if err != nil {
			return Plan{}, err
		}
		for _, group := range groups {
			planned, err := planGroup(ctx, r, group)
			if err != nil {
				return Plan{}, err
			}
			plan.Groups = append(plan.Groups, planned)
		}
		return plan, nil
	})
}

func planGroup(ctx context.Context, r Reader, group ServerGroup) (PlannedGroup, error) {
	servers, err := paging.Collect(func(page paging.Request) (paging.Page[Server], error) {
		return r.Servers(ctx, group.ID, page)
	})
	if err != nil {
		return PlannedGroup{}, err
	}
	planned := PlannedGroup{ServerGroup: group}
	for _, server := range servers {
		account, err := r.AccountByID(ctx, server.Account)
		if err != nil {
			return PlannedGroup{}, err
		}
		planned.Servers = append(planned.Servers, PlannedServer{Server: server, AccountDisabled: account.Disabled})
	}
	return planned, nil
}

// RequestedProvisionings returns, oldest first, the solutions whose provisioning
// was requested, and those said to be running of which nothing was heard for a
// minute. Starting a workflow twice is harmless.
func (s *Service) RequestedProvisionings(ctx context.Context, limit int) ([]ProvisioningRequest, error) {
	return s.store.RequestedProvisionings(ctx, now().Add(-silence), limit)
}

// RequestAllProvisionings asks for the provisioning of every solution again, as
// when what was made for them is lost.
func (s *Service) RequestAllProvisionings(ctx context.Context) error {
	return s.store.RequestAllProvisionings(ctx, now())
}

// RecordProvisioning keeps a report. current is false, and nothing is written,
// when provisioning was requested again since: the workflow may end.
func (s *Service) RecordProvisioning(ctx context.Context, tenant TenantID, solution SolutionID, progress Progress) (current bool, err error) {
	switch progress.State {
	case ProvisioningRunning, ProvisioningReady, ProvisioningFailed:
	case ProvisioningRequested:
		return false, fault.New(fault.Invalid, "invalid-progress", "a report is running, ready or failed")
	default:
		return false, fault.New(fault.Invalid, "invalid-progress", "%q is no provisioning state", progress.State)
	}
	progress.Step, progress.Reason = storable(progress.Step), storable(progress.Reason)
	return s.store.RecordProgress(ctx, tenant, solution, progress, now())
}
