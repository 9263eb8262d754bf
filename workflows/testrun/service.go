package testrun

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

const (
	dispatchEvery = 500 * time.Millisecond
	dispatchBatch = 100
)

var (
	tenantAttribute   = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeTenant)
	solutionAttribute = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeSolution)
	groupAttribute    = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeServerGroup)
	channelAttribute  = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeChannel)
)

// Catalog is the test runs as the control database has them; testruns.Service is
// one. Every method may be repeated.
type Catalog interface {
	Requested(ctx context.Context, limit int) ([]testruns.Request, error)
	Begin(ctx context.Context, tenant tenants.TenantID, id testruns.ID) (testruns.State, error)
	FindServer(ctx context.Context, tenant tenants.TenantID, id testruns.ID, attempt int) (versions.Server, error)
	Collect(ctx context.Context, tenant tenants.TenantID, id testruns.ID, server tenants.Name) (testruns.State, error)
	Fail(ctx context.Context, tenant tenants.TenantID, id testruns.ID, reason string) (testruns.State, error)
}

// Service does the control plane's part of test runs.
type Service struct {
	temporal client.Client
	catalog  Catalog
	started  temporalclient.Starts[testruns.ID]
	logger   *slog.Logger
}

// New returns a service. The client is one of workflows.PlatformNamespace.
func New(temporal client.Client, catalog Catalog, logger *slog.Logger) *Service {
	return &Service{temporal: temporal, catalog: catalog, started: temporalclient.Starts[testruns.ID]{}, logger: logger}
}

// Register adds the workflow and the control plane's activities to a worker of
// workflows.ControlQueue.
func (s *Service) Register(to worker.Registry) { s.register(to) }

// registry is the part of a worker, or of a test's, that register needs.
type registry interface {
	RegisterWorkflow(w any)
	RegisterActivity(a any)
}

func (s *Service) register(to registry) {
	to.RegisterWorkflow(Run)
	to.RegisterActivity(&activities{catalog: s.catalog})
}

// Run starts the workflow of each test run whose turn it is, until ctx ends.
// Temporal may be away: test runs wait in the control database. Run it once.
func (s *Service) Run(ctx context.Context) {
	starts := outage.New(s.logger, "cannot start test run workflows", "test run workflows start again")
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

// start starts the workflow of one test run; one that runs already is left alone.
func (s *Service) start(ctx context.Context, r testruns.Request) error {
	in := Input{
		Tenant: r.Tenant, TenantName: r.TenantName, TestRun: r.ID, Solution: r.Group.Solution, Group: r.Group.ID,
		GroupName: r.Group.Name, Channel: r.Channel, Flowchart: r.Flowchart, Strategy: r.Strategy,
	}
	_, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.TestRunID(r.Group.ID, string(r.ID)),
		TaskQueue:                workflows.ControlQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            "test of " + in.tried() + " of channel " + r.Channel + " of tenant " + r.TenantName,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			tenantAttribute.ValueSet(r.TenantName), solutionAttribute.ValueSet(r.Group.Solution),
			groupAttribute.ValueSet(r.Group.Name), channelAttribute.ValueSet(r.Channel)),
	}, Run, in)
	return err
}
