package provisioning

import (
	"context"
	"log/slog"
	"sync"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/groupdatabase"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// Catalog is what provisioning reads and writes of tenants; tenants.Service is one.
type Catalog interface {
	Plan(ctx context.Context, tenant tenants.TenantID, solution tenants.SolutionID) (tenants.Plan, error)
	RequestedProvisionings(ctx context.Context, limit int) ([]tenants.ProvisioningRequest, error)
	RequestAllProvisionings(ctx context.Context) error
	RecordProvisioning(ctx context.Context, tenant tenants.TenantID, solution tenants.SolutionID, progress tenants.Progress) (current bool, err error)
	GroupCredentials(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (tenants.GroupCredentials, error)
	ServerAPIKey(ctx context.Context, tenant tenants.TenantID, server tenants.ServerID) (string, error)
}

// Databases makes the groups' databases; groupdatabase.Cluster is one.
type Databases interface {
	Ensure(ctx context.Context, credentials tenants.GroupCredentials) (groupdatabase.Outcome, error)
}

// Service does the control plane's part of provisioning.
type Service struct {
	temporal   client.Client
	namespace  string // the platform's
	catalog    Catalog
	activities *activities
	logger     *slog.Logger
}

// New returns a service. The client is one of workflows.PlatformNamespace.
func New(temporal client.Client, catalog Catalog, databases Databases, logger *slog.Logger) *Service {
	return &Service{
		temporal:  temporal,
		namespace: workflows.PlatformNamespace,
		catalog:   catalog,
		activities: &activities{
			catalog:    catalog,
			databases:  databases,
			namespaces: temporalNamespaces{temporal},
		},
		logger: logger,
	}
}

// Run keeps the platform's namespace and starts the workflow of each solution that
// waits for it, until ctx ends. Temporal may be away: what is asked for waits in
// the control database.
func (s *Service) Run(ctx context.Context) {
	if !s.awaitNamespace(ctx) {
		return
	}
	var parts sync.WaitGroup
	parts.Go(func() { s.keepNamespace(ctx) })
	parts.Go(func() { s.dispatch(ctx) })
	parts.Wait()
}

// Register adds the workflow and the control plane's activities to a worker of
// workflows.ControlQueue.
func (s *Service) Register(to worker.Registry) {
	to.RegisterWorkflow(Provision)
	to.RegisterActivity(s.activities)
}

// temporalNamespaces makes the tenants' namespaces.
type temporalNamespaces struct{ client client.Client }

func (t temporalNamespaces) Ensure(ctx context.Context, tenant tenants.Name) error {
	return temporalclient.EnsureNamespace(ctx, t.client, workflows.TenantNamespace(tenant), workflows.TenantAttributes)
}
