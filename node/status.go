package node

import (
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// Status is what the supervisor knows of one server.
type Status struct {
	Server    tenants.ServerID
	State     tenants.ServerState
	Address   string // base URL of its REST interface
	Metrics   string // base URL of /metrics, /livez, /readyz
	PID       int    // 0 when there is no process
	Restarts  int    // since the node first started it
	StartedAt time.Time
	Problem   string // why it is not running, for people
}
