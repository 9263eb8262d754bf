package businessprocess

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/workflows"
)

// A change of the workflow must replay the histories of all that runs. Record a
// new one when the workflow learns something new; never record an old one anew.
var record = flag.Bool("record", false, "record the histories that are missing in testdata")

func TestReplay(t *testing.T) {
	t.Parallel()
	if *record {
		recordHistories(t)
	}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: WorkflowName})
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}

// recordHistories plays one interaction for each file that is missing.
func recordHistories(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	soon := onWait
	soon.Until = time.Now().Add(3 * time.Second) // after the first look
	late := onWait
	late.Until = time.Now().Add(time.Hour)
	for name, recorded := range map[string]struct {
		script []Await
		nudges int
	}{
		"agent.json":       {script: []Await{atAgent, finished}, nudges: 1},
		"timer.json":       {script: []Await{soon, finished}},
		"timer-left.json":  {script: []Await{late, finished}, nudges: 1},
		"call.json":        {script: []Await{onCall, finished}},
		"other-queue.json": {script: []Await{atAgent, {Kind: AwaitNudge, Step: "second", State: "routing", Queue: "dispute.desk", Sequence: 2}, finished}, nudges: 2},
	} {
		file := filepath.Join("testdata", name)
		if _, err := os.Stat(file); err == nil {
			continue
		}
		b := setup(t, recorded.script...)
		b.host.call = process.Request{Method: http.MethodGet, Endpoint: server.URL}
		b.work()
		b.dispatch()
		b.outbox.put(StartMessage, "one")
		b.begun("one")
		for range recorded.nudges {
			before, err := b.state("one")
			require.NoError(t, err)
			b.host.change()
			b.outbox.put(NudgeMessage, "one")
			b.eventually("the workflow has looked", func() bool {
				state, err := b.state("one")
				return err == nil && state.Advances > before.Advances
			})
		}
		b.ended("one")
		b.save(file)
	}
}

// save writes the history of interaction "one" without the name of this host.
func (b *testBundle) save(file string) {
	b.t.Helper()
	events := b.client.GetWorkflowHistory(b.t.Context(), workflows.InteractionID(b.group, "one"), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var whole history.History
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(b.t, err)
		whole.Events = append(whole.Events, event)
	}
	text, err := protojson.MarshalOptions{Multiline: true}.Marshal(&whole)
	require.NoError(b.t, err)
	host, err := os.Hostname()
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(b.t, os.WriteFile(file, bytes.ReplaceAll(text, []byte(host), []byte("host")), 0o600))
}
