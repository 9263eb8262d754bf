package testrun

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/serverwork"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// update stores the histories of TestService anew. Do that when the workflow was
// changed in a way that is versioned; until then the stored ones must replay.
var update = flag.Bool("update", false, "store the histories that TestReplay replays")

func TestReplay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"succeeded", "failed", "cancelled"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflow(Run)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger{}, filepath.Join("testdata", name+".json")))
		})
	}
}

// serve runs the control plane's part and the servers over a world, on Temporal,
// until the test ends.
func serve(t *testing.T, w *world) client.Client {
	t.Helper()
	address, namespace := temporaltest.Namespace(t)
	logger := slog.New(slog.DiscardHandler)
	c, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "test", Logger: logger})
	require.NoError(t, err)
	service := New(c, w, logger)
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	run := func(newWorker func() worker.Worker) {
		parts.Go(func() { temporalclient.RunWorker(ctx, logger, newWorker) })
	}
	parts.Go(func() { service.Run(ctx) })
	run(func() worker.Worker { return temporalclient.NewWorker(c, workflows.ControlQueue, logger, service) })
	for _, s := range w.live {
		run(func() worker.Worker { return serverwork.NewTestRunWorker(c, s.ID, on{world: w, name: s.Name}, logger) })
	}
	t.Cleanup(func() {
		stop()
		parts.Wait()
		c.Close()
	})
	return c
}

// end waits until the test run and its workflow have ended, checks that the history
// replays, and stores it when asked to.
func (w *world) end(t *testing.T, c client.Client, want testruns.State) {
	t.Helper()
	id := workflows.TestRunID(testGroup, string(testID))
	require.Eventually(t, func() bool { return w.present() == want }, 30*time.Second, 5*time.Millisecond)
	_ = c.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil) // its error is the reason
	events := c.GetWorkflowHistory(t.Context(), id, "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var whole history.History
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		whole.Events = append(whole.Events, event)
	}
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(Run)
	require.NoError(t, replayer.ReplayWorkflowHistory(quietLogger{}, &whole))
	if *update {
		text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(&whole)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join("testdata", string(want)+".json"), text, 0o600))
	}
}

func TestService(t *testing.T) {
	t.Parallel()

	t.Run("RunsWhatIsAskedFor", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		c := serve(t, w)
		w.end(t, c, testruns.Succeeded)
		require.Equal(t, []string{"cards-1"}, w.ran)
		description, err := c.DescribeWorkflow(t.Context(), workflows.TestRunID(testGroup, string(testID)), "")
		require.NoError(t, err)
		group, _ := description.TypedSearchAttributes.GetKeyword(groupAttribute)
		channel, _ := description.TypedSearchAttributes.GetKeyword(channelAttribute)
		require.Equal(t, "web on staging", channel+" on "+group)
	})

	t.Run("FailsByTheServerThatCannot", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.run = func(context.Context, string) error {
			return fault.New(fault.Invalid, "damaged-package", "the package is damaged")
		}
		w.end(t, serve(t, w), testruns.Failed)
		require.Contains(t, w.reason, "the package is damaged")
	})

	t.Run("StopsTheServerWhenItsJobIsGone", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		w.run = func(context.Context, string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.state = testruns.Cancelled
			return fault.New(fault.NotFound, "test-run-gone", "the test run was cancelled or is too old")
		}
		w.end(t, serve(t, w), testruns.Cancelled)
	})

	t.Run("SaysThatItsWorkflowWasCancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.offered = true
		running, release := make(chan struct{}), make(chan struct{})
		w.run = func(context.Context, string) error {
			close(running)
			<-release
			return nil
		}
		c := serve(t, w)
		<-running
		require.NoError(t, c.CancelWorkflow(t.Context(), workflows.TestRunID(testGroup, string(testID)), ""))
		require.Eventually(t, func() bool { return w.present() == testruns.Failed }, 30*time.Second, 5*time.Millisecond)
		close(release)
		require.Equal(t, "server cards-1: the workflow was cancelled", w.reason)
	})
}
