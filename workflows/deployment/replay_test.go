package deployment

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
	for _, name := range []string{"succeeded", "failed", "cancelled", "incomplete", "gone"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflow(Deploy)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quietLogger{}, filepath.Join("testdata", name+".json")))
		})
	}
}

// keep checks that the history of the deployment's workflow replays and holds no
// package, and stores it when asked to.
func keep(t *testing.T, c client.Client, name string) {
	t.Helper()
	events := c.GetWorkflowHistory(t.Context(), workflows.DeployID(testGroup, "web", 4), "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var whole history.History
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		whole.Events = append(whole.Events, event)
	}
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(Deploy)
	require.NoError(t, replayer.ReplayWorkflowHistory(quietLogger{}, &whole))

	text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(&whole)
	require.NoError(t, err)
	require.NotContains(t, string(text), string(content))
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join("testdata", name+".json"), text, 0o600))
	}
}
