package provisioning

import (
	"context"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

const (
	dispatchEvery = 200 * time.Millisecond
	dispatchBatch = 100
)

var (
	tenantAttribute   = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeTenant)
	solutionAttribute = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeSolution)
)

// dispatch starts the workflows of the solutions that wait for one, until ctx ends.
func (s *Service) dispatch(ctx context.Context) {
	starts := outage.New(s.logger, "cannot start provisioning workflows", "provisioning workflows start again")
	temporalclient.Repeat(ctx, dispatchEvery, starts, s.startRequested)
}

func (s *Service) startRequested(ctx context.Context) error {
	requests, err := s.catalog.RequestedProvisionings(ctx, dispatchBatch)
	if err != nil {
		return err
	}
	for _, request := range requests {
		if err := s.start(ctx, request); err != nil {
			return err
		}
	}
	return nil
}

// start starts the workflow of one solution; one that runs already is left alone.
func (s *Service) start(ctx context.Context, r tenants.ProvisioningRequest) error {
	_, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.ProvisionID(r.TenantName, r.SolutionName),
		TaskQueue:                workflows.ControlQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            "Make solution " + r.SolutionName + " of tenant " + r.TenantName + " run",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			tenantAttribute.ValueSet(r.TenantName), solutionAttribute.ValueSet(r.SolutionName)),
	}, Provision, Input{Tenant: r.Tenant, TenantName: r.TenantName, Solution: r.Solution, SolutionName: r.SolutionName})
	return err
}
