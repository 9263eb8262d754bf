package provisioning

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// provision runs the workflow over a world, in Temporal's simulated time.
func provision(t *testing.T, w *world, prepare ...func(*testsuite.TestWorkflowEnvironment)) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{temporalclient.Faults(slog.New(slog.DiscardHandler))},
	})
	env.SetTestTimeout(30 * time.Second)
	env.RegisterWorkflow(Provision)
	env.RegisterActivity(w.activities())
	register(env, w)
	for _, p := range prepare {
		p(env)
	}
	env.ExecuteWorkflow(Provision, testInput)
	require.True(t, env.IsWorkflowCompleted())
	return env
}

func state(t *testing.T, env *testsuite.TestWorkflowEnvironment) State {
	t.Helper()
	answer, err := env.QueryWorkflow(QueryState)
	require.NoError(t, err)
	var s State
	require.NoError(t, answer.Get(&s))
	return s
}

func TestProvision(t *testing.T) {
	t.Parallel()

	t.Run("MakesEverythingReady", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		env := provision(t, w)

		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, []tenants.Name{"harborbank"}, w.made)
		require.ElementsMatch(t, []string{"sw_g1", "sw_g2"}, w.databases)
		require.ElementsMatch(t, []tenants.ServerID{"s1", "s2", "s3"}, w.keys)
		require.ElementsMatch(t, []tenants.ServerID{"s1", "s2", "s3"}, w.started)
		require.Equal(t, tenants.ProvisioningReady, w.last().State)
		require.Equal(t, State{
			Solution: "harborbank/cards", State: tenants.ProvisioningReady,
			Steps: []Step{
				{Name: "Temporal namespace of tenant harborbank", Status: StepDone},
				{Name: "database of group production", Status: StepDone, Result: "sw_g1"},
				{Name: "account of server cards-1", Status: StepDone},
				{Name: "server cards-1 on node node-1", Status: StepDone, Result: "http://127.0.0.1:20000"},
				{Name: "account of server cards-2", Status: StepDone},
				{Name: "server cards-2 on node node-1", Status: StepDone, Result: "http://127.0.0.1:20000"},
				{Name: "database of group staging", Status: StepDone, Result: "sw_g2"},
				{Name: "account of server cards-staging", Status: StepDone},
				{Name: "server cards-staging on node node-1", Status: StepDone, Result: "http://127.0.0.1:20000"},
			},
		}, state(t, env))
	})

	t.Run("RecordsEachStepAsItBegins", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		provision(t, w)
		var steps []string
		for _, progress := range w.recorded[:len(w.recorded)-1] {
			require.Equal(t, tenants.ProvisioningRunning, progress.State)
			steps = append(steps, progress.Step)
		}
		require.Equal(t, "preparing", steps[0])
		require.Contains(t, steps, "database of group staging")
		require.Contains(t, steps, "server cards-2 on node node-1")
		require.Len(t, w.workflowIDs, 1)
	})

	t.Run("SaysWhatFailedAndGoesOnWithTheRest", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.failures["database sw_g1"] = errRefused("the disk is full")
		env := provision(t, w)

		const reason = "database of group production: the disk is full"
		require.ErrorContains(t, env.GetWorkflowError(), reason)
		require.Equal(t, tenants.ProvisioningFailed, w.last().State)
		require.Equal(t, reason, w.last().Reason)
		require.Equal(t, []tenants.ServerID{"s3"}, w.started)
		require.Equal(t, StepWaiting, state(t, env).Steps[3].Status)
	})

	t.Run("TriesAgainWhatMayPass", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.failures["server s1"] = fault.New(fault.Unavailable, "server-not-ready", "the server is starting")
		env := provision(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				delete(w.failures, "server s1")
			}, 20*time.Second)
		})
		require.NoError(t, env.GetWorkflowError())
		require.Greater(t, strings.Count(strings.Join(texts(w.started), " "), "s1"), 2)
		require.Equal(t, tenants.ProvisioningReady, w.last().State)
	})

	t.Run("OutlastsAnOutageOfTheControlDatabase", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.failures["plan"] = fault.New(fault.Unavailable, "database-unavailable", "the database is away")
		env := provision(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				delete(w.failures, "plan")
			}, 10*time.Minute)
		})
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, tenants.ProvisioningReady, w.last().State)
	})

	t.Run("RefusesADisabledAccount", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.plan.Groups[1].Servers[0].AccountDisabled = true
		env := provision(t, w)
		require.ErrorContains(t, env.GetWorkflowError(), "account of server cards-staging: the account is disabled")
		require.NotContains(t, w.started, tenants.ServerID("s3"))
		require.NotContains(t, w.keys, tenants.ServerID("s3"))
	})

	t.Run("BeginsAnewWhenAskedForAgain", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.asksAgain = 1
		env := provision(t, w)
		var anew *workflow.ContinueAsNewError
		require.ErrorAs(t, env.GetWorkflowError(), &anew)
		require.Equal(t, tenants.ProvisioningRequested, w.plan.Solution.Provisioning.State)
	})

	t.Run("EndsWhenTheSolutionIsGone", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.failures["plan"] = fault.New(fault.NotFound, "solution-not-found", "no such solution")
		env := provision(t, w)
		require.ErrorContains(t, env.GetWorkflowError(), "no such solution")
		require.Empty(t, w.databases)
	})

	t.Run("WritesDownThatItWasCancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.failures["server s1"] = fault.New(fault.Unavailable, "server-not-ready", "the server is starting")
		env := provision(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(env.CancelWorkflow, 10*time.Second)
		})
		require.Error(t, env.GetWorkflowError())
		require.Equal(t, tenants.ProvisioningFailed, w.last().State)
		require.Contains(t, w.last().Reason, "the workflow was cancelled")
	})
}

func TestReasonOf(t *testing.T) {
	t.Parallel()
	nobody := temporal.NewTimeoutError(1, nil)
	require.Equal(t, "it took too long", reasonOf(nobody))
	require.Equal(t, "nobody took the work for 30s: does the node run?", reasonOf(temporal.NewTimeoutError(2, nil)))
}

func texts[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}

type quietLogger struct{}

func (quietLogger) Debug(string, ...any) {}
func (quietLogger) Info(string, ...any)  {}
func (quietLogger) Warn(string, ...any)  {}
func (quietLogger) Error(string, ...any) {}
