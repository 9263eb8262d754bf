package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/businessprocess"
	"github.com/switchyard/switchyard/workflows/serverwork"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// clientPause lies between attempts to make a client.
const clientPause = time.Second

// deploying is the server's part in deployments and test runs. Without Temporal it
// follows the active versions all the same.
type deploying struct {
	connection *businessprocess.Connection
	temporal   temporal.Client // of the tenant's namespace; its connection is shared
	options    temporal.Options
	server     tenants.ServerID
	versions   *versions.Holder
	tests      *rehearsal.Runner
	log        *slog.Logger
}

// run works on what deployments and test runs ask of this server, until ctx ends.
func (d deploying) run(ctx context.Context) {
	if d.connection.Await(ctx) != nil {
		return
	}
	platform, err := d.connect(ctx)
	if err != nil {
		return
	}
	defer platform.Close()
	var working sync.WaitGroup
	working.Go(func() {
		temporalclient.RunWorker(ctx, d.log, func() worker.Worker {
			return serverwork.NewDeploymentWorker(platform, d.server, deployable{d.versions}, d.log)
		})
	})
	working.Go(func() {
		temporalclient.RunWorker(ctx, d.log, func() worker.Worker {
			return serverwork.NewTestRunWorker(platform, d.server, testable{d.tests}, d.log)
		})
	})
	working.Wait()
}

// connect returns a client of the platform's namespace, or ctx's error.
func (d deploying) connect(ctx context.Context) (temporal.Client, error) {
	for {
		platform, err := temporal.NewClientFromExistingWithContext(ctx, d.temporal, d.options)
		if err == nil {
			return platform, nil
		}
		d.log.WarnContext(ctx, "cannot take part in deployments yet", "error", err)
		if !sleep.For(ctx, clientPause) {
			return nil, ctx.Err()
		}
	}
}

// deployable lets deployments reach the versions.
type deployable struct{ versions *versions.Holder }

// Prepare implements serverwork.Deployable.
func (d deployable) Prepare(ctx context.Context, v serverwork.Version) error {
	return d.versions.Prepare(ctx, versions.Version{Channel: v.Channel, Number: v.Number, Hash: v.Hash, Name: v.Name})
}

// Activate implements serverwork.Deployable.
func (d deployable) Activate(ctx context.Context, channel tenants.Name) error {
	return d.versions.Activate(ctx, channel)
}

// testable lets test runs reach the runner.
type testable struct{ tests *rehearsal.Runner }

// RunTest implements serverwork.Testable.
func (t testable) RunTest(ctx context.Context, id string) (serverwork.Progress, error) {
	p, err := t.tests.Run(ctx, id)
	return serverwork.Progress{Done: p.Done, Total: p.Total}, err
}
