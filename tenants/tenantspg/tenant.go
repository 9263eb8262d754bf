package tenantspg

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// versionColumns are the columns of everything that people edit.
type versionColumns struct {
	Version   int64     `db:"version"`
	CreatedAt time.Time `db:"created_at"`
	UpdatedAt time.Time `db:"updated_at"`
}

type tenantRow struct {
	ID          tenants.TenantID `db:"tenant_id"`
	Name        string           `db:"name"`
	DisplayName string           `db:"display_name"`
	provisioningColumns
	versionColumns
}

// selectTenant shows as a tenant's provisioning that of its solution which is
// furthest from running.
const selectTenant = `SELECT t.tenant_id, t.name, t.display_name, t.version, t.created_at, t.updated_at,
		coalesce(s.provisioning_state, 'ready') AS provisioning_state,
		coalesce(s.provisioning_request, 0) AS provisioning_request,
		coalesce(s.provisioning_step, '') AS provisioning_step,
		coalesce(s.provisioning_reason, '') AS provisioning_reason,
		coalesce(s.provisioning_workflow, '') AS provisioning_workflow,
		coalesce(s.provisioning_updated_at, t.created_at) AS provisioning_updated_at
	FROM tenants t LEFT JOIN LATERAL (
		SELECT * FROM solutions WHERE solutions.tenant_id = t.tenant_id
		ORDER BY array_position(ARRAY['failed', 'running', 'requested', 'ready'], provisioning_state),
			provisioning_updated_at DESC
		LIMIT 1) s ON true `

func (r tenantRow) resource() tenants.Tenant {
	return tenants.Tenant{
		ID: r.ID, Name: r.Name, DisplayName: r.DisplayName, Provisioning: r.provisioning(),
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (r *reader) Tenant(ctx context.Context) (tenants.Tenant, error) {
	return get[tenantRow](ctx, r.tx, "tenant", selectTenant+`WHERE t.tenant_id = $1`, r.tenant)
}

func (w *writer) UpdateTenant(ctx context.Context, t tenants.Tenant) error {
	_, err := controldb.Exec(ctx, w.tx, `UPDATE tenants SET display_name = $2, version = $3, updated_at = $4
		WHERE tenant_id = $1`, w.tenant, t.DisplayName, t.Version, t.UpdatedAt)
	return err
}

// TenantByName implements tenants.Platform.
func (s *Store) TenantByName(ctx context.Context, name tenants.Name) (tenant tenants.Tenant, err error) {
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		tenant, err = get[tenantRow](ctx, tx, "tenant", selectTenant+`WHERE t.name = $1`, name)
		return err
	})
	return tenant, err
}

// Tenants implements tenants.Platform.
func (s *Store) Tenants(ctx context.Context, page paging.Request) (result paging.Page[tenants.Tenant], err error) {
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		result, err = list[tenantRow](ctx, tx, page, func(t tenants.Tenant) string { return t.Name },
			selectTenant+`WHERE t.name > $1 ORDER BY t.name LIMIT $2`)
		return err
	})
	return result, err
}

// InsertTenant implements tenants.Platform.
func (s *Store) InsertTenant(ctx context.Context, t tenants.Tenant, event audit.Event) error {
	return s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := controldb.Exec(ctx, tx, `INSERT INTO tenants (tenant_id, name, display_name, version, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, t.ID, t.Name, t.DisplayName, t.Version, t.CreatedAt, t.UpdatedAt)
		if postgres.IsUniqueViolation(err, "tenants_name_key") {
			return tenants.NameTaken("tenant", t.Name)
		}
		if err != nil {
			return err
		}
		if _, err := controldb.Exec(ctx, tx, `INSERT INTO tenant_revisions VALUES ($1, 1)`, t.ID); err != nil {
			return err
		}
		return auditpg.Append(ctx, tx, event)
	})
}
