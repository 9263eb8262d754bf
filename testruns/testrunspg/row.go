package testrunspg

import (
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

type groupColumns struct {
	Group     tenants.ServerGroupID `db:"group_id"`
	Solution  string                `db:"solution"`
	GroupName string                `db:"group_name"`
}

func (c groupColumns) group() deployments.Group {
	return deployments.Group{ID: c.Group, Solution: c.Solution, Name: c.GroupName, Kind: tenants.Staging}
}

type row struct {
	ID            testruns.ID     `db:"test_run_id"`
	Channel       string          `db:"channel"`
	Flowchart     string          `db:"flowchart"`
	Strategy      string          `db:"strategy"`
	Level         string          `db:"audience_level"`
	Source        testruns.Source `db:"source"`
	Name          string          `db:"name"`
	State         testruns.State  `db:"state"`
	Reason        string          `db:"reason"`
	Server        string          `db:"server"`
	Done          int64           `db:"done"`
	Total         int64           `db:"total"`
	Result        []byte          `db:"result"`
	AuthorTenant  string          `db:"author_tenant"`
	AuthorAccount string          `db:"author_account"`
	AuthorName    string          `db:"author_name"`
	CreatedAt     time.Time       `db:"created_at"`
	UpdatedAt     time.Time       `db:"updated_at"`
	EndedAt       *time.Time      `db:"ended_at"`
	groupColumns
}

// columns are those of a test run without its result.
const columns = `test_run_id, channel, group_id, solution, group_name, flowchart, strategy, audience_level, source, name, state,
	reason, server, done, total, author_tenant, author_account, author_name, created_at, updated_at, ended_at`

func (r row) testRun(tenant tenants.TenantID) testruns.TestRun {
	t := testruns.TestRun{
		Tenant: tenant, ID: r.ID, Channel: r.Channel, Group: r.group(), Flowchart: r.Flowchart, Strategy: r.Strategy,
		Level: r.Level, Source: r.Source, Name: r.Name, State: r.State, Reason: r.Reason, Server: r.Server,
		Done: r.Done, Total: r.Total, Result: r.Result, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		CreatedBy: audit.Actor{Tenant: r.AuthorTenant, Account: r.AuthorAccount, Name: r.AuthorName},
	}
	if r.EndedAt != nil {
		t.EndedAt = r.EndedAt.UTC()
	}
	return t
}

type requestRow struct {
	Tenant     tenants.TenantID `db:"tenant_id"`
	TenantName string           `db:"tenant_name"`
	ID         testruns.ID      `db:"test_run_id"`
	Channel    string           `db:"channel"`
	Flowchart  string           `db:"flowchart"`
	Strategy   string           `db:"strategy"`
	groupColumns
}

func (r requestRow) request() testruns.Request {
	return testruns.Request{
		Tenant: r.Tenant, TenantName: r.TenantName, ID: r.ID, Channel: r.Channel, Group: r.group(),
		Flowchart: r.Flowchart, Strategy: r.Strategy,
	}
}
