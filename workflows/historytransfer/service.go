package historytransfer

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

const (
	dispatchEvery = 2 * time.Second
	dispatchBatch = 500
	// startAgainAfter is when a workflow that should be under way is started once
	// more: somebody may have ended it, or Temporal may have lost it.
	startAgainAfter = time.Minute
)

var (
	tenantAttribute   = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeTenant)
	solutionAttribute = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeSolution)
	groupAttribute    = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeServerGroup)
)

// History is what is taken over from where; contacthistory.Transfer is one.
type History interface {
	Transfer
	// Wanted returns groups in the order of their ids.
	Wanted(ctx context.Context, after tenants.ServerGroupID, limit int) ([]contacthistory.Group, error)
}

// Service does the control plane's part of the transfer of histories.
type Service struct {
	temporal client.Client
	history  History
	started  map[tenants.ServerGroupID]time.Time // when the dispatcher last started it
	lasts    time.Duration                       // a round
	logger   *slog.Logger
}

// New returns a service. The client is one of workflows.PlatformNamespace.
func New(temporal client.Client, history History, logger *slog.Logger) *Service {
	return &Service{temporal: temporal, history: history, started: make(map[tenants.ServerGroupID]time.Time), lasts: roundLasts, logger: logger}
}

// Register adds the workflow and its activity to a worker of
// workflows.ControlQueue.
func (s *Service) Register(to worker.Registry) { s.register(to) }

// registry is the part of a worker, or of a test's, that register needs.
type registry interface {
	RegisterWorkflow(w any)
	RegisterActivity(a any)
}

func (s *Service) register(to registry) {
	to.RegisterWorkflow(FollowHistory)
	to.RegisterActivity(&activities{transfer: s.history, lasts: s.lasts})
}

// Run starts the workflow of each group that has a history to take over, until ctx
// ends. Temporal may be away: histories wait in the groups' databases. Run it once.
func (s *Service) Run(ctx context.Context) {
	starts := outage.New(s.logger, "cannot start history transfer workflows", "history transfer workflows start again")
	temporalclient.Repeat(ctx, dispatchEvery, starts, s.startWanted)
}

func (s *Service) startWanted(ctx context.Context) error {
	now := time.Now()
	maps.DeleteFunc(s.started, func(_ tenants.ServerGroupID, at time.Time) bool { return now.Sub(at) >= startAgainAfter })
	for after := tenants.ServerGroupID(""); ; {
		groups, err := s.history.Wanted(ctx, after, dispatchBatch)
		if err != nil {
			return err
		}
		for _, group := range groups {
			if _, recently := s.started[group.ID]; recently {
				continue
			}
			if err := s.start(ctx, group); err != nil {
				return err
			}
			s.started[group.ID] = now
		}
		if len(groups) < dispatchBatch {
			return nil
		}
		after = groups[len(groups)-1].ID
	}
}

// start starts the workflow of one group; one that runs already is left alone.
func (s *Service) start(ctx context.Context, g contacthistory.Group) error {
	in := Input{Tenant: g.Tenant, TenantName: g.TenantName, Solution: g.Solution, Group: g.ID, GroupName: g.Name}
	_, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.TransferID(g.ID),
		TaskQueue:                workflows.ControlQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            "contact and response history of " + g.Solution + "/" + g.Name + " of tenant " + g.TenantName,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			tenantAttribute.ValueSet(g.TenantName), solutionAttribute.ValueSet(g.Solution), groupAttribute.ValueSet(g.Name)),
	}, FollowHistory, in)
	return err
}
