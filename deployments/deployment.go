package deployments

import (
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/tenants"
)

// ID names a deployment: a UUID of version 7.
type ID string

// Kind is what a deployment does.
type Kind string

// The closed set of kinds.
const (
	Deploy   Kind = "deploy"   // what is marked goes out as it is now
	Redeploy Kind = "redeploy" // as Deploy, but nothing marked goes out and no mark is released
	Rollback Kind = "rollback" // the package of an older deployment
	Undeploy Kind = "undeploy" // the group serves the channel no more
)

// Group is the server group that a deployment goes to.
type Group struct {
	ID       tenants.ServerGroupID
	Solution tenants.Name
	Name     tenants.Name
	Kind     tenants.GroupKind
}

// Deployment is one change of the version of a channel that a group serves.
type Deployment struct {
	Tenant  tenants.TenantID
	ID      ID
	Channel tenants.Name
	Number  int64 // 1, 2, 3 … per channel
	Group   Group
	Kind    Kind
	Of      int64 // Rollback: number of the deployment whose package it is
	Name    string
	Note    string
	State   State
	// Reason says why it failed or is incomplete; in other states what is being
	// waited for, if anything.
	Reason string
	// WaitsFor is the number of the deployment that has to end first, 0 for none.
	WaitsFor int64
	// Hash of the package; empty before it was built, and for Undeploy.
	Hash string
	// Built is set once the package is fixed, for Undeploy that there is none.
	Built bool
	// From is the number that was active in the group when it was built, 0 for
	// none, and FromHash its package.
	From     int64
	FromHash string
	// Manifest says what the package consists of; empty in lists.
	Manifest  Manifest
	Servers   []ServerProgress // sorted by name; empty in lists
	CreatedAt time.Time
	CreatedBy audit.Actor
	UpdatedAt time.Time
	// MovedAt is when the group's active version moved, EndedAt when it ended; zero
	// before.
	MovedAt time.Time
	EndedAt time.Time
}

// MaxServers bounds the servers of a group whose progress is kept.
const MaxServers = 200

// ServerState is how far a server has come.
type ServerState string

// The closed set of server states.
const (
	ServerPreparing  ServerState = "preparing"
	ServerPrepared   ServerState = "prepared"
	ServerRefused    ServerState = "refused" // the reason says why
	ServerActivating ServerState = "activating"
	ServerServing    ServerState = "serving" // Number and Hash are what it reported
	ServerAway       ServerState = "away"    // not alive; it catches up before it serves
)

// ServerProgress is how far one server has come with a deployment.
type ServerProgress struct {
	Server tenants.ServerID
	Name   tenants.Name
	State  ServerState
	Number int64 // the number and the hash that it serves, where it told
	Hash   string
	Since  time.Time
	Reason string
}
