package deployment

import (
	"time"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/tenants"
)

// Input names the deployment; everything else is loaded by it.
type Input struct {
	Tenant     tenants.TenantID      `json:"tenant"`
	TenantName tenants.Name          `json:"tenantName"`
	Deployment deployments.ID        `json:"deployment"`
	Solution   tenants.Name          `json:"solution"`
	Group      tenants.ServerGroupID `json:"group"`
	GroupName  tenants.Name          `json:"groupName"`
	Channel    tenants.Name          `json:"channel"`
	Number     int64                 `json:"number"`
	Name       string                `json:"name"`
}

// plan is what the workflow has to do.
type plan struct {
	Kind    deployments.Kind  `json:"kind"`
	State   deployments.State `json:"state"` // it may have begun before
	Servers []server          `json:"servers"`
}

type server struct {
	ID   tenants.ServerID `json:"id"`
	Name tenants.Name     `json:"name"`
}

// built is the package, fixed.
type built struct {
	Hash  string `json:"hash,omitempty"` // empty: undeploy
	From  int64  `json:"from"`           // number of the version before, 0 for none
	Bytes int    `json:"bytes"`
}

// report is one record of progress, outcome the last one.
type report struct {
	Input
	State   deployments.State `json:"state"`
	Servers []ServerState     `json:"servers"`
}

type outcome struct {
	Input
	State   deployments.State `json:"state"`
	Reason  string            `json:"reason,omitempty"`
	Servers []ServerState     `json:"servers"`
}

// publication names the package that goes into the group's database, move the
// version that becomes active.
type publication struct {
	Input
	Hash string `json:"hash"`
}

type move struct {
	Input
	Hash string `json:"hash,omitempty"`
	From int64  `json:"from"`
}

func (m move) version() versions.Version {
	return versions.Version{Channel: m.Channel, Number: m.Number, Hash: m.Hash, Name: m.Name}
}

// verification is what to wait for, and until when; verdict what came of it.
type verification struct {
	Input
	Hash    string        `json:"hash,omitempty"`
	Until   time.Time     `json:"until"`
	Servers []ServerState `json:"servers"` // as known before
}

type verdict struct {
	Reason  string        `json:"reason,omitempty"` // why it is incomplete; empty: it is complete
	Servers []ServerState `json:"servers"`
}

// State is the answer of the query "state".
type State struct {
	Channel string            `json:"channel"` // tenant/channel
	Group   string            `json:"group"`   // solution/group
	Number  int64             `json:"number"`
	Name    string            `json:"name"`
	Kind    deployments.Kind  `json:"kind,omitempty"`
	State   deployments.State `json:"state"`
	Reason  string            `json:"reason,omitempty"`
	Hash    string            `json:"hash,omitempty"`
	Servers []ServerState     `json:"servers,omitempty"`
}

// ServerState is how far one server has come.
type ServerState struct {
	ID     tenants.ServerID        `json:"id"`
	Name   tenants.Name            `json:"name"`
	State  deployments.ServerState `json:"state"`
	Number int64                   `json:"number,omitempty"` // what it serves, where it told
	Hash   string                  `json:"hash,omitempty"`
	Since  time.Time               `json:"since,omitzero"`
	Reason string                  `json:"reason,omitempty"`
}

func (s ServerState) progress() deployments.ServerProgress {
	return deployments.ServerProgress{
		Server: s.ID, Name: s.Name, State: s.State, Number: s.Number, Hash: s.Hash, Since: s.Since, Reason: s.Reason,
	}
}

func progressOf(servers []ServerState) []deployments.ServerProgress {
	progress := make([]deployments.ServerProgress, len(servers))
	for i, s := range servers {
		progress[i] = s.progress()
	}
	return progress
}
