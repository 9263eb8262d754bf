package businessprocess

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/interactionserver/process"
)

var (
	atAgent  = Await{Kind: AwaitNudge, Step: "assist", State: "routing", Queue: "dispute.intake", Sequence: 1}
	onWait   = Await{Kind: AwaitTimer, Step: "pause", State: "routing", Sequence: 2}
	onCall   = Await{Kind: AwaitCall, Step: "score", State: "routing", Sequence: 3, Call: &CallPolicy{Timeout: time.Second, Attempts: 3}}
	finished = Await{Kind: AwaitDone, State: "stopped", Sequence: 9, StopReason: "resolved"}
)

var testInput = Input{Interaction: "0190-1", Process: "dispute"}

// loopback lets tests call servers of their own.
var loopback = Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func newEnvironment(t *testing.T, host Host) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	does := &activities{host: host, caller: NewCaller(loopback), log: slog.New(slog.DiscardHandler)}
	env.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: WorkflowName})
	env.RegisterActivityWithOptions(does.Advance, activity.RegisterOptions{Name: advanceActivity})
	env.RegisterActivityWithOptions(does.CallHTTP, activity.RegisterOptions{Name: callActivity})
	env.RegisterActivityWithOptions(does.FailCall, activity.RegisterOptions{Name: failActivity})
	return env
}

func nudge(env *testsuite.TestWorkflowEnvironment, after time.Duration, change func()) {
	env.RegisterDelayedCallback(func() {
		change()
		env.SignalWorkflow(NudgeSignal, nil)
	}, after)
}

func TestWorkflow(t *testing.T) {
	t.Parallel()

	t.Run("EndsAtOnceWhenTheInteractionHasStopped", func(t *testing.T) {
		t.Parallel()
		host := &fakeHost{script: []Await{finished}}
		env := newEnvironment(t, host)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, 1, host.calls)
	})

	t.Run("WaitsForANudgeAndGoesOn", func(t *testing.T) {
		t.Parallel()
		host := &fakeHost{script: []Await{atAgent, finished}}
		env := newEnvironment(t, host)
		nudge(env, time.Hour, host.change)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, 2, host.calls)
	})

	t.Run("TakesSeveralNudgesAsOne", func(t *testing.T) {
		t.Parallel()
		host := &fakeHost{script: []Await{atAgent, finished}}
		env := newEnvironment(t, host)
		env.RegisterDelayedCallback(func() {
			for range 5 {
				env.SignalWorkflow(NudgeSignal, nil)
			}
		}, time.Minute)
		nudge(env, time.Hour, host.change)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.LessOrEqual(t, host.calls, 4)
	})

	t.Run("EndsATimerAtItsTime", func(t *testing.T) {
		t.Parallel()
		wait := onWait
		wait.Until = time.Now().Add(20 * time.Millisecond)
		host := &fakeHost{script: []Await{wait, finished}}
		env := newEnvironment(t, host)
		env.SetStartTime(time.Now())
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
	})

	t.Run("LeavesATimerAtANudge", func(t *testing.T) {
		t.Parallel()
		wait := onWait
		wait.Until = time.Now().Add(24 * time.Hour)
		host := &fakeHost{script: []Await{wait, finished}}
		env := newEnvironment(t, host)
		env.SetStartTime(time.Now())
		nudge(env, time.Minute, host.change)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
	})

	t.Run("AnswersTheQueryState", func(t *testing.T) {
		t.Parallel()
		host := &fakeHost{script: []Await{atAgent, finished}}
		env := newEnvironment(t, host)
		env.RegisterDelayedCallback(func() {
			answer, err := env.QueryWorkflow(StateQuery)
			require.NoError(t, err)
			var state State
			require.NoError(t, answer.Get(&state))
			require.Equal(t, State{Interaction: "0190-1", Process: "dispute", Await: atAgent, Advances: 1}, state)
			host.change()
			env.SignalWorkflow(NudgeSignal, nil)
		}, time.Minute)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
	})

	t.Run("TriesAgainWhileTheDatabaseIsAway", func(t *testing.T) {
		t.Parallel()
		host := &fakeHost{script: []Await{finished}, failing: 3}
		env := newEnvironment(t, host)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, 4, host.calls)
	})

	t.Run("OutlastsALongOutageOfTheDatabase", func(t *testing.T) {
		t.Parallel()
		const attempts = 200
		host := &fakeHost{script: []Await{finished}, failing: attempts}
		env := newEnvironment(t, host)
		began := env.Now()
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, attempts+1, host.calls)
		require.Greater(t, env.Now().Sub(began), 30*time.Minute)
	})

	t.Run("FailsWhenThereIsNoSuchInteraction", func(t *testing.T) {
		t.Parallel()
		host := &fakeHost{}
		env := newEnvironment(t, host)
		env.ExecuteWorkflow(WorkflowName, testInput)
		var application *temporal.ApplicationError
		require.ErrorAs(t, env.GetWorkflowError(), &application)
		require.Equal(t, "interaction-not-found", application.Type())
		require.Equal(t, 1, host.calls)
	})

	t.Run("RefusesAWaitThatItDoesNotKnow", func(t *testing.T) {
		t.Parallel()
		env := newEnvironment(t, &fakeHost{script: []Await{{Kind: "moon"}}})
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.ErrorContains(t, env.GetWorkflowError(), `"moon"`)
	})

	t.Run("EndsWhenCancelled", func(t *testing.T) {
		t.Parallel()
		env := newEnvironment(t, &fakeHost{script: []Await{atAgent}})
		env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	})

	t.Run("BeginsANewRunWhenItsHistoryIsLong", func(t *testing.T) {
		t.Parallel()
		env := newEnvironment(t, &fakeHost{script: []Await{atAgent}})
		env.SetContinueAsNewSuggested(true)
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.True(t, workflow.IsContinueAsNewError(env.GetWorkflowError()))
	})
}

