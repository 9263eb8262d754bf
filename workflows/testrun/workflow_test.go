package testrun

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows/serverwork"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// execute runs the workflow over a world, in Temporal's simulated time. All servers
// answer as cards-1.
func execute(t *testing.T, w *world, prepare ...func(*testsuite.TestWorkflowEnvironment)) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{temporalclient.Faults(slog.New(slog.DiscardHandler))},
	})
	env.SetTestTimeout(30 * time.Second)
	New(nil, w, slog.New(slog.DiscardHandler)).register(env)
	serverwork.RegisterTestRuns(env, on{world: w, name: "cards-1"})
	for _, p := range prepare {
		p(env)
	}
	env.ExecuteWorkflow(Run, testInput)
	require.True(t, env.IsWorkflowCompleted())
	return env
}

func TestRunOfAWorkflow(t *testing.T) {
	t.Parallel()

	t.Run("CollectsWhatAServerRan", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		require.NoError(t, execute(t, w).GetWorkflowError())
		require.Equal(t, testruns.Succeeded, w.state)
		require.Equal(t, 1, w.collected)
		require.Equal(t, []string{"cards-1"}, w.ran)
	})

	t.Run("LeavesAloneWhatWasCancelledBefore", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.state = testruns.Cancelled
		require.NoError(t, execute(t, w).GetWorkflowError())
		require.Empty(t, w.ran)
	})

	t.Run("EndsQuietlyWhenItIsCancelledMeanwhile", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.run = func(context.Context, string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.state = testruns.Cancelled
			return fault.New(fault.NotFound, "test-run-gone", "the test run was cancelled")
		}
		require.NoError(t, execute(t, w).GetWorkflowError())
		require.Equal(t, testruns.Cancelled, w.state)
		require.Zero(t, w.collected)
	})

	t.Run("FailsWithTheServersReasonAtOnce", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.run = func(context.Context, string) error {
			return fault.New(fault.Invalid, "damaged-package", "the package is damaged")
		}
		require.ErrorContains(t, execute(t, w).GetWorkflowError(), "server cards-1: the package is damaged")
		require.Equal(t, "server cards-1: the package is damaged", w.reason)
		require.Len(t, w.ran, 1)
	})

	t.Run("TriesAgainWhatMayPass", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.run = func(context.Context, string) error {
			if len(w.ran) == 1 {
				return fault.New(fault.Unavailable, "database-unavailable", "the database is away")
			}
			return nil
		}
		require.NoError(t, execute(t, w).GetWorkflowError())
		require.Equal(t, testruns.Succeeded, w.state)
		require.Len(t, w.ran, 2)
	})

	t.Run("GoesToAnotherServerWhenOneDies", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		dead := 0
		env := execute(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.SetWorkerOptions(worker.Options{}) // a time-out is no fault
			env.OnActivity(serverwork.RunTest, mock.Anything, mock.Anything).Return(func(ctx context.Context, id string) (serverwork.Progress, error) {
				if dead++; dead <= tries {
					return serverwork.Progress{}, temporal.NewTimeoutError(enums.TIMEOUT_TYPE_HEARTBEAT, nil)
				}
				return on{world: w, name: "cards-2"}.RunTest(ctx, id)
			})
		})
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, []string{"cards-1", "cards-2"}, w.looked)
		require.Equal(t, []string{"cards-2"}, w.ran)
	})

	t.Run("GivesUpWhatTakesTooLong", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		env := execute(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.SetWorkerOptions(worker.Options{}) // a time-out is no fault
			env.OnActivity(serverwork.RunTest, mock.Anything, mock.Anything).Return(func(context.Context, string) (serverwork.Progress, error) {
				return serverwork.Progress{}, temporal.NewTimeoutError(enums.TIMEOUT_TYPE_START_TO_CLOSE, nil)
			})
		})
		require.ErrorContains(t, env.GetWorkflowError(), "server cards-1: it took too long")
		require.Equal(t, []string{"cards-1"}, w.looked)
	})

	t.Run("FailsWhenNoServerIsAlive", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.live = nil
		require.ErrorContains(t, execute(t, w).GetWorkflowError(), "no server of group staging is alive")
		require.Equal(t, testruns.Failed, w.state)
	})

	t.Run("FailsAfterThreeServersThatCouldNot", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.run = func(context.Context, string) error {
			return fault.New(fault.Unavailable, "database-unavailable", "the database is away")
		}
		require.ErrorContains(t, execute(t, w).GetWorkflowError(), "the database is away")
		require.Len(t, w.ran, rounds*tries)
		require.Equal(t, "server cards-1: the database is away", w.reason)
	})
}
