package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/serverwork"
)

// group is the group's database as deployments see it.
func (b *testBundle) group() *versionspg.Store {
	return versionspg.New(postgrestest.Open(b.t, b.launch.DatabaseURL))
}

// publish stores a package with so many rules for a channel.
func (b *testBundle) publish(group *versionspg.Store, channel string, number int64, rules int) versions.Version {
	b.t.Helper()
	p := bundletest.Synthetic(bundletest.Size{Rules: rules, Clauses: 1, Offers: 2, Flowcharts: 1, Zones: 1})
	p.Tenant, p.Channel = b.launch.Tenant.ID, channel
	content, hash, err := p.Encode()
	require.NoError(b.t, err)
	require.NoError(b.t, group.Publish(b.t.Context(), hash, content))
	return versions.Version{Channel: channel, Number: number, Hash: hash, Name: fmt.Sprintf("release %d", number)}
}

// served is what the server says of a channel; zero when it does not serve it.
func (b *testBundle) served(channel string) client.ServedChannel {
	b.t.Helper()
	version, err := b.as(b.gateway).Version(b.t.Context())
	require.NoError(b.t, err)
	for _, c := range version.Channels {
		if c.Channel == channel {
			return c
		}
	}
	return client.ServedChannel{}
}

func TestDeployedVersions(t *testing.T) {
	t.Parallel()

	t.Run("AreServedWithoutTemporalAndAfterARestart", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		group := b.group()
		_, err := group.Move(t.Context(), 0, b.publish(group, "web", 1, 3))
		require.NoError(t, err)
		b.start()
		first := b.served("web")
		require.EqualValues(t, 1, first.Number, "a server that is ready serves what is active")
		require.Equal(t, "release 1", first.Name)
		require.Equal(t, 3, first.Contents.Rules)
		require.Equal(t, 2, first.Contents.Offers)
		require.NotZero(t, first.Since)
		require.NotZero(t, first.ServedSince)

		_, err = group.Move(t.Context(), 1, b.publish(group, "web", 2, 5))
		require.NoError(t, err)
		b.eventually("version 2 is served", func() bool { return b.served("web").Number == 2 })
		live, err := group.LiveServers(t.Context())
		require.NoError(t, err)
		require.Equal(t, []versions.Server{{ID: tenants.ServerID(b.launch.Server.ID), Name: "cards-1"}}, live)

		b.stop()
		b.eventually("the server is not live", func() bool { // PostgreSQL takes a moment to end its session
			live, err = group.LiveServers(t.Context())
			require.NoError(t, err)
			return len(live) == 0
		})
		b.start()
		require.Equal(t, 5, b.served("web").Contents.Rules)
		status, err := b.as(b.gateway).Status(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.ChannelState{{Channel: "web", Number: 2, Hash: b.served("web").Hash}}, status.Channels)
		require.Contains(t, status.Summary, "and 1 channel;")
	})

	t.Run("ThatAreDamagedKeepAServerFromBeingReady", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		group := b.group()
		version, err := group.Move(t.Context(), 0, b.publish(group, "web", 1, 3))
		require.NoError(t, err)
		db := postgrestest.Open(t, b.launch.DatabaseURL)
		_, err = db.ExecContext(t.Context(), "UPDATE packages SET content = set_byte(content, 100, get_byte(content, 100) # 1)")
		require.NoError(t, err)
		ended := b.run()
		var status client.InteractionServerStatus
		b.eventually("the status names the problem", func() bool {
			var err error
			status, err = b.as(b.gateway).Status(t.Context())
			return err == nil && len(status.Channels) == 1 && status.Channels[0].Problem != ""
		})
		require.Contains(t, status.Summary, "channel web")
		response, err := http.Get("http://" + b.launch.MetricsListen + "/readyz")
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)

		b.publish(group, "web", 1, 3)
		b.eventually("the mended package is served", func() bool { return b.served("web").Hash == version.Hash })
		b.stop()
		require.NoError(t, <-ended)
	})

	t.Run("ArePreparedAndActivatedByWorkflows", func(t *testing.T) {
		t.Parallel()
		b := setupWithTemporal(t)
		group := b.group()
		b.start()
		version := b.publish(group, "web", 1, 3)
		require.NoError(t, b.asks("PrepareVersion", serverwork.Version{Channel: "web", Number: 1, Hash: version.Hash, Name: version.Name}))
		require.Zero(t, b.served("web"))
		_, err := group.Move(t.Context(), 0, version)
		require.NoError(t, err)
		require.NoError(t, b.asks("ActivateVersion", "web"))
		require.Equal(t, version.Hash, b.served("web").Hash)
		require.ErrorContains(t, b.asks("PrepareVersion", serverwork.Version{Channel: "web", Number: 2, Hash: "0123"}), "no package")
	})

	t.Run("AreRefusedWithTheReason", func(t *testing.T) {
		t.Parallel()
		b := setupWithTemporal(t)
		b.faults = &versions.Faults{Prepare: func(versions.Version) error {
			return fault.New(fault.TooLarge, "disk-full", "the disk of this server is full")
		}}
		b.start()
		version := b.publish(b.group(), "web", 1, 3)
		err := b.asks("PrepareVersion", serverwork.Version{Channel: "web", Number: 1, Hash: version.Hash})
		require.ErrorContains(t, err, "the disk of this server is full")
		require.Zero(t, b.served("web"))
	})
}

// asks has a workflow do one of the server's activities.
func (b *testBundle) asks(name string, input any) error {
	b.t.Helper()
	c, err := temporal.Dial(temporal.Options{
		HostPort: b.launch.TemporalAddress, Namespace: b.launch.TemporalNamespace, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(b.t, err)
	defer c.Close()
	queue := tenants.NewID[string]()
	w := worker.New(c, queue, worker.Options{})
	ask := func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue: workflows.ServerQueue(tenants.ServerID(b.launch.Server.ID)), StartToCloseTimeout: patience, HeartbeatTimeout: 5 * time.Second,
		})
		return workflow.ExecuteActivity(ctx, name, input).Get(ctx, nil)
	}
	w.RegisterWorkflowWithOptions(ask, workflow.RegisterOptions{Name: "Ask"})
	require.NoError(b.t, w.Start())
	defer w.Stop()
	run, err := c.ExecuteWorkflow(b.t.Context(), temporal.StartWorkflowOptions{TaskQueue: queue, WorkflowExecutionTimeout: patience}, "Ask")
	require.NoError(b.t, err)
	return run.Get(b.t.Context(), nil)
}
