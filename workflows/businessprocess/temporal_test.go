package businessprocess

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// patience bounds what a test waits for.
const patience = 30 * time.Second

// fakeOutbox keeps messages in memory.
type fakeOutbox struct {
	mu       sync.Mutex
	last     int64
	messages []Message
	stopped  bool // every interaction
	wakeUp   chan struct{}
}

func newFakeOutbox() *fakeOutbox { return &fakeOutbox{wakeUp: make(chan struct{}, 1)} }

func (o *fakeOutbox) put(kind MessageKind, interaction string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	o.messages = append(o.messages, Message{
		ID: o.last, Kind: kind, Interaction: interaction, Process: "dispute", MediaType: "chat", Queue: "dispute.intake",
	})
	select {
	case o.wakeUp <- struct{}{}:
	default:
	}
}

func (o *fakeOutbox) Pending(_ context.Context, limit int) ([]Message, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.messages[:min(limit, len(o.messages))]), nil
}

func (o *fakeOutbox) Settle(_ context.Context, ids []int64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages = slices.DeleteFunc(o.messages, func(m Message) bool { return slices.Contains(ids, m.ID) })
	return nil
}

func (o *fakeOutbox) Open(context.Context, string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.stopped, nil
}

// stop says that the interactions have stopped.
func (o *fakeOutbox) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = true
}

func (o *fakeOutbox) empty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.messages) == 0
}

// testBundle is a group whose processes Temporal hosts.
type testBundle struct {
	t      *testing.T
	client client.Client // of the test alone
	shared *Connection
	host   *fakeHost
	outbox *fakeOutbox
	group  tenants.ServerGroupID
	quiet  *slog.Logger
}

func setup(t *testing.T, script ...Await) *testBundle {
	t.Helper()
	address, namespace := temporaltest.Namespace(t)
	return setupAt(t, address, namespace, script...)
}

func setupAt(t *testing.T, address, namespace string, script ...Await) *testBundle {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	newClient := func() client.Client {
		c, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "server/test", Logger: quiet})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		return c
	}
	return &testBundle{
		t: t, client: newClient(), shared: NewConnection(newClient()), host: &fakeHost{script: script}, outbox: newFakeOutbox(),
		group: tenants.NewID[tenants.ServerGroupID](), quiet: quiet,
	}
}

// work serves the process until the test ends.
func (b *testBundle) work() *Workers {
	w := NewWorkers(b.shared, b.group, b.host, NewCaller(loopback), b.quiet)
	b.t.Cleanup(w.Close)
	w.Serve([]string{"dispute"})
	return w
}

// dispatch delivers the outbox until the test ends.
func (b *testBundle) dispatch() *Dispatcher {
	d := NewDispatcher(b.shared, b.outbox, Place{Tenant: "harborbank", Solution: "cards", Group: "production", GroupID: b.group}, b.outbox.wakeUp, b.quiet)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	b.t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return d
}

// begun waits until the workflow of the interaction waits in its first step.
func (b *testBundle) begun(interaction string) {
	b.t.Helper()
	b.eventually("the workflow waits", func() bool {
		state, err := b.state(interaction)
		return err == nil && state.Advances > 0
	})
}

func (b *testBundle) state(interaction string) (state State, err error) {
	answer, err := b.client.QueryWorkflow(b.t.Context(), workflows.InteractionID(b.group, interaction), "", StateQuery)
	if err != nil {
		return state, err
	}
	return state, answer.Get(&state)
}

// ended waits for the end of the workflow's last run.
func (b *testBundle) ended(interaction string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	require.NoError(b.t, b.client.GetWorkflow(ctx, workflows.InteractionID(b.group, interaction), "").Get(ctx, nil))
}

func (b *testBundle) eventually(what string, met func() bool) {
	b.t.Helper()
	require.Eventually(b.t, met, patience, 20*time.Millisecond, what)
}

