package testruns

import (
	"encoding/json"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/tenants"
)

// ID names a test run: a UUID of version 7.
type ID string

// State is how far a test run has come.
type State string

// The closed set of states.
const (
	Requested State = "requested" // waits for a server, or for the one before it in the group
	Running   State = "running"
	Succeeded State = "succeeded" // the result is there
	Failed    State = "failed"    // the reason says why
	Cancelled State = "cancelled"
)

// Ended reports whether the state is one of the last.
func (s State) Ended() bool { return s == Succeeded || s == Failed || s == Cancelled }

// Source is where profiles are from.
type Source string

// The closed set of sources.
const (
	CSV   Source = "csv"   // the text that came with the request
	Table Source = "table" // the group's table
)

// TestRun is one run of a flowchart or a strategy over many profiles.
type TestRun struct {
	Tenant  tenants.TenantID
	ID      ID
	Channel tenants.Name
	Group   deployments.Group // always a staging group
	// Flowchart or Strategy is what is tried out; the other one is empty.
	Flowchart tenants.Name
	Strategy  tenants.Name
	// Level is the audience level of the profiles.
	Level  tenants.Name
	Source Source
	Name   string // for people
	State  State
	Reason string
	Server tenants.Name // that ran it, once it ended
	// Done of Total rows were run; what the server says while it runs.
	Done, Total int64
	// Result is a rehearsal.Result in JSON, of one that succeeded; empty in lists.
	Result    json.RawMessage
	CreatedAt time.Time
	CreatedBy audit.Actor
	UpdatedAt time.Time
	EndedAt   time.Time // zero before
}

// Request is a test run whose workflow is to be started: the first of its group
// that has not ended.
type Request struct {
	Tenant     tenants.TenantID
	TenantName tenants.Name
	ID         ID
	Channel    tenants.Name
	Group      deployments.Group
	Flowchart  tenants.Name
	Strategy   tenants.Name
}
