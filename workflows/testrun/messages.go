package testrun

import (
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

// Input names the test run; everything else is loaded by it.
type Input struct {
	Tenant     tenants.TenantID      `json:"tenant"`
	TenantName tenants.Name          `json:"tenantName"`
	TestRun    testruns.ID           `json:"testRun"`
	Solution   tenants.Name          `json:"solution"`
	Group      tenants.ServerGroupID `json:"group"`
	GroupName  tenants.Name          `json:"groupName"`
	Channel    tenants.Name          `json:"channel"`
	Flowchart  tenants.Name          `json:"flowchart,omitempty"`
	Strategy   tenants.Name          `json:"strategy,omitempty"`
}

// tried is what is run, for people.
func (i Input) tried() string {
	if i.Strategy != "" {
		return "strategy " + i.Strategy
	}
	return "flowchart " + i.Flowchart
}

// search is a look for a server; later attempts find another one where there are
// several.
type search struct {
	Input
	Attempt int `json:"attempt"`
}

type server struct {
	ID   tenants.ServerID `json:"id"`
	Name tenants.Name     `json:"name"`
}

// collection is a result that waits in the group's database.
type collection struct {
	Input
	Server tenants.Name `json:"server"`
}

// failure ends a test run without a result.
type failure struct {
	Input
	Reason string `json:"reason"`
}
