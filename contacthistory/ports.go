package contacthistory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// Source is the history of one server group, in its own database.
type Source interface {
	history.Reader
	history.Marker
}

// Groups lends the histories of server groups, each to one at a time; to others
// Use is a Conflict.
type Groups interface {
	Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(Source) error) error
}

// Watermark is how far the history of a group was taken over. The zero value is
// that of a group of which nothing was.
type Watermark struct {
	// Epoch counts how often the group's database was found in an older state than
	// before.
	Epoch int64
	// ReadTo is the number in the group's sequence up to which all was read.
	ReadTo int64
	// Mark is what was left in the group's database; zero at the beginning of an
	// epoch.
	Mark uuid.UUID
}

// Counts are numbers of rows.
type Counts struct {
	Contacts  int64
	Responses int64
	Orphans   int64
}

// Total is the number of all rows.
func (c Counts) Total() int64 { return c.Contacts + c.Responses + c.Orphans }

// Store keeps the histories of tenants.
type Store interface {
	// Watermark returns that of a group.
	Watermark(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (Watermark, error)
	// Move writes rows and moves the group's watermark, all in one transaction, and
	// returns how many rows were new. Where the watermark is not from any more,
	// nothing is written and the error is a Conflict "watermark-moved".
	Move(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, from, to Watermark, entries []history.Entry) (Counts, error)
	// Wanted returns the groups whose histories are to be taken over, of all
	// tenants, in the order of their ids: those that serve something, and those of
	// which something was taken over. After is the last group of the page before.
	Wanted(ctx context.Context, after tenants.ServerGroupID, limit int) ([]Group, error)

	// Sources returns what was taken over of each group of a tenant.
	Sources(ctx context.Context, tenant tenants.TenantID) ([]SourceState, error)
	// Changes returns rows in the order of their positions. A position that is
	// beyond the last one is a Conflict "position-unknown".
	Changes(ctx context.Context, tenant tenants.TenantID, q ChangeQuery) (ChangePage, error)
	// Figures adds up the contacts of a channel. More rows than limit are a fault
	// TooLarge.
	Figures(ctx context.Context, tenant tenants.TenantID, q ReportQuery, limit int) (Figures, error)
	// FirstPlaces returns at most so many contacts whose choice was kept, the newest
	// first. The segment of the query is one of the visitor.
	FirstPlaces(ctx context.Context, tenant tenants.TenantID, q ReportQuery, limit int) ([]FirstPlace, error)
}

// Group is a server group whose history is taken over.
type Group struct {
	Tenant     tenants.TenantID
	TenantName tenants.Name
	ID         tenants.ServerGroupID
	Solution   tenants.Name
	Name       tenants.Name
}

// SourceState is what was taken over of a group.
type SourceState struct {
	Group tenants.ServerGroupID
	// Solution and Name are the group's.
	Solution, Name tenants.Name
	Watermark
	// Moved are the rows that were taken over.
	Moved Counts
	// BeganAt is when the epoch began, MovedAt when the watermark moved last.
	BeganAt, MovedAt time.Time
}
