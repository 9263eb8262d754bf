package tenants

import (
	"fmt"
	"slices"
	"time"
)

// nodeSilence is how long a node that reports every two seconds may be quiet until
// what it said of its servers does not count any more.
const nodeSilence = 10 * time.Second

// ServerHealth is how a server is, as far as can be known.
type ServerHealth struct {
	// ServerStatus is what the node last reported; its state is ServerUnknown, and
	// its problem says so, where the node has been silent for too long.
	ServerStatus
	// NodeReportedAt is when the server's node was last heard of, for whatever
	// server; zero: never.
	NodeReportedAt time.Time
}

// Health judges a server by its status and by when its node was last heard of. A
// server that its node has not taken up is pending, and its problem says whether
// that node is there at all.
func Health(server Server, nodes []Node, at time.Time) ServerHealth {
	health := ServerHealth{ServerStatus: server.Status}
	i := slices.IndexFunc(nodes, func(node Node) bool { return node.Name == server.Node })
	if i < 0 {
		health.Problem = fmt.Sprintf("no node %s has ever reported", server.Node)
		return health
	}
	health.NodeReportedAt = nodes[i].ReportedAt
	if silent := at.Sub(health.NodeReportedAt); silent > nodeSilence {
		health.Problem = fmt.Sprintf("%s not heard of for %d s", server.Node, int(silent.Seconds()))
		if health.State != ServerPending {
			health.State = ServerUnknown
		}
	}
	return health
}
