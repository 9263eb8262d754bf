package tenants

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/interactionserver/configuration"
)

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
	Status ServerStatus // ReportedAt is set by the service
}

// Heartbeat keeps a report. Only servers that are assigned to this node are
// updated; others in the report are ignored. The caller must be the node's own
// account, or a fault Forbidden is returned.
func (s *Service) Heartbeat(ctx context.Context, by audit.Actor, report NodeReport) error {
	panic("skeleton")
}

// Nodes returns all nodes, sorted by name.
func (s *Service) Nodes(ctx context.Context) ([]Node, error) { panic("skeleton") }

// Launch returns what a node needs to start one of its servers; Listen fields are
// empty. The caller must be the node's own account.
func (s *Service) Launch(ctx context.Context, by audit.Actor, node Name, server ServerID) (configuration.Launch, error) {
	panic("skeleton")
}

// TemporalNamespace is the Temporal namespace of a tenant's business processes.
func TemporalNamespace(tenant Name) string { return "tenant-" + tenant }
