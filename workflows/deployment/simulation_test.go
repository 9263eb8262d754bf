package deployment

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/workflows/serverwork"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// deploy runs the workflow over a world, in Temporal's simulated time.
func deploy(t *testing.T, w *world, prepare ...func(*testsuite.TestWorkflowEnvironment)) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{temporalclient.Faults(slog.New(slog.DiscardHandler))},
	})
	env.SetTestTimeout(30 * time.Second)
	env.RegisterWorkflow(Deploy)
	env.RegisterActivity(w.activities())
	serverwork.RegisterDeployments(env, w)
	for _, p := range prepare {
		p(env)
	}
	env.ExecuteWorkflow(Deploy, testInput)
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

// requireUnchanged checks that nobody serves anything else than before.
func requireUnchanged(t *testing.T, w *world) {
	t.Helper()
	require.EqualValues(t, 3, w.active.Number)
	require.Equal(t, []int64{3, 3, 3}, w.served())
	require.Zero(t, w.released)
}

func requireServed(t *testing.T, w *world) {
	t.Helper()
	require.EqualValues(t, 4, w.active.Number)
	require.Equal(t, []int64{4, 4, 4}, w.served())
	require.Equal(t, 1, w.moves)
}

func unavailable() error {
	return fault.New(fault.Unavailable, "database-unavailable", "the database is away")
}

// recover ends an outage.
func (w *world) recover(step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.fails, step)
}

// late is when the time is over in which servers have to come to the new version.
func late() time.Time { return time.Now().Add(verifiedWithin + time.Minute) }

// silent lets the preparation end as Temporal does for a server that does not
// answer.
func silent(then func()) func(*testsuite.TestWorkflowEnvironment) {
	return func(env *testsuite.TestWorkflowEnvironment) {
		env.SetWorkerOptions(worker.Options{})
		env.RegisterActivityWithOptions(func(context.Context, serverwork.Version) error {
			then()
			return temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)
		}, activity.RegisterOptions{Name: serverwork.PrepareVersion, DisableAlreadyRegisteredCheck: true})
	}
}

type quietLogger struct{}

func (quietLogger) Debug(string, ...any) {}
func (quietLogger) Info(string, ...any)  {}
func (quietLogger) Warn(string, ...any)  {}
func (quietLogger) Error(string, ...any) {}
