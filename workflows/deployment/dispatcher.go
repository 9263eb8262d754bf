package deployment

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

const (
	dispatchEvery = 200 * time.Millisecond
	dispatchBatch = 100
	// taskWithin is how long a control plane may be silent on a workflow before
	// another one, or the same started anew, takes it over.
	taskWithin = 5 * time.Second
)

var (
	tenantAttribute   = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeTenant)
	solutionAttribute = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeSolution)
	groupAttribute    = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeServerGroup)
	channelAttribute  = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeChannel)
)

// dispatch starts the workflows of the deployments that wait for one, until ctx
// ends.
func (s *Service) dispatch(ctx context.Context) {
	starts := outage.New(s.logger, "cannot start deployment workflows", "deployment workflows start again")
	temporalclient.Repeat(ctx, dispatchEvery, starts, s.startRequested)
}

func (s *Service) startRequested(ctx context.Context) error {
	requests, err := s.catalog.Requested(ctx, dispatchBatch)
	if err != nil {
		return err
	}
	for _, request := range requests {
		if err := s.started.Once(request.ID, func() error { return s.start(ctx, request) }); err != nil {
			return err
		}
	}
	return nil
}

// start starts the workflow of one deployment; one that runs already is left alone.
func (s *Service) start(ctx context.Context, r deployments.Request) error {
	_, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.DeployID(r.Group.ID, r.Channel, r.Number),
		TaskQueue:                workflows.ControlQueue,
		WorkflowTaskTimeout:      taskWithin,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary: fmt.Sprintf("%s: channel %s, number %d, to group %s of solution %s of tenant %s",
			r.Kind, r.Channel, r.Number, r.Group.Name, r.Group.Solution, r.TenantName),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			tenantAttribute.ValueSet(r.TenantName), solutionAttribute.ValueSet(r.Group.Solution),
			groupAttribute.ValueSet(r.Group.Name), channelAttribute.ValueSet(r.Channel)),
	}, Deploy, Input{
		Tenant: r.Tenant, TenantName: r.TenantName, Deployment: r.ID,
		Solution: r.Group.Solution, Group: r.Group.ID, GroupName: r.Group.Name,
		Channel: r.Channel, Number: r.Number, Name: r.Name,
	})
	return err
}
