package provisioning

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/switchyard/switchyard/workflows"
)

// update stores the histories of TestService anew. Do that when the workflow was
// changed in a way that is versioned; until then the stored ones must replay.
var update = flag.Bool("update", false, "store the histories that TestReplay replays")

func TestReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflow(Provision)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger{}, file))
		})
	}
}

// keep checks that the history of the solution's workflow replays and holds no
// secret, and stores it when asked to.
func keep(t *testing.T, c client.Client, name string) {
	t.Helper()
	id := workflows.ProvisionID("harborbank", "cards")
	events := c.GetWorkflowHistory(t.Context(), id, firstRun(t, c, id), true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var whole history.History
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		whole.Events = append(whole.Events, event)
	}
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(Provision)
	require.NoError(t, replayer.ReplayWorkflowHistory(quietLogger{}, &whole))

	text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(&whole)
	require.NoError(t, err)
	require.NotContains(t, string(text), "a secret")
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join("testdata", name+".json"), text, 0o600))
	}
}

// firstRun is the first execution of a workflow id.
func firstRun(t *testing.T, c client.Client, id string) string {
	t.Helper()
	description, err := c.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	return description.GetWorkflowExecutionInfo().GetFirstRunId()
}
