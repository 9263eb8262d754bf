package tenants

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	running := ServerStatus{State: ServerRunning, PID: 42}
	for _, test := range []struct {
		name        string
		status      ServerStatus
		heard       time.Duration // before at; negative: never
		want        ServerState
		wantProblem string
	}{
		{name: "OfAServerWhoseNodeReports", status: running, heard: 2 * time.Second, want: ServerRunning},
		{name: "IsUnknownWhenTheNodeIsSilent", status: running, heard: 40 * time.Second, want: ServerUnknown, wantProblem: "node-2 not heard of for 40 s"},
		{name: "IsUnknownAlsoOfAStoppedServer", status: ServerStatus{State: ServerStopped}, heard: 11 * time.Second, want: ServerUnknown, wantProblem: "node-2 not heard of for 11 s"},
		{name: "IsPendingUntilTheNodeHasTheServer", status: ServerStatus{State: ServerPending}, heard: time.Minute, want: ServerPending, wantProblem: "node-2 not heard of for 60 s"},
		{name: "SaysThatThereIsNoSuchNode", status: ServerStatus{State: ServerPending}, heard: -1, want: ServerPending, wantProblem: "no node node-2 has ever reported"},
		{name: "KeepsTheNodesOwnWords", status: ServerStatus{State: ServerRestarting, Problem: "exited with status 3"}, heard: time.Second, want: ServerRestarting, wantProblem: "exited with status 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			nodes := []Node{{Name: "node-1", ReportedAt: at}}
			var heard time.Time
			if test.heard >= 0 {
				heard = at.Add(-test.heard)
				nodes = append(nodes, Node{Name: "node-2", ReportedAt: heard})
			}
			health := Health(Server{Node: "node-2", Status: test.status}, nodes, at)
			require.Equal(t, test.want, health.State)
			require.Equal(t, test.wantProblem, health.Problem)
			require.Equal(t, heard, health.NodeReportedAt)
		})
	}
}
