package accessgroups

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Store keeps access groups.
type Store interface {
	// View runs fn over what one tenant has.
	View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r Reader) error) error
	// Change runs fn in one transaction, after every other change in the tenant
	// and before the next. It may run fn several times.
	Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w Writer) error) error
}

// Reader reads one tenant's access groups.
type Reader interface {
	// Group answers with tenants.NotFound where there is none.
	Group(ctx context.Context, name tenants.Name) (AccessGroup, error)
	// Groups lists groups sorted by name.
	Groups(ctx context.Context, page paging.Request) (paging.Page[AccessGroup], error)
	// MissingAccounts and MissingProcesses return those of the names that do not
	// exist.
	MissingAccounts(ctx context.Context, names []tenants.Name) ([]tenants.Name, error)
	MissingProcesses(ctx context.Context, names []tenants.Name) ([]tenants.Name, error)
}

// Writer changes one tenant's access groups. Members and processes of a group
// must exist.
type Writer interface {
	Reader
	// InsertGroup answers with tenants.NameTaken where the name is in use.
	InsertGroup(ctx context.Context, group AccessGroup) error
	// UpdateGroup replaces what can change, with members and grants.
	UpdateGroup(ctx context.Context, group AccessGroup) error
	DeleteGroup(ctx context.Context, group AccessGroup) error
	// Record keeps the audit event of the change.
	Record(ctx context.Context, event audit.Event) error
}
