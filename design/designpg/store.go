package designpg

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/tenants"
)

// Store implements design.Store.
type Store struct{ db *controldb.DB }

var _ design.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

// View implements design.Store.
func (s *Store) View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r design.Reader) error) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// Change implements design.Store.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w design.Writer) error) error {
	return s.db.Change(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// transaction implements design.Writer.
type transaction struct {
	tx     *sqlx.Tx
	tenant tenants.TenantID
}

func (t *transaction) Record(ctx context.Context, events ...audit.Event) error {
	return auditpg.Append(ctx, t.tx, events...)
}
