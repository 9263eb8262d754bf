package controlplane

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/groupdatabase"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/provisioning"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// provisioner is the part that makes solutions run, with what it uses.
type provisioner struct {
	service   *provisioning.Service
	directory *tenants.Service
	temporal  temporal.Client
	cluster   *groupdatabase.Cluster
	logger    *slog.Logger
}

func newProvisioner(ctx context.Context, o Options, directory *tenants.Service) (*provisioner, error) {
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
	return &provisioner{
		service:   provisioning.New(client, directory, cluster, o.Logger),
		directory: directory,
		temporal:  client,
		cluster:   cluster,
		logger:    o.Logger,
	}, nil
}

// run works until ctx ends. Temporal may be away.
func (p *provisioner) run(ctx context.Context) error {
	p.upgrade(ctx)
	var running sync.WaitGroup
	running.Go(func() { p.service.Run(ctx) })
	running.Go(func() { temporalclient.RunWorker(ctx, p.logger, p.newWorker) })
	running.Wait()
	return nil
}

func (p *provisioner) newWorker() worker.Worker {
	return temporalclient.NewWorker(p.temporal, workflows.ControlQueue, p.logger, p.service)
}

func (p *provisioner) close() {
	p.temporal.Close()
	_ = p.cluster.Close()
}
