package contacthistory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// DefaultBatch is the number of rows of a batch.
const DefaultBatch = 1_000

// Moved is what one step of a transfer has done.
type Moved struct {
	// Counts are the rows that were new in the tenant's history.
	Counts
	// Read is the number of rows that were read.
	Read int64
	// More says that there are more rows by now.
	More bool
	// Restored says that the group's database was found in an older state, so that
	// a new epoch has begun.
	Restored bool
}

// Transfer takes over the histories of server groups.
type Transfer struct {
	store  Store
	groups Groups
	batch  int
}

// NewTransfer returns a transfer in batches of that many rows; 0 is DefaultBatch.
func NewTransfer(store Store, groups Groups, batch int) *Transfer {
	if batch == 0 {
		batch = DefaultBatch
	}
	return &Transfer{store: store, groups: groups, batch: batch}
}

// Wanted is Store.Wanted.
func (t *Transfer) Wanted(ctx context.Context, after tenants.ServerGroupID, limit int) ([]Group, error) {
	return t.store.Wanted(ctx, after, limit)
}

// Step takes over one batch of a group's history. After any error it may be
// repeated, also one that came too late: what was written is known by then. Of two
// at a time one gets a Conflict.
func (t *Transfer) Step(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (moved Moved, err error) {
	err = t.groups.Use(ctx, tenant, group, func(source Source) error {
		// Within: nobody else is to set a mark between this and the next one.
		known, err := t.store.Watermark(ctx, tenant, group)
		if err != nil {
			return fmt.Errorf("read the watermark: %w", err)
		}
		moved, err = t.step(ctx, tenant, group, known, source)
		return err
	})
	if err != nil {
		return Moved{}, fmt.Errorf("take over the history of group %s: %w", group, err)
	}
	return moved, nil
}

func (t *Transfer) step(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, known Watermark, source Source) (moved Moved, err error) {
	mark, err := source.Mark(ctx)
	if err != nil {
		return moved, err
	}
	if known.Mark != uuid.Nil && !mark.Follows(known.Mark) {
		// Written down before anything is left in the group's database: a transfer
		// that is cut off would otherwise not notice it again.
		anew := Watermark{Epoch: known.Epoch + 1}
		if _, err := t.store.Move(ctx, tenant, group, known, anew, nil); err != nil {
			return moved, err
		}
		known, moved.Restored = anew, true
	}
	page, err := source.Read(ctx, known.ReadTo, t.batch)
	if err != nil || len(page.Entries) == 0 {
		return moved, err
	}
	next := history.Mark{Previous: known.Mark, Transferred: known.ReadTo}
	if next.ID, err = uuid.NewRandom(); err != nil {
		return moved, fmt.Errorf("make a mark: %w", err)
	}
	// After the page was read, before it is written: see the package's comment.
	if err := source.SetMark(ctx, next); err != nil {
		return moved, err
	}
	moved.Counts, err = t.store.Move(ctx, tenant, group, known, Watermark{Epoch: known.Epoch, ReadTo: page.Next, Mark: next.ID}, page.Entries)
	moved.Read, moved.More = int64(len(page.Entries)), page.More
	return moved, err
}
