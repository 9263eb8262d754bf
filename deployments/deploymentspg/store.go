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

// DropPackages implements deployments.Store. A deployment that is built meanwhile of
// a package waits for this, or the package was used just now.
func (s *Store) DropPackages(ctx context.Context, kept int, unusedSince time.Time, limit int) (dropped int64, err error) {
	const drop = `WITH ranked AS (
			SELECT tenant_id, channel, group_id, kind, of_number, hash, from_hash, moved_at IS NOT NULL AS moved,
				state NOT IN ('succeeded', 'failed', 'cancelled', 'incomplete') AS open,
				count(hash) OVER newer AS nth, count(moved_at) FILTER (WHERE hash IS NOT NULL) OVER newer AS nth_moved
			FROM deployments
			WINDOW newer AS (PARTITION BY tenant_id, channel, group_id ORDER BY number DESC ROWS UNBOUNDED PRECEDING)
		), needed AS (
			SELECT tenant_id, hash FROM ranked WHERE open OR nth <= $1 OR moved AND nth_moved <= $1
			UNION SELECT tenant_id, from_hash FROM ranked WHERE open
			UNION SELECT d.tenant_id, d.hash FROM ranked r JOIN deployments d
				ON d.tenant_id = r.tenant_id AND d.channel = r.channel AND d.number = r.of_number WHERE r.open
			UNION SELECT d.tenant_id, d.hash FROM deployed_versions v JOIN deployments d USING (tenant_id, deployment_id)
		), dropped AS (
			SELECT p.tenant_id, p.hash FROM packages p WHERE p.content IS NOT NULL AND p.used_at < $2
				AND NOT EXISTS (SELECT FROM needed n WHERE n.tenant_id = p.tenant_id AND n.hash = p.hash)
			LIMIT $3
		)
		UPDATE packages p SET content = NULL FROM dropped d
		WHERE p.tenant_id = d.tenant_id AND p.hash = d.hash AND p.used_at < $2`
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		dropped, err = controldb.Exec(ctx, tx, drop, kept, unusedSince, limit)
		return err
	})
	return dropped, err
}

// transaction implements deployments.Writer.
type transaction struct {
	tx     *sqlx.Tx
	tenant tenants.TenantID
}

func (t *transaction) Record(ctx context.Context, event audit.Event) error {
	return auditpg.Append(ctx, t.tx, event)
}
