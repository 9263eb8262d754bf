package historytransfer

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// environment is Temporal's simulated time over a world.
func environment(w *world, lasts time.Duration) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{temporalclient.Faults(slog.New(slog.DiscardHandler))},
	})
	env.SetTestTimeout(30 * time.Second)
	service := New(nil, w, slog.New(slog.DiscardHandler))
	service.lasts = lasts
	service.register(env)
	return env
}

func TestRunOfAWorkflow(t *testing.T) {
	t.Parallel()

	t.Run("GoesOnAsANewExecutionWithWhatWasTakenOver", func(t *testing.T) {
		t.Parallel()
		w := &world{waiting: 25}
		env := environment(w, 0)
		env.ExecuteWorkflow(FollowHistory, Input{Group: testGroup, Total: Round{Contacts: 100, Batches: 4}})
		require.True(t, workflow.IsContinueAsNewError(env.GetWorkflowError()), "%v", env.GetWorkflowError())
		require.EqualValues(t, 25, w.moved)
		answer, err := env.QueryWorkflow(QueryTotal)
		require.NoError(t, err)
		var total Round
		require.NoError(t, answer.Get(&total))
		require.Equal(t, Round{Contacts: 125, Batches: 7}, total)
	})

	t.Run("WaitsForDatabasesThatAreAway", func(t *testing.T) {
		t.Parallel()
		w := &world{waiting: 5, away: 9} // the environment bounds attempts by 10
		env := environment(w, 0)
		env.ExecuteWorkflow(FollowHistory, Input{Group: testGroup})
		require.True(t, workflow.IsContinueAsNewError(env.GetWorkflowError()), "%v", env.GetWorkflowError())
		require.EqualValues(t, 5, w.moved)
	})

	t.Run("EndsWithItsGroup", func(t *testing.T) {
		t.Parallel()
		env := environment(&world{gone: true}, 0)
		env.ExecuteWorkflow(FollowHistory, Input{Group: testGroup})
		require.ErrorContains(t, env.GetWorkflowError(), "there is no such server group")
	})
}

// manyGroups is a platform with more groups than one page.
type manyGroups struct{ world }

func (*manyGroups) Wanted(_ context.Context, after tenants.ServerGroupID, limit int) ([]contacthistory.Group, error) {
	var groups []contacthistory.Group
	for i := range 2*dispatchBatch + 1 {
		id := tenants.ServerGroupID(fmt.Sprintf("g-%05d", i))
		if id > after && len(groups) < limit {
			groups = append(groups, contacthistory.Group{ID: id})
		}
	}
	return groups, nil
}

func TestTheDispatcherStartsEachGroupOnce(t *testing.T) {
	t.Parallel()
	temporal := &mocks.Client{}
	temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil, nil)
	s := New(temporal, &manyGroups{}, slog.New(slog.DiscardHandler))
	for range 2 {
		require.NoError(t, s.startWanted(t.Context()))
	}
	temporal.AssertNumberOfCalls(t, "ExecuteWorkflow", 2*dispatchBatch+1)
}
