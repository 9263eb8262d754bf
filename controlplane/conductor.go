package controlplane

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/groupdatabase"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/deployment"
	"github.com/switchyard/switchyard/workflows/historytransfer"
	"github.com/switchyard/switchyard/workflows/provisioning"
	"github.com/switchyard/switchyard/workflows/temporalclient"
	"github.com/switchyard/switchyard/workflows/testrun"
)

// conductor is the part that works through Temporal, with what it uses: it makes
// solutions run, carries deployments and test runs out, and takes the groups'
// histories over.
type conductor struct {
	provisioning *provisioning.Service
	deployment   *deployment.Service
	testrun      *testrun.Service
	transfer     *historytransfer.Service
	directory    *tenants.Service
	temporal     temporal.Client
	cluster      *groupdatabase.Cluster
	groups       *groupDatabases
	logger       *slog.Logger
}

// newConductor takes over the groups' databases when it succeeds.
func newConductor(ctx context.Context, o Options, directory *tenants.Service, deployed *deployments.Service, tests *testruns.Service, history contacthistory.Store, groups *groupDatabases) (*conductor, error) {
	client, err := temporalclient.New(temporalclient.Options{
		Address: o.TemporalAddress, Namespace: workflows.PlatformNamespace, Identity: "control", Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	cluster, err := groupdatabase.Open(ctx, o.groupDatabaseURL(), o.Logger)
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("PostgreSQL server of the server groups: %w", err)
	}
	var (
		catalog deployment.Catalog = deployed
		lending deployment.Groups  = groups
	)
	if o.Deploying != nil {
		catalog, lending = o.Deploying(catalog, lending)
	}
	return &conductor{
		provisioning: provisioning.New(client, directory, cluster, o.Logger),
		deployment:   deployment.New(client, catalog, lending, o.Logger),
		testrun:      testrun.New(client, tests, o.Logger),
		transfer:     historytransfer.New(client, contacthistory.NewTransfer(history, histories{groups}, 0), o.Logger),
		directory:    directory,
		temporal:     client,
		cluster:      cluster,
		groups:       groups,
		logger:       o.Logger,
	}, nil
}

// run works until ctx ends. Temporal may be away.
func (c *conductor) run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() {
		c.upgrade(ctx)
		c.provisioning.Run(ctx)
	})
	running.Go(func() { c.deployment.Run(ctx) })
	running.Go(func() { c.testrun.Run(ctx) })
	running.Go(func() { c.transfer.Run(ctx) })
	running.Go(func() { temporalclient.RunWorker(ctx, c.logger, c.newWorker) })
	running.Wait()
	return nil
}

// stopWithin bounds the wait for Temporal when a deployment was cancelled.
const stopWithin = 2 * time.Second

// stop lets the workflow of a cancelled deployment wait for nobody any longer.
// Without Temporal it ends later by itself.
func (c *conductor) stop(ctx context.Context, d deployments.Deployment) {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	if err := c.deployment.Stop(ctx, d.Group.ID, d.Channel, d.Number); err != nil {
		c.logger.WarnContext(ctx, "the workflow of a cancelled deployment is not stopped", "channel", d.Channel, "number", d.Number, "error", err)
	}
}

func (c *conductor) newWorker() worker.Worker {
	return temporalclient.NewWorker(c.temporal, workflows.ControlQueue, c.logger, c.provisioning, c.deployment, c.testrun, c.transfer)
}

func (c *conductor) close() {
	c.temporal.Close()
	c.groups.close()
	_ = c.cluster.Close()
}
