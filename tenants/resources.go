package tenants

import "time"

// Name is a resource's name within its parent, used in paths and files: lower
// case letters, digits and single hyphens, a letter first, 1 to 63 characters.
// It never changes.
type Name = string

// Tenant is an organisation.
type Tenant struct {
	ID          TenantID
	Name        Name
	DisplayName string
	// Provisioning is that of the solution that is furthest from running; ready
	// where there is none.
	Provisioning Provisioning
	Version      int64 // grows with each change; its ETag
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Solution is a separately run product inside a tenant.
type Solution struct {
	ID          SolutionID
	Tenant      TenantID
	Name        Name
	DisplayName string
	// Provisioning is the progress of the whole solution: all groups and servers.
	Provisioning Provisioning
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// GroupKind tells a production group from a staging group.
type GroupKind string

// A solution has exactly one production group.
const (
	Production GroupKind = "production"
	Staging    GroupKind = "staging"
)

// ServerGroup is the runtime environment of a solution, with its own database.
type ServerGroup struct {
	ID       ServerGroupID
	Tenant   TenantID
	Solution SolutionID
	Name     Name
	Kind     GroupKind
	// Database is the opaque name of the group's database, fixed when the group
	// is created, so that a retry finds what is half made.
	Database  string
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Server is one interaction server: a process under an account.
type Server struct {
	ID       ServerID
	Tenant   TenantID
	Solution SolutionID
	Group    ServerGroupID
	Name     Name
	// Account is whom the server runs as; its access groups limit the server.
	Account     AccountID
	AccountName Name
	// Node is the name of the host that runs it.
	Node      Name
	Status    ServerStatus
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ServerStatus is what the node last reported of a server.
type ServerStatus struct {
	State      ServerState
	Address    string // base URL of its REST interface
	Metrics    string // base URL of /metrics, /livez, /readyz
	PID        int
	Restarts   int // since the node first started it
	StartedAt  time.Time
	ReportedAt time.Time
	Problem    string // why it is not running, for people
}

// ServerState is the state of a server's process.
type ServerState string

// The closed set of server states.
const (
	ServerPending    ServerState = "pending"    // never started
	ServerStarting   ServerState = "starting"   // process there, not ready
	ServerRunning    ServerState = "running"    // ready
	ServerRestarting ServerState = "restarting" // died, waits for its next start
	ServerStopped    ServerState = "stopped"    // as asked
	ServerUnknown    ServerState = "unknown"    // its node is silent; see Health, never reported or stored
)

// ProvisioningState is how far a resource has come towards running.
type ProvisioningState string

// The closed set of provisioning states.
const (
	ProvisioningRequested ProvisioningState = "requested" // written; the workflow is to start
	ProvisioningRunning   ProvisioningState = "running"
	ProvisioningReady     ProvisioningState = "ready"
	ProvisioningFailed    ProvisioningState = "failed"
)

// Provisioning is the visible progress of the provisioning workflow.
type Provisioning struct {
	State ProvisioningState
	// Request counts how often provisioning was asked for. Progress of an earlier
	// request does not count any more.
	Request int64
	// Step names what is being done: "create database of group production".
	Step string
	// Reason says why it failed; empty otherwise.
	Reason     string
	WorkflowID string
	UpdatedAt  time.Time
}

// AccountKind tells who logs in.
type AccountKind string

// The closed set of account kinds.
const (
	Person  AccountKind = "person"
	Machine AccountKind = "machine" // a media gateway, a touchpoint, a script
	Runner  AccountKind = "server"  // an interaction server
	Host    AccountKind = "node"    // a node; platform tenant only
)

// Account is a person or a machine that can log in.
type Account struct {
	ID          AccountID
	Tenant      TenantID
	Name        Name // the login
	Kind        AccountKind
	DisplayName string
	Roles       []RoleBinding
	// Agent is set for people who handle interactions.
	Agent     *Agent
	Disabled  bool
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// RoleBinding gives an account a role, in the whole tenant or in one solution.
type RoleBinding struct {
	Role     string // one of accessgroups.Role
	Solution Name   // empty: the whole tenant
}

// String is "operator", or "operator in cards".
func (b RoleBinding) String() string {
	if b.Solution == "" {
		return b.Role
	}
	return b.Role + " in " + b.Solution
}

// Agent is what routing has to know of a person.
type Agent struct {
	Skills map[string]int // name: level, 1 to 100
	Groups []string
	// Capacity is how many interactions of a medium the agent takes at once.
	Capacity map[string]int
}

// PlatformTenant is the reserved tenant of the platform's own accounts:
// platform admins and nodes.
const PlatformTenant Name = "platform"

// PlatformTenantID is the id of the platform tenant, the same in every
// installation.
const PlatformTenantID TenantID = "00000000-0000-7000-8000-000000000001" // as in the control schema
