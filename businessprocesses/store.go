package businessprocesses

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Store keeps processes and their versions.
type Store interface {
	// View runs fn over what one tenant has.
	View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r Reader) error) error
	// Change runs fn in one transaction, after every other change in the tenant
	// and before the next. It may run fn several times.
	Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w Writer) error) error
}

// Reader reads one tenant's processes.
type Reader interface {
	// Process answers with NotFound where there is none.
	Process(ctx context.Context, name tenants.Name) (Process, error)
	Processes(ctx context.Context, page paging.Request) (paging.Page[Process], error)
	// Version answers with NotFound where there is none.
	Version(ctx context.Context, p Process, number int) (Version, error)
	Versions(ctx context.Context, p Process, page paging.Request) (paging.Page[Version], error)
}

// Writer changes one tenant's processes.
type Writer interface {
	Reader
	InsertProcess(ctx context.Context, p Process) error
	// UpdateProcess replaces what can change.
	UpdateProcess(ctx context.Context, p Process) error
	InsertVersion(ctx context.Context, p Process, v Version) error
	// Record keeps the audit event of the change.
	Record(ctx context.Context, event audit.Event) error
}

// NotFound is the answer where a process or a version is missing.
func NotFound(what string) error {
	return fault.New(fault.NotFound, "not-found", "there is no such %s", what)
}
