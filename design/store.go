package design

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Store keeps design objects.
type Store interface {
	// View runs fn over what one tenant has.
	View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r Reader) error) error
	// Change runs fn in one transaction, after every other change in the tenant
	// and before the next. It may run fn several times.
	Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w Writer) error) error
}

// Reader reads one tenant's objects.
type Reader interface {
	// Object answers with NotFound where there is none.
	Object(ctx context.Context, of definition.Reference) (Object, error)
	// Objects lists those of a kind, of a channel where they lie in one, by name. A
	// page ends early where its specs grow large.
	Objects(ctx context.Context, kind definition.Kind, channel tenants.Name, page paging.Request) (paging.Page[Object], error)
	// Find returns those that exist.
	Find(ctx context.Context, of []definition.Reference) ([]Object, error)
	// OfKinds returns all objects of the kinds, of all channels.
	OfKinds(ctx context.Context, kinds ...definition.Kind) ([]Object, error)
	// OfKind returns all objects of a kind, of a channel where they lie in one.
	OfKind(ctx context.Context, kind definition.Kind, channel tenants.Name) ([]Object, error)
	// Hashes identify the specs of all objects of the kinds, of all channels.
	Hashes(ctx context.Context, kinds ...definition.Kind) (map[definition.Reference]string, error)
	// Design returns the channel, all that lies in it and all that lies in the
	// tenant, as it is at one instant.
	Design(ctx context.Context, channel tenants.Name) ([]Object, error)
	// Count is the number of objects of a kind, of a channel where they lie in one.
	Count(ctx context.Context, kind definition.Kind, channel tenants.Name) (int, error)
	// Missing returns those that do not exist.
	Missing(ctx context.Context, of []definition.Reference) ([]definition.Reference, error)
	// Users returns the first objects that refer to one, but itself, by kind,
	// channel and name, and how many there are.
	Users(ctx context.Context, of definition.Reference, limit int) (users []User, total int, err error)
	// Changes lists the changes of an object, newest first, without specs. A page's
	// key is a number. It knows those of deleted objects.
	Changes(ctx context.Context, of definition.Reference, page paging.Request) (paging.Page[Change], error)
	// ChangeAt returns one change with the spec after it, NotFound where there is
	// none.
	ChangeAt(ctx context.Context, of definition.Reference, number int64) (Change, error)
	// LastChanges returns the numbers of the newest changes; those that never were
	// have none.
	LastChanges(ctx context.Context, of ...definition.Reference) (map[definition.Reference]int64, error)
}

// Writer changes one tenant's objects: several by few statements.
type Writer interface {
	Reader
	Insert(ctx context.Context, objects ...Object) error
	// Update replaces what can change; the spec only where it is not nil.
	Update(ctx context.Context, objects ...Object) error
	Delete(ctx context.Context, of definition.Reference) error
	// SetUses replaces what objects refer to.
	SetUses(ctx context.Context, uses ...Uses) error
	// InsertChanges keeps changes; with a nil spec that of the change before holds.
	InsertChanges(ctx context.Context, changes ...ChangeOf) error
	// Record keeps the audit events of the changes.
	Record(ctx context.Context, events ...audit.Event) error
}

// Uses is all that one object refers to.
type Uses struct {
	By definition.Reference
	To []Use
}

// ChangeOf is a change with the object that was changed.
type ChangeOf struct {
	definition.Reference
	Change
}

// Use is what an object refers to.
type Use struct {
	To definition.Reference
	// Path is where in the spec, the first of several places.
	Path string
}

// User is what refers to an object.
type User struct {
	By   definition.Reference
	Path string
}

// NotFound is the answer where an object is missing.
func NotFound() error {
	return fault.New(fault.NotFound, "not-found", "there is no such design object")
}
