package historytransfer

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// update stores the history of TestService anew. Do that when the workflow was
// changed in a way that is versioned; until then the stored one must replay.
var update = flag.Bool("update", false, "store the history that TestReplay replays")

const (
	stored                          = "testdata/gone.json"
	testGroup tenants.ServerGroupID = "0190c5a0-0000-7000-8000-00000000000a"
)

var wanted = contacthistory.Group{
	Tenant: "0190c5a0-0000-7000-8000-00000000000c", TenantName: "harborbank", ID: testGroup, Solution: "cards", Name: "production",
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type quietLogger struct{}

func (quietLogger) Debug(string, ...any) {}
func (quietLogger) Info(string, ...any)  {}
func (quietLogger) Warn(string, ...any)  {}
func (quietLogger) Error(string, ...any) {}

// world is a group whose history waits. It implements History.
type world struct {
	mu      sync.Mutex
	waiting int64 // rows
	moved   int64
	steps   int
	away    int  // steps that fail because a database is away
	rivals  int  // steps that another transfer is faster in
	gone    bool // the group
}

func (w *world) Wanted(context.Context, tenants.ServerGroupID, int) ([]contacthistory.Group, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return nil, nil
	}
	return []contacthistory.Group{wanted}, nil
}

func (w *world) Step(context.Context, tenants.TenantID, tenants.ServerGroupID) (contacthistory.Moved, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps++
	switch {
	case w.gone:
		return contacthistory.Moved{}, fault.New(fault.NotFound, "not-found", "there is no such server group")
	case w.away > 0:
		w.away--
		return contacthistory.Moved{}, fault.New(fault.Unavailable, "database-unavailable", "the database cannot serve now; try again")
	case w.rivals > 0:
		w.rivals--
		return contacthistory.Moved{}, fault.New(fault.Conflict, "watermark-moved", "another transfer was faster")
	}
	n := min(w.waiting, 10)
	w.waiting -= n
	w.moved += n
	return contacthistory.Moved{Read: n, Counts: contacthistory.Counts{Contacts: n}, More: w.waiting > 0}, nil
}

func (w *world) add(rows int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting += rows
}

func (w *world) has(rows int64) func() bool {
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.moved == rows
	}
}

// serve runs the control plane's part on Temporal until the test ends.
func serve(t *testing.T, w *world) client.Client {
	t.Helper()
	address, namespace := temporaltest.Namespace(t)
	logger := slog.New(slog.DiscardHandler)
	c, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "test", Logger: logger})
	require.NoError(t, err)
	service := New(c, w, logger)
	service.lasts = 100 * time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { service.Run(ctx) })
	parts.Go(func() {
		temporalclient.RunWorker(ctx, logger, func() worker.Worker {
			return temporalclient.NewWorker(c, workflows.ControlQueue, logger, service)
		})
	})
	t.Cleanup(func() {
		stop()
		parts.Wait()
		c.Close()
	})
	return c
}

func TestService(t *testing.T) {
	t.Parallel()
	w := &world{waiting: 35, away: 2, rivals: 1}
	c := serve(t, w)
	require.Eventually(t, w.has(35), 30*time.Second, 5*time.Millisecond)
	w.add(7) // in a later round
	require.Eventually(t, w.has(42), 30*time.Second, 5*time.Millisecond)

	id := workflows.TransferID(testGroup)
	require.Eventually(t, func() bool {
		answer, err := c.QueryWorkflow(t.Context(), id, "", QueryTotal)
		var total Round
		return err == nil && answer.Get(&total) == nil && total.Contacts >= 35
	}, 30*time.Second, 20*time.Millisecond)
	description, err := c.DescribeWorkflow(t.Context(), id, "")
	require.NoError(t, err)
	group, _ := description.TypedSearchAttributes.GetKeyword(groupAttribute)
	solution, _ := description.TypedSearchAttributes.GetKeyword(solutionAttribute)
	tenant, _ := description.TypedSearchAttributes.GetKeyword(tenantAttribute)
	require.Equal(t, "production of cards of harborbank", group+" of "+solution+" of "+tenant)

	w.mu.Lock()
	w.gone = true
	w.mu.Unlock()
	require.ErrorContains(t, c.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil), "there is no such server group")
	keep(t, c, id)
}

// keep checks that the history replays, and stores it when asked to.
func keep(t *testing.T, c client.Client, id string) {
	t.Helper()
	events := c.GetWorkflowHistory(t.Context(), id, "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var whole history.History
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		whole.Events = append(whole.Events, event)
	}
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(FollowHistory)
	require.NoError(t, replayer.ReplayWorkflowHistory(quietLogger{}, &whole))
	if *update {
		text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(&whole)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(stored, text, 0o600))
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(FollowHistory)
	require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger{}, stored))
}
