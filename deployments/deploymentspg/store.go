package deploymentspg

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/tenants"
)

// Store implements deployments.Store.
type Store struct{ db *controldb.DB }

var _ deployments.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

// View implements deployments.Store.
func (s *Store) View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r deployments.Reader) error) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// Change implements deployments.Store.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w deployments.Writer) error) error {
	return s.db.Change(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// Progress implements deployments.Store. It does not raise the tenant's revision:
// nothing is derived from progress.
func (s *Store) Progress(ctx context.Context, tenant tenants.TenantID, id deployments.ID, fn func(ctx context.Context, w deployments.Writer, d deployments.Deployment) error) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		t := &transaction{tx: tx, tenant: tenant}
		d, err := t.one(ctx, ` AND d.deployment_id = $2 FOR UPDATE OF d`, id)
		if err != nil {
			return err
		}
		return fn(ctx, t, d)
	})
}

type requestRow struct {
	Tenant     tenants.TenantID `db:"tenant_id"`
	TenantName string           `db:"tenant_name"`
	Channel    string           `db:"channel"`
	ID         deployments.ID   `db:"deployment_id"`
	Number     int64            `db:"number"`
	Name       string           `db:"name"`
	Kind       deployments.Kind `db:"kind"`
	groupColumns
}

// Requested implements deployments.Store.
func (s *Store) Requested(ctx context.Context, silentSince time.Time, limit int) ([]deployments.Request, error) {
	const query = `SELECT d.tenant_id, t.name AS tenant_name, d.channel, d.deployment_id, d.number, d.name, d.kind,
			d.group_id, d.solution, d.group_name, d.group_kind
		FROM deployments d JOIN tenants t USING (tenant_id)
		WHERE d.state NOT IN ('succeeded', 'failed', 'cancelled', 'incomplete')
			AND (d.state = 'waiting' OR d.updated_at < $1)
			AND NOT EXISTS (SELECT FROM deployments e WHERE e.tenant_id = d.tenant_id AND e.channel = d.channel
				AND e.group_id = d.group_id AND e.number < d.number
				AND e.state NOT IN ('succeeded', 'failed', 'cancelled', 'incomplete'))
		ORDER BY d.created_at LIMIT $2`
	var requests []deployments.Request
	err := s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		rows, err := controldb.Many[requestRow](ctx, tx, query, silentSince, limit)
		requests = make([]deployments.Request, 0, len(rows))
		for _, row := range rows {
			requests = append(requests, deployments.Request{
				Tenant: row.Tenant, TenantName: row.TenantName, Channel: row.Channel, Group: row.group(),
				ID: row.ID, Number: row.Number, Name: row.Name, Kind: row.Kind,
			})
		}
		return err
	})
	return requests, err
}

// transaction implements deployments.Writer.
type transaction struct {
	tx     *sqlx.Tx
	tenant tenants.TenantID
}

func (t *transaction) Record(ctx context.Context, event audit.Event) error {
	return auditpg.Append(ctx, t.tx, event)
}
