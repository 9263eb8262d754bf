package provisioning

import "github.com/switchyard/switchyard/tenants"

// Input names the solution; everything else is loaded by it.
type Input struct {
	Tenant       tenants.TenantID   `json:"tenant"`
	TenantName   tenants.Name       `json:"tenantName"`
	Solution     tenants.SolutionID `json:"solution"`
	SolutionName tenants.Name       `json:"solutionName"`
}

// plan is what the workflow has to bring about.
type plan struct {
	Request int64   `json:"request"` // tenants.Provisioning.Request
	Groups  []group `json:"groups"`
}

type group struct {
	ID      tenants.ServerGroupID `json:"id"`
	Name    tenants.Name          `json:"name"`
	Servers []server              `json:"servers"`
}

type server struct {
	ID   tenants.ServerID `json:"id"`
	Name tenants.Name     `json:"name"`
	Node tenants.Name     `json:"node"`
	// AccountDisabled: the account that it runs as may not log in.
	AccountDisabled bool `json:"accountDisabled,omitempty"`
}

// report is one record of progress.
type report struct {
	Input
	Request int64                     `json:"request"`
	State   tenants.ProvisioningState `json:"state"`
	Step    string                    `json:"step,omitempty"`
	Reason  string                    `json:"reason,omitempty"`
}

// groupInput and serverInput name what an activity works on.
type groupInput struct {
	Tenant tenants.TenantID      `json:"tenant"`
	Group  tenants.ServerGroupID `json:"group"`
	// Servers is how many the group has.
	Servers int `json:"servers,omitempty"`
}

type serverInput struct {
	Tenant tenants.TenantID `json:"tenant"`
	Server tenants.ServerID `json:"server"`
}

// madeDatabase is the result of EnsureDatabase.
type madeDatabase struct {
	Database      string `json:"database"`
	SchemaVersion int64  `json:"schemaVersion"`
	Created       bool   `json:"created"`
}

// RunningServer is the result of StartServer.
type RunningServer struct {
	Address string `json:"address"`
	PID     int    `json:"pid"`
}

// State is the answer of the query "state".
type State struct {
	Solution string                    `json:"solution"` // tenant/solution
	State    tenants.ProvisioningState `json:"state"`
	Steps    []Step                    `json:"steps"`
}

// Step is one thing that provisioning brings about.
type Step struct {
	Name   string     `json:"name"` // "database of group production"
	Status StepStatus `json:"status"`
	Result string     `json:"result,omitempty"` // what came out, or why it failed
}

// StepStatus is how far a step is.
type StepStatus string

// The closed set of step statuses.
const (
	StepWaiting StepStatus = "waiting"
	StepRunning StepStatus = "running"
	StepDone    StepStatus = "done"
	StepFailed  StepStatus = "failed"
)
