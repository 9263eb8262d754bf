package tenants

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
)

// maxReported bounds the servers of one report.
const maxReported = 1000

// Node is a host that runs interaction servers. Its account, of kind node in the
// platform tenant, has the same name.
type Node struct {
	Name       Name
	Version    string // of the node's binary
	StartedAt  time.Time
	ReportedAt time.Time
}

// NodeReport is what a node says of itself and of its servers.
type NodeReport struct {
	Node      Name
	Version   string
	StartedAt time.Time
	Servers   []ServerReport
}

// ServerReport is what a node says of one server.
type ServerReport struct {
	ID     ServerID
	Status ServerStatus // ReportedAt is set when it is stored
}

// Heartbeat keeps a report. Only servers that are assigned to this node are
// updated. remove are those of the report that the node has to stop and forget:
// they were deleted, or another node has them now. A server that is to go to
// another node runs on until that one has started it, so a node that is away takes
// no server down. The caller must be the node's own account, or a fault Forbidden
// is returned.
func (s *Service) Heartbeat(ctx context.Context, by audit.Actor, report NodeReport) (remove []ServerID, err error) {
	if err := checkOwnNode(by, report.Node); err != nil {
		return nil, err
	}
	report.Version = storable(report.Version)
	if err := checkReport(report); err != nil {
		return nil, err
	}
	return s.store.SaveReport(ctx, report, now())
}

// Nodes returns all nodes, sorted by name.
func (s *Service) Nodes(ctx context.Context) ([]Node, error) { return s.store.Nodes(ctx) }

// checkOwnNode keeps a node from speaking for another.
func checkOwnNode(by audit.Actor, node Name) error {
	if by.Tenant != string(PlatformTenantID) || by.Name != node {
		return fault.New(fault.Forbidden, "not-this-node", "only the node's own account may do this")
	}
	return nil
}

func checkReport(report NodeReport) error {
	var p problems
	if len(report.Servers) > maxReported {
		p.add("servers", "a report has at most %d servers", maxReported)
		return p.err()
	}
	if !plausible(report.StartedAt) {
		p.add("startedAt", implausible)
	}
	seen := make(map[ServerID]bool, len(report.Servers))
	for i, server := range report.Servers {
		path := indexed("servers", i)
		if _, err := ParseID[ServerID](string(server.ID)); err != nil || seen[server.ID] {
			p.add(path+".id", "the id of a server is expected, each once")
		}
		seen[server.ID] = true
		p.addIf(path, statusProblem(server.Status))
	}
	return p.err()
}

func statusProblem(status ServerStatus) string {
	switch status.State {
	case ServerPending, ServerStarting, ServerRunning, ServerRestarting, ServerStopped:
	default:
		return "a state is pending, starting, running, restarting or stopped"
	}
	for _, text := range []string{status.Address, status.Metrics, status.Problem} {
		if text != storable(text) {
			return "a text has at most 2,000 bytes of UTF-8 without what is not seen"
		}
	}
	if status.PID < 0 || status.PID > maxInt32 || status.Restarts < 0 || status.Restarts > maxInt32 {
		return "pid and restarts are numbers from 0 to 2,147,483,647"
	}
	if !status.StartedAt.IsZero() && !plausible(status.StartedAt) {
		return implausible
	}
	return ""
}

const implausible = "a time of the years 1970 to 9998 is expected"

// plausible keeps out times that PostgreSQL or JSON does not have.
func plausible(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1970 && year <= 9998
}
