package deployment

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/serverwork"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// serve runs the control plane's part and three servers over a world, on Temporal,
// until the test ends.
func serve(t *testing.T, w *world) (*Service, client.Client) {
	t.Helper()
	address, namespace := temporaltest.Namespace(t)
	logger := slog.New(slog.DiscardHandler)
	c, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "test", Logger: logger})
	require.NoError(t, err)
	service := New(c, w, w, logger)
	service.activities = w.activities()

	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	run := func(newWorker func() worker.Worker) {
		parts.Go(func() { temporalclient.RunWorker(ctx, logger, newWorker) })
	}
	parts.Go(func() { service.Run(ctx) })
	run(func() worker.Worker { return temporalclient.NewWorker(c, workflows.ControlQueue, logger, service) })
	for _, s := range w.servers {
		run(func() worker.Worker { return serverwork.NewDeploymentWorker(c, s.ID, w, logger) })
	}
	t.Cleanup(func() {
		stop()
		parts.Wait()
		c.Close()
	})
	return service, c
}

// awaitEnd waits until the deployment and its workflow have ended.
func (w *world) awaitEnd(t *testing.T, c client.Client, want deployments.State) {
	t.Helper()
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.state == want
	}, 30*time.Second, 5*time.Millisecond)
	_ = c.GetWorkflow(t.Context(), workflows.DeployID(testGroup, "web", 4), "").Get(t.Context(), nil) // its error is the reason
}

func TestService(t *testing.T) {
	t.Parallel()

	t.Run("DeploysWhatIsAskedFor", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		_, c := serve(t, w)
		w.awaitEnd(t, c, deployments.Succeeded)
		requireServed(t, w)
		keep(t, c, "succeeded")

		description, err := c.DescribeWorkflow(t.Context(), workflows.DeployID(testGroup, "web", 4), "")
		require.NoError(t, err)
		group, _ := description.TypedSearchAttributes.GetKeyword(groupAttribute)
		channel, _ := description.TypedSearchAttributes.GetKeyword(channelAttribute)
		require.Equal(t, "web to production", channel+" to "+group)
	})

	t.Run("FailsByTheServerThatRefuses", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.servers[1].refuses = fault.New(fault.Invalid, "bad-hash", "the content has another hash")
		_, c := serve(t, w)
		w.awaitEnd(t, c, deployments.Failed)
		requireUnchanged(t, w)
		keep(t, c, "failed")
	})

	t.Run("DoesNotWaitForAServerThatIsDeletedWhileItPrepares", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.servers[2].refuses = unavailable() // asked again and again
		w.during["prepare on cards-3"] = func() { w.servers[2].live = false }
		_, c := serve(t, w)
		began := time.Now()
		w.awaitEnd(t, c, deployments.Succeeded)
		require.Less(t, time.Since(began), preparedWithin*2/3)
		require.Equal(t, []int64{4, 4, 3}, w.served())
		require.Equal(t, deployments.ServerAway, w.progress["cards-3"].State)
		keep(t, c, "gone")
	})

	t.Run("StopsWhenItIsCancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.servers[1].refuses = unavailable()
		preparing := make(chan struct{})
		w.during["prepare on cards-2"] = func() { close(preparing) }
		service, c := serve(t, w)
		<-preparing
		w.mu.Lock()
		require.NoError(t, w.cancel())
		w.mu.Unlock()
		began := time.Now()
		require.NoError(t, service.Stop(t.Context(), testGroup, "web", 4))
		w.awaitEnd(t, c, deployments.Cancelled)
		require.Less(t, time.Since(began), preparedWithin/2)
		requireUnchanged(t, w)
		keep(t, c, "cancelled")
		require.NoError(t, service.Stop(t.Context(), testGroup, "web", 4), "again")
		require.NoError(t, service.Stop(t.Context(), testGroup, "web", 5), "one that has not begun")
	})

	t.Run("IsIncompleteByTheServerThatDoesNotCome", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.servers[2].stuck = fault.New(fault.Conflict, "disk", "the disk is full")
		w.clock = func() time.Time { return time.Now().Add(verifiedWithin) }
		_, c := serve(t, w)
		w.awaitEnd(t, c, deployments.Incomplete)
		require.Equal(t, []int64{4, 4, 3}, w.served())
		keep(t, c, "incomplete")
	})

	t.Run("StartsAgainWhatSomebodyEnded", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.fails["move"] = unavailable()
		moving := make(chan struct{})
		w.during["move"] = func() { close(moving) }
		service, c := serve(t, w)
		<-moving
		id := workflows.DeployID(testGroup, "web", 4)
		require.NoError(t, c.TerminateWorkflow(t.Context(), id, "", "a test"))
		w.recover("move")
		require.NoError(t, service.start(t.Context(), requestOf(t, w)))
		w.awaitEnd(t, c, deployments.Succeeded)
		requireServed(t, w)
	})

	t.Run("StartsAWorkflowOnceInAWhile", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		c := temporaltest.Client(t)
		service := New(c, w, w, slog.New(slog.DiscardHandler))
		require.NoError(t, service.startRequested(t.Context()))
		first := service.started[testDeployment]
		require.NoError(t, service.startRequested(t.Context()))
		require.Equal(t, first, service.started[testDeployment])
		service.started[testDeployment] = first.Add(-temporalclient.StartAgainAfter)
		require.NoError(t, service.startRequested(t.Context()), "the one that runs is left alone")
		require.False(t, service.started[testDeployment].Before(first))
	})
}

func requestOf(t *testing.T, w *world) deployments.Request {
	t.Helper()
	requests, err := w.Requested(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, requests, 1)
	return requests[0]
}
