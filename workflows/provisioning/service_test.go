package provisioning

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// serve runs the control plane's part and a node's over a world, on Temporal,
// until the test ends.
func serve(t *testing.T, w *world) client.Client {
	t.Helper()
	address, namespace := temporaltest.Namespace(t)
	logger := slog.New(slog.DiscardHandler)
	c, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "test", Logger: logger})
	require.NoError(t, err)
	service := New(c, w, w, logger)
	service.namespace = namespace // is there: a missing one would ask for every provisioning again
	service.activities = w.activities()

	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { service.Run(ctx) })
	parts.Go(func() {
		temporalclient.RunWorker(ctx, logger, func() worker.Worker {
			return temporalclient.NewWorker(c, workflows.ControlQueue, logger, service)
		})
	})
	parts.Go(func() {
		temporalclient.RunWorker(ctx, logger, func() worker.Worker { return NewNodeWorker(c, "node-1", w, logger) })
	})
	t.Cleanup(func() {
		stop()
		parts.Wait()
		c.Close()
	})
	return c
}

// awaitEnd waits until the solution's provisioning has ended.
func (w *world) awaitEnd(t *testing.T, want tenants.ProvisioningState) tenants.Provisioning {
	t.Helper()
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.plan.Solution.Provisioning.State == want
	}, 30*time.Second, 5*time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.plan.Solution.Provisioning
}

func TestService(t *testing.T) {
	t.Parallel()

	t.Run("ProvisionsWhatIsAskedFor", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		c := serve(t, w)
		w.awaitEnd(t, tenants.ProvisioningReady)
		require.ElementsMatch(t, []tenants.ServerID{"s1", "s2", "s3"}, w.started)
		keep(t, c, "ready")
	})

	t.Run("ProvisionsAgainWhenAskedMeanwhile", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.asksAgain = 1
		c := serve(t, w)
		require.Equal(t, int64(2), w.awaitEnd(t, tenants.ProvisioningReady).Request)
		keep(t, c, "again")
	})

	t.Run("ShowsWhatFailedAndSucceedsWhenItIsMended", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.failures["server s2"] = fault.New(fault.Conflict, "refused", "no free port")
		c := serve(t, w)
		require.Equal(t, "server cards-2 on node node-1: no free port", w.awaitEnd(t, tenants.ProvisioningFailed).Reason)
		keep(t, c, "failed")

		w.mu.Lock()
		delete(w.failures, "server s2")
		w.askAgain()
		w.mu.Unlock()
		w.awaitEnd(t, tenants.ProvisioningReady)
	})

	t.Run("ProvisionsAllAgainForATemporalThatIsNew", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		c := temporaltest.Client(t)
		service := New(c, w, w, slog.New(slog.DiscardHandler))
		service.namespace = "test-" + strings.ToLower(rand.Text())
		require.NoError(t, service.ensureNamespace(t.Context()))
		require.EqualValues(t, 2, w.plan.Solution.Provisioning.Request)
		require.NoError(t, service.ensureNamespace(t.Context()))
		require.EqualValues(t, 2, w.plan.Solution.Provisioning.Request, "it is not new any more")
	})

	t.Run("CanBeFoundByTenantAndSolution", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		c := serve(t, w)
		w.awaitEnd(t, tenants.ProvisioningReady)
		run := c.GetWorkflow(t.Context(), workflows.ProvisionID("harborbank", "cards"), "")
		require.NoError(t, run.Get(t.Context(), nil))
		description, err := c.DescribeWorkflow(t.Context(), run.GetID(), "")
		require.NoError(t, err)
		tenant, _ := description.TypedSearchAttributes.GetKeyword(tenantAttribute)
		solution, _ := description.TypedSearchAttributes.GetKeyword(solutionAttribute)
		require.Equal(t, "harborbank/cards", tenant+"/"+solution)
	})
}
