package deployment

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// Catalog is the deployments as the control database has them;
// deployments.Service is one. Every method may be repeated.
type Catalog interface {
	Requested(ctx context.Context, limit int) ([]deployments.Request, error)
	Begin(ctx context.Context, tenant tenants.TenantID, id deployments.ID) (deployments.Plan, error)
	Validate(ctx context.Context, tenant tenants.TenantID, id deployments.ID) error
	Build(ctx context.Context, tenant tenants.TenantID, id deployments.ID) (deployments.Built, error)
	Package(ctx context.Context, tenant tenants.TenantID, hash string) ([]byte, error)
	Record(ctx context.Context, tenant tenants.TenantID, id deployments.ID, progress deployments.Progress) error
	PassPointOfNoReturn(ctx context.Context, tenant tenants.TenantID, id deployments.ID) (proceed bool, err error)
	ReleaseMarks(ctx context.Context, tenant tenants.TenantID, id deployments.ID) error
	Finish(ctx context.Context, tenant tenants.TenantID, id deployments.ID, outcome deployments.Outcome) error
}

// Groups opens the databases of server groups.
type Groups interface {
	// Use lends a group's database to do. Its error is that of do, or a fault that
	// says why the database cannot be used.
	Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(versions.Group) error) error
}

// Service does the control plane's part of deployments.
type Service struct {
	temporal   client.Client
	catalog    Catalog
	activities *activities
	started    temporalclient.Starts[deployments.ID]
	logger     *slog.Logger
}

// New returns a service. The client is one of workflows.PlatformNamespace.
func New(temporal client.Client, catalog Catalog, groups Groups, logger *slog.Logger) *Service {
	return &Service{
		temporal:   temporal,
		catalog:    catalog,
		activities: &activities{catalog: catalog, groups: groups, now: time.Now, logger: logger},
		started:    temporalclient.Starts[deployments.ID]{},
		logger:     logger,
	}
}

// Run starts the workflow of each deployment whose turn it is, until ctx ends.
// Temporal may be away: deployments wait in the control database. Run it once.
func (s *Service) Run(ctx context.Context) { s.dispatch(ctx) }

// Register adds the workflow and the control plane's activities to a worker of
// workflows.ControlQueue.
func (s *Service) Register(to worker.Registry) {
	to.RegisterWorkflow(Deploy)
	to.RegisterActivity(s.activities)
}

// Stop tells the workflow of a deployment that was cancelled not to wait any
// longer. That it was cancelled is in the control database, where the workflow
// looks before it changes anything, so nothing is lost when this fails. A workflow
// that has not begun or has ended is fine.
func (s *Service) Stop(ctx context.Context, group tenants.ServerGroupID, channel tenants.Name, number int64) error {
	err := s.temporal.CancelWorkflow(ctx, workflows.DeployID(group, channel, number), "")
	var none *serviceerror.NotFound
	if errors.As(err, &none) {
		return nil
	}
	return err
}
