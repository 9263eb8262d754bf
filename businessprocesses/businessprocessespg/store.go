package businessprocessespg

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Store implements businessprocesses.Store.
type Store struct{ db *controldb.DB }

var _ businessprocesses.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

// View implements businessprocesses.Store.
func (s *Store) View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r businessprocesses.Reader) error) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// Change implements businessprocesses.Store.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w businessprocesses.Writer) error) error {
	return s.db.Change(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// transaction implements businessprocesses.Writer.
type transaction struct {
	tx     *sqlx.Tx
	tenant tenants.TenantID
}

type processRow struct {
	ID          string    `db:"process_id"`
	Name        string    `db:"name"`
	DisplayName string    `db:"display_name"`
	Document    string    `db:"document"`
	Published   int       `db:"published"`
	Retired     bool      `db:"retired"`
	Version     int64     `db:"version"`
	CreatedAt   time.Time `db:"created_at"`
	UpdatedAt   time.Time `db:"updated_at"`
}

func (r processRow) process(tenant tenants.TenantID) businessprocesses.Process {
	return businessprocesses.Process{
		Tenant: tenant, ID: r.ID, Name: r.Name, DisplayName: r.DisplayName, Document: r.Document, Published: r.Published,
		Retired: r.Retired, Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (t *transaction) Process(ctx context.Context, name tenants.Name) (businessprocesses.Process, error) {
	row, err := controldb.One[processRow](ctx, t.tx, businessprocesses.NotFound("business process"),
		`SELECT process_id, name, display_name, document, published, retired, version, created_at, updated_at
		FROM business_processes WHERE tenant_id = $1 AND name = $2`, t.tenant, name)
	if err != nil {
		return businessprocesses.Process{}, err
	}
	return row.process(t.tenant), nil
}

func (t *transaction) Processes(ctx context.Context, page paging.Request) (paging.Page[businessprocesses.Process], error) {
	rows, err := controldb.Many[processRow](ctx, t.tx,
		`SELECT process_id, name, display_name, '' AS document, published, retired, version, created_at, updated_at
		FROM business_processes WHERE tenant_id = $1 AND name > $2 ORDER BY name LIMIT $3`,
		t.tenant, page.After, page.Size()+1)
	if err != nil {
		return paging.Page[businessprocesses.Process]{}, err
	}
	items := make([]businessprocesses.Process, 0, len(rows))
	for _, row := range rows {
		items = append(items, row.process(t.tenant))
	}
	return paging.Cut(page, items, func(p businessprocesses.Process) string { return p.Name }), nil
}

func (t *transaction) InsertProcess(ctx context.Context, p businessprocesses.Process) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO business_processes
			(tenant_id, process_id, name, display_name, document, published, retired, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.tenant, p.ID, p.Name, p.DisplayName, p.Document, p.Published, p.Retired, p.Version, p.CreatedAt, p.UpdatedAt)
	return err
}

func (t *transaction) UpdateProcess(ctx context.Context, p businessprocesses.Process) error {
	_, err := controldb.Exec(ctx, t.tx, `UPDATE business_processes
		SET display_name = $3, document = $4, published = $5, retired = $6, version = $7, updated_at = $8
		WHERE tenant_id = $1 AND process_id = $2`,
		t.tenant, p.ID, p.DisplayName, p.Document, p.Published, p.Retired, p.Version, p.UpdatedAt)
	return err
}

type versionRow struct {
	Number      int       `db:"number"`
	Hash        string    `db:"hash"`
	Document    string    `db:"document"`
	PublishedAt time.Time `db:"published_at"`
	PublishedBy string    `db:"published_by"`
}

func (r versionRow) version(p businessprocesses.Process) businessprocesses.Version {
	return businessprocesses.Version{
		Tenant: p.Tenant, Process: p.Name, Number: r.Number, Hash: r.Hash, Document: r.Document,
		PublishedAt: r.PublishedAt.UTC(), PublishedBy: r.PublishedBy,
	}
}

func (t *transaction) Version(ctx context.Context, p businessprocesses.Process, number int) (businessprocesses.Version, error) {
	row, err := controldb.One[versionRow](ctx, t.tx, businessprocesses.NotFound("version"),
		`SELECT number, hash, document, published_at, published_by FROM business_process_versions
		WHERE tenant_id = $1 AND process_id = $2 AND number = $3::bigint`, t.tenant, p.ID, number)
	if err != nil {
		return businessprocesses.Version{}, err
	}
	return row.version(p), nil
}

func (t *transaction) Versions(ctx context.Context, p businessprocesses.Process, page paging.Request) (paging.Page[businessprocesses.Version], error) {
	before := int64(p.Published) + 1
	if page.After != "" {
		var err error
		if before, err = strconv.ParseInt(page.After, 10, 64); err != nil {
			return paging.Page[businessprocesses.Version]{}, fault.New(fault.Invalid, "malformed-cursor", "the cursor is malformed").Because(err)
		}
	}
	rows, err := controldb.Many[versionRow](ctx, t.tx,
		`SELECT number, hash, '' AS document, published_at, published_by FROM business_process_versions
		WHERE tenant_id = $1 AND process_id = $2 AND number < $3::bigint ORDER BY number DESC LIMIT $4`,
		t.tenant, p.ID, before, page.Size()+1)
	if err != nil {
		return paging.Page[businessprocesses.Version]{}, err
	}
	items := make([]businessprocesses.Version, 0, len(rows))
	for _, row := range rows {
		items = append(items, row.version(p))
	}
	return paging.Cut(page, items, func(v businessprocesses.Version) string { return strconv.Itoa(v.Number) }), nil
}

func (t *transaction) InsertVersion(ctx context.Context, p businessprocesses.Process, v businessprocesses.Version) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO business_process_versions
			(tenant_id, process_id, number, hash, document, published_at, published_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, t.tenant, p.ID, v.Number, v.Hash, v.Document, v.PublishedAt, v.PublishedBy)
	if err != nil {
		return fmt.Errorf("version %d of %s: %w", v.Number, p.Name, err)
	}
	return nil
}

func (t *transaction) Record(ctx context.Context, event audit.Event) error {
	return auditpg.Append(ctx, t.tx, event)
}
