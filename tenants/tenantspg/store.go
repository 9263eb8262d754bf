package tenantspg

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Store implements tenants.Store.
type Store struct{ db *controldb.DB }

var _ tenants.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

// View implements tenants.Store.
func (s *Store) View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r tenants.Reader) error) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &reader{tx: tx, tenant: tenant})
	})
}

// Change implements tenants.Store.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w tenants.Writer) error) error {
	return s.db.Change(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &writer{reader{tx: tx, tenant: tenant}})
	})
}

// reader implements tenants.Reader in a transaction.
type reader struct {
	tx     *sqlx.Tx
	tenant tenants.TenantID
}

// writer implements tenants.Writer in a transaction.
type writer struct{ reader }

// Record implements tenants.Writer.
func (w *writer) Record(ctx context.Context, event audit.Event) error {
	return auditpg.Append(ctx, w.tx, event)
}

// list reads a page of rows whose query takes, after args, the key to begin after
// and the number of rows.
func list[Row interface{ resource() T }, T any](ctx context.Context, tx *sqlx.Tx, page paging.Request, key func(T) string, query string, args ...any) (paging.Page[T], error) {
	rows, err := controldb.Many[Row](ctx, tx, query, append(args, page.After, page.Size()+1)...)
	if err != nil {
		return paging.Page[T]{}, err
	}
	items := make([]T, 0, len(rows))
	for _, row := range rows {
		items = append(items, row.resource())
	}
	return paging.Cut(page, items, key), nil
}

// get reads one row as a resource.
func get[Row interface{ resource() T }, T any](ctx context.Context, tx *sqlx.Tx, what, query string, args ...any) (T, error) {
	row, err := controldb.One[Row](ctx, tx, tenants.NotFound(what), query, args...)
	if err != nil {
		var none T
		return none, err
	}
	return row.resource(), nil
}
