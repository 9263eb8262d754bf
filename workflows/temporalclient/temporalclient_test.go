package temporalclient_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

var quiet = slog.New(slog.DiscardHandler)

func newClient(t *testing.T, address, namespace string) client.Client {
	t.Helper()
	c, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "test", Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestEnsureNamespace(t *testing.T) {
	t.Parallel()

	t.Run("MakesItUsableForManyCallersAtOnce", func(t *testing.T) {
		t.Parallel()
		namespace := "test-" + tenants.NewID[string]()
		c := newClient(t, temporaltest.Address(t), namespace)
		var group errgroup.Group
		for range 3 {
			group.Go(func() error {
				return temporalclient.EnsureNamespace(t.Context(), c, namespace, workflows.TenantAttributes)
			})
		}
		require.NoError(t, group.Wait())
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			TaskQueue:             "none",
			TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword(workflows.AttributeQueue).ValueSet("x")),
		}, "none")
		require.NoError(t, err)
		require.NoError(t, c.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "end of test"))

		require.NoError(t, temporalclient.EnsureNamespace(t.Context(), c, namespace, workflows.TenantAttributes), "again")
	})

	t.Run("AddsTheAttributesThatAreMissing", func(t *testing.T) {
		t.Parallel()
		namespace := "test-" + tenants.NewID[string]()
		c := newClient(t, temporaltest.Address(t), namespace)
		require.NoError(t, temporalclient.EnsureNamespace(t.Context(), c, namespace, workflows.PlatformAttributes))
		require.NoError(t, temporalclient.EnsureNamespace(t.Context(), c, namespace, workflows.TenantAttributes))
	})

	t.Run("SaysThatTemporalIsAway", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, freeAddress(t), "none")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		err := temporalclient.EnsureNamespace(ctx, c, "none", workflows.PlatformAttributes)
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	})
}

// freeAddress is an address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func TestRunWorker(t *testing.T) {
	t.Parallel()

	t.Run("StartsAnewUntilTheContextEnds", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		made := 0
		temporalclient.RunWorker(ctx, quiet, func() worker.Worker {
			if made++; made == 3 {
				cancel()
			}
			return broken{}
		})
		require.Equal(t, 3, made)
	})

	t.Run("TurnsFaultsIntoErrorsOfTemporal", func(t *testing.T) {
		t.Parallel()
		address, namespace := temporaltest.Namespace(t)
		c := newClient(t, address, namespace)
		ctx, cancel := context.WithCancel(t.Context())
		var group errgroup.Group
		group.Go(func() error {
			temporalclient.RunWorker(ctx, quiet, func() worker.Worker {
				w := worker.New(c, "faults", worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalclient.Faults(quiet)}})
				w.RegisterWorkflow(callFail)
				w.RegisterActivity(fail)
				return w
			})
			return nil
		})
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "faults"}, callFail)
		require.NoError(t, err)
		err = run.Get(t.Context(), nil)
		var failure *temporal.ApplicationError
		require.ErrorAs(t, err, &failure)
		require.Equal(t, "card-unknown", failure.Type())
		require.ErrorContains(t, err, "no such card")
		require.NotContains(t, err.Error(), "a secret")
		cancel()
		require.NoError(t, group.Wait())
	})
}

func callFail(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, fail).Get(ctx, nil)
}

func fail(context.Context) error {
	return fault.New(fault.NotFound, "card-unknown", "no such card").Because(errors.New("a secret"))
}

// broken is a worker that cannot start.
type broken struct{ worker.Worker }

func (broken) Run(<-chan any) error { return errors.New("injected") }