func TestWorkflowCall(t *testing.T) {
	t.Parallel()

	setup := func(t *testing.T, script []Await, serve http.HandlerFunc) (*fakeHost, *testsuite.TestWorkflowEnvironment) {
		t.Helper()
		server := httptest.NewServer(serve)
		t.Cleanup(server.Close)
		host := &fakeHost{script: script, call: process.Request{
			Method:   http.MethodPost,
			Endpoint: server.URL,
			Body:     process.Value{Any: map[string]any{"amount": 12}},
			Timeout:  process.Duration(time.Second),
			Retry:    process.Retry{Attempts: 3, Delay: process.Duration(time.Second), Backoff: process.BackoffExponential},
		}}
		return host, newEnvironment(t, host)
	}

	t.Run("RecordsTheResponse", func(t *testing.T) {
		t.Parallel()
		host, env := setup(t, []Await{onCall, finished}, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"score": 7}`))
		})
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Len(t, host.answered(), 1)
		require.Equal(t, process.Responded, host.answered()[0].Kind)
		require.Equal(t, http.StatusOK, host.answered()[0].Status)
	})

	t.Run("TriesAgainAndHandsOnTheLastStatus", func(t *testing.T) {
		t.Parallel()
		attempts := 0
		host, env := setup(t, []Await{onCall, finished}, func(w http.ResponseWriter, _ *http.Request) {
			attempts++
			w.WriteHeader(http.StatusBadGateway)
		})
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, 3, attempts)
		require.Equal(t, http.StatusBadGateway, host.answered()[0].Status)
	})

	t.Run("AsksTheRuntimeForOffers", func(t *testing.T) {
		t.Parallel()
		for point, want := range map[string]process.Event{
			"hero": {Kind: process.Responded, Status: 200, Body: []any{testInput.Interaction, "hero"}},
			"away": {Kind: process.CallFailed, Problem: "the channel is not served here"},
		} {
			host, env := setup(t, []Await{onCall, finished}, func(http.ResponseWriter, *http.Request) {
				t.Error("nobody is called")
			})
			host.call = process.Request{Offers: &process.Offers{Point: point}, Retry: process.Retry{Attempts: 1}}
			env.ExecuteWorkflow(WorkflowName, testInput)
			require.NoError(t, env.GetWorkflowError())
			want.Sequence = onCall.Sequence
			require.Equal(t, []process.Event{want}, host.answered())
		}
	})

	t.Run("SaysThatThereWasNoResponse", func(t *testing.T) {
		t.Parallel()
		host, env := setup(t, []Await{onCall, finished}, func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		})
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, process.CallFailed, host.answered()[0].Kind)
		require.Equal(t, "the called service could not be reached", host.answered()[0].Problem)
	})

	t.Run("IsGivenUpWhenTheProcessHasMovedOn", func(t *testing.T) {
		t.Parallel()
		host, env := setup(t, []Await{onCall, finished}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		nudge(env, 500*time.Millisecond, host.change) // between two attempts
		env.ExecuteWorkflow(WorkflowName, testInput)
		require.NoError(t, env.GetWorkflowError())
		require.Empty(t, host.answered())
	})
}
