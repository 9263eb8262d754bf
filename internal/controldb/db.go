package controldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
)

// PlatformTenant is the id of the platform tenant, which the schema comes with.
const PlatformTenant = "00000000-0000-7000-8000-000000000001"

// revisionAge is how old a known revision may be. Changes made through the same
// DB are known at once; those of another control plane after this time.
const revisionAge = 250 * time.Millisecond

// maxKnown bounds the revisions kept in memory.
const maxKnown = 10_000

// DB is the control database. One DB is shared by all stores of a process.
type DB struct {
	pool *sqlx.DB

	mu    sync.Mutex
	known map[string]knownRevision // by tenant id
}

type knownRevision struct {
	revision int64
	readAt   time.Time
}

// New returns the control database behind a pool.
func New(pool *sqlx.DB) *DB {
	return &DB{pool: pool, known: map[string]knownRevision{}}
}

// View runs unit in a transaction that sees one tenant's rows.
func (d *DB) View(ctx context.Context, tenant string, unit postgres.Unit) error {
	return postgres.Classify(postgres.InTenant(ctx, d.pool, tenant, unit))
}

// Platform runs unit in a transaction that sees the rows of all tenants.
func (d *DB) Platform(ctx context.Context, unit postgres.Unit) error {
	return postgres.Classify(postgres.InPlatform(ctx, d.pool, unit))
}

// Change runs unit in a transaction that sees one tenant's rows and raises the
// tenant's revision. The changes of a tenant are made one after another, so what
// unit reads stays true until it is committed. A tenant that does not exist is a
// fault NotFound.
func (d *DB) Change(ctx context.Context, tenant string, unit postgres.Unit) error {
	var revision int64
	err := postgres.InTenant(ctx, d.pool, tenant, func(ctx context.Context, tx *sqlx.Tx) error {
		const raise = `UPDATE tenant_revisions SET revision = revision + 1 WHERE tenant_id = $1 RETURNING revision`
		if err := tx.GetContext(ctx, &revision, raise, tenant); err != nil {
			return tenantError(err)
		}
		return unit(ctx, tx)
	})
	if err != nil {
		return postgres.Classify(err)
	}
	d.remember(tenant, revision)
	return nil
}

// Revision returns the tenant's present revision, at most a quarter of a second
// old.
func (d *DB) Revision(ctx context.Context, tenant string) (int64, error) {
	if revision, fresh := d.recall(tenant); fresh {
		return revision, nil
	}
	var revision int64
	err := d.View(ctx, tenant, func(ctx context.Context, tx *sqlx.Tx) error {
		const read = `SELECT revision FROM tenant_revisions WHERE tenant_id = $1`
		return tenantError(tx.GetContext(ctx, &revision, read, tenant))
	})
	if err != nil {
		return 0, err
	}
	return d.remember(tenant, revision), nil
}

func (d *DB) recall(tenant string) (revision int64, fresh bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.known[tenant]
	return known.revision, ok && time.Since(known.readAt) < revisionAge
}

// remember keeps a revision unless a newer one is known, and returns the newest.
func (d *DB) remember(tenant string, revision int64) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	revision = max(revision, d.known[tenant].revision)
	d.known[tenant] = knownRevision{revision: revision, readAt: time.Now()}
	return revision
}

func tenantError(err error) error {
	if errors.Is(err, sql.ErrNoRows) || IsMalformed(err) {
		return fault.New(fault.NotFound, "not-found", "there is no such tenant")
	}
	if err != nil {
		return fmt.Errorf("tenant revision: %w", err)
	}
	return nil
}