func TestTemporal(t *testing.T) {
	t.Parallel()

	t.Run("RunsAnInteractionThatEngineersCanFind", func(t *testing.T) {
		t.Parallel()
		b := setup(t, atAgent, finished)
		b.work()
		b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.begun("one")
		state, err := b.state("one")
		require.NoError(t, err)
		require.Equal(t, State{Interaction: "one", Process: "dispute", Await: atAgent, Advances: 1}, state)

		described, err := b.client.DescribeWorkflow(t.Context(), workflows.InteractionID(b.group, "one"), "")
		require.NoError(t, err)
		summary, err := described.GetStaticSummary()
		require.NoError(t, err)
		require.Equal(t, "dispute · chat", summary)
		execution, err := b.client.DescribeWorkflowExecution(t.Context(), workflows.InteractionID(b.group, "one"), "")
		require.NoError(t, err)
		for attribute, want := range map[string]string{
			"Tenant": "harborbank", "Solution": "cards", "ServerGroup": "production",
			"BusinessProcess": "dispute", "Queue": "dispute.intake", "MediaType": "chat",
		} {
			got := execution.WorkflowExecutionInfo.SearchAttributes.GetIndexedFields()[attribute]
			require.Equal(t, `"`+want+`"`, string(got.GetData()), attribute)
		}

		b.host.change()
		b.outbox.put(NudgeMessage, "one")
		b.ended("one")
		require.True(t, b.outbox.empty())
	})

	t.Run("MakesHTTPCalls", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"score": 7}`))
		}))
		t.Cleanup(server.Close)
		b := setup(t, onCall, finished)
		b.host.call = process.Request{Method: http.MethodGet, Endpoint: server.URL, Timeout: process.Duration(time.Second)}
		b.work()
		b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.eventually("the workflow is there", b.outbox.empty)
		b.ended("one")
		require.Equal(t, http.StatusOK, b.host.answered()[0].Status)
	})

	t.Run("StartsOnceHoweverOftenItIsTold", func(t *testing.T) {
		t.Parallel()
		b := setup(t, finished)
		b.work()
		b.dispatch()
		for range 3 {
			b.outbox.put(StartMessage, "one")
		}
		b.eventually("all is delivered", b.outbox.empty)
		b.ended("one")
		first := b.runID("one")
		b.outbox.put(StartMessage, "one")
		b.eventually("all is delivered", b.outbox.empty)
		require.Equal(t, first, b.runID("one"))
	})

	t.Run("BeginsAWorkflowAnewThatSomebodyEnded", func(t *testing.T) {
		t.Parallel()
		b := setup(t, atAgent, finished)
		b.work()
		b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.begun("one")
		require.NoError(t, b.client.TerminateWorkflow(t.Context(), workflows.InteractionID(b.group, "one"), "", "by mistake"))
		b.host.change()
		b.outbox.put(NudgeMessage, "one")
		b.eventually("all is delivered", b.outbox.empty)
		b.ended("one")
	})

	t.Run("LeavesAWorkflowAloneWhoseInteractionHasStopped", func(t *testing.T) {
		t.Parallel()
		b := setup(t, finished)
		b.work()
		b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.eventually("all is delivered", b.outbox.empty)
		b.ended("one")
		first := b.runID("one")
		b.outbox.stop()
		b.outbox.put(NudgeMessage, "one") // again, after a crash before it was settled
		b.eventually("all is delivered", b.outbox.empty)
		require.Equal(t, first, b.runID("one"))
	})

	t.Run("KeepsMessagesWhileTemporalIsAway", func(t *testing.T) {
		t.Parallel()
		b := setupAt(t, "127.0.0.1:1", "none", finished)
		d := b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.eventually("the problem is known", func() bool { return d.Problem() != "" })
		require.False(t, b.outbox.empty())
	})

	t.Run("PollsOnlyWhatItServes", func(t *testing.T) {
		t.Parallel()
		b := setup(t, atAgent, finished)
		w := b.work()
		b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.begun("one")

		w.Serve(nil)
		require.Empty(t, w.Processes())
		b.eventually("nobody polls", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := b.client.QueryWorkflow(ctx, workflows.InteractionID(b.group, "one"), "", StateQuery)
			return err != nil
		})
		b.host.change()
		b.outbox.put(NudgeMessage, "one")
		b.eventually("all is delivered", b.outbox.empty)
		require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, b.status("one"))

		w.Serve([]string{"dispute"})
		b.ended("one")
	})
}

// runID names the workflow's present or last run.
func (b *testBundle) runID(interaction string) string {
	b.t.Helper()
	described, err := b.client.DescribeWorkflowExecution(b.t.Context(), workflows.InteractionID(b.group, interaction), "")
	require.NoError(b.t, err)
	return described.WorkflowExecutionInfo.Execution.RunId
}

func (b *testBundle) status(interaction string) enums.WorkflowExecutionStatus {
	b.t.Helper()
	described, err := b.client.DescribeWorkflowExecution(b.t.Context(), workflows.InteractionID(b.group, interaction), "")
	require.NoError(b.t, err)
	return described.WorkflowExecutionInfo.Status
}
