package testruns

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Store keeps test runs.
type Store interface {
	// Insert adds a test run unless its group has MaxOpen that have not ended, a
	// Conflict "too-many-test-runs". It forgets those of the channel that ended but
	// for the last MaxKept.
	Insert(ctx context.Context, t TestRun, event audit.Event) error
	// Get answers with NotFound where there is none.
	Get(ctx context.Context, tenant tenants.TenantID, id ID) (TestRun, error)
	// List returns those of a channel without results, the newest first; a page's
	// key is an id.
	List(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, page paging.Request) (paging.Page[TestRun], error)
	// Change runs fn over a test run without its result that nobody else changes
	// meanwhile, and keeps what fn made of it, with the event if there is one. fn may
	// run several times.
	Change(ctx context.Context, tenant tenants.TenantID, id ID, fn func(t *TestRun) (*audit.Event, error)) error
	// Requested returns the first of each group that has not ended, if it was not
	// begun or nothing was heard of it since silentSince; oldest first.
	Requested(ctx context.Context, silentSince time.Time, limit int) ([]Request, error)
}

// Designs is the design environment; design.Service is one.
type Designs interface {
	SolutionOf(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (tenants.Name, error)
	Snapshot(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (design.Snapshot, error)
	Get(ctx context.Context, tenant tenants.TenantID, reference definition.Reference) (design.Object, error)
}

// Directory knows server groups; tenants.Service is one.
type Directory interface {
	ServerGroup(ctx context.Context, tenant tenants.TenantID, solution, group tenants.Name) (tenants.ServerGroup, error)
}

// Groups opens the databases of server groups.
type Groups interface {
	// Use lends what a group's database has for test runs to do. Its error is that of
	// do, or a fault that says why the database cannot be used.
	Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(Bench) error) error
}

// Bench is what a group's database has for test runs.
type Bench interface {
	rehearsal.Group
	Profiles() profiles.Table
	Lists() CustomerLists
	LiveServers(ctx context.Context) ([]versions.Server, error)
}

// NotFound is the answer where a test run is missing.
func NotFound() error { return fault.New(fault.NotFound, "not-found", "there is no such test run") }
