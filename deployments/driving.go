package deployments

import (
	"github.com/switchyard/switchyard/tenants"
)

// Request is a deployment whose workflow is to be started: the first of its
// channel and group that has not ended.
type Request struct {
	Tenant     tenants.TenantID
	TenantName tenants.Name
	Channel    tenants.Name
	Group      Group
	ID         ID
	Number     int64
	Name       string
	Kind       Kind
}

// Plan is what a deployment is about.
type Plan struct {
	Tenant     tenants.TenantID
	TenantName tenants.Name
	Channel    tenants.Name
	Group      Group
	ID         ID
	Number     int64
	Name       string
	Kind       Kind
	// State is Validating at first; that of the deployment when it began before, so
	// that one that was cancelled can be left alone.
	State State
	// Servers are those of the group, alive or not, sorted by name.
	Servers []PlannedServer
}

// PlannedServer is a server of the group.
type PlannedServer struct {
	ID   tenants.ServerID
	Name tenants.Name
	Node tenants.Name
}

// Built is the package of a deployment, fixed from now on.
type Built struct {
	// Hash is empty for Undeploy: the group is to have no package.
	Hash string
	// From is the number that the group's active version has to have when it is
	// moved; 0 for none.
	From int64
	// Bytes is the size of the package.
	Bytes int
}

// Progress is one report of how far a deployment has come.
type Progress struct {
	// State is the new state, or empty when only servers are reported. Moving and
	// the last states are not reported: see PassPointOfNoReturn, Cancel and Finish.
	State State
	// Reason is what is being waited for, for people; empty for nothing.
	Reason string
	// Servers are those whose progress changed.
	Servers []ServerProgress
}

// Outcome is how a deployment ended.
type Outcome struct {
	State   State // Succeeded, Failed or Incomplete
	Reason  string
	Servers []ServerProgress
}
