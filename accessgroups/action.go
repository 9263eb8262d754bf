package accessgroups

import (
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// Action is one thing that can be granted.
type Action string

// Actions on a business process; an access group grants them.
const (
	Execute    Action = "execute"    // a server: receive the definition, poll its task queue, route
	Submit     Action = "submit"     // hand in interactions
	View       Action = "view"       // read interactions and their events
	Handle     Action = "handle"     // be routed to: accept, reject, complete
	Pull       Action = "pull"       // take from a queue
	Transfer   Action = "transfer"   // hand on to another queue or agent
	Stop       Action = "stop"       // end an interaction
	Snapshot   Action = "snapshot"   // freeze a list of a view
	Statistics Action = "statistics" // read figures
)

// ProcessActions are all actions on a business process, in the order of documents.
var ProcessActions = []Action{Execute, Submit, View, Handle, Pull, Transfer, Stop, Snapshot, Statistics}

// Actions on what a tenant consists of; a role grants them.
const (
	ManageTenants    Action = "manage-tenants" // platform only: create and list tenants
	ViewTenant       Action = "view-tenant"
	ManageTenant     Action = "manage-tenant"
	ViewSolutions    Action = "view-solutions"    // solutions, groups, servers
	ManageSolutions  Action = "manage-solutions"  // create and change them
	OperateSolutions Action = "operate-solutions" // provision again, restart
	ViewAccounts     Action = "view-accounts"
	ManageAccounts   Action = "manage-accounts" // with API keys and passwords
	ViewAccess       Action = "view-access"
	ManageAccess     Action = "manage-access" // access groups, members, grants
	ViewProcesses    Action = "view-processes"
	ManageProcesses  Action = "manage-processes"   // edit and publish
	ViewSharedDesign Action = "view-shared-design" // what the channels of a tenant share: offers, audience levels
	ViewDesign       Action = "view-design"        // channels and what lies in them
	ManageDesign     Action = "manage-design"      // edit, mark
	Deploy           Action = "deploy"             // deploy, roll back, undeploy, cancel
	ViewHistory      Action = "view-history"       // contacts and responses, and the reports over them
	ViewAudit        Action = "view-audit"
	ViewNodes        Action = "view-nodes"      // platform only
	RunNode          Action = "run-node"        // a node: register, fetch launches, report
	ReadOwnServer    Action = "read-own-server" // a server: its own configuration
	CallRuntime      Action = "call-runtime"    // a touchpoint: sessions, offers and events on a solution's servers
)

// Role is a fixed set of actions for people and machines.
type Role string

// The closed set of roles.
const (
	PlatformAdmin    Role = "platform-admin" // platform tenant only; may do everything in every tenant
	NodeRole         Role = "node"           // platform tenant only
	TenantAdmin      Role = "tenant-admin"
	Designer         Role = "designer"
	Deployer         Role = "deployer"
	Operator         Role = "operator"
	WorkflowEngineer Role = "workflow-engineer"
	AgentRole        Role = "agent"
	Touchpoint       Role = "touchpoint"
	Auditor          Role = "auditor"
)

// AccessGroup is a set of accounts and what they may do with business processes.
type AccessGroup struct {
	Tenant      tenants.TenantID
	ID          string
	Name        tenants.Name
	DisplayName string
	Members     []tenants.Name // account names, sorted
	Grants      []Grant        // sorted by process
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Grant allows actions on one business process.
type Grant struct {
	Process tenants.Name
	Actions []Action // sorted; never empty
}
