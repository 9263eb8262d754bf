package tenantspg

import (
	"context"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

type groupRow struct {
	ID       tenants.ServerGroupID `db:"group_id"`
	Tenant   tenants.TenantID      `db:"tenant_id"`
	Solution tenants.SolutionID    `db:"solution_id"`
	Name     string                `db:"name"`
	Kind     tenants.GroupKind     `db:"kind"`
	Database string                `db:"database_name"`
	versionColumns
}

const selectGroup = `SELECT tenant_id, group_id, solution_id, name, kind, database_name, version, created_at, updated_at
	FROM server_groups WHERE tenant_id = $1 `

func (r groupRow) resource() tenants.ServerGroup {
	return tenants.ServerGroup{
		ID: r.ID, Tenant: r.Tenant, Solution: r.Solution, Name: r.Name, Kind: r.Kind, Database: r.Database,
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (r *reader) ServerGroup(ctx context.Context, solution tenants.SolutionID, name tenants.Name) (tenants.ServerGroup, error) {
	return get[groupRow](ctx, r.tx, "server group", selectGroup+`AND solution_id = $2 AND name = $3`, r.tenant, solution, name)
}

func (r *reader) ServerGroupByID(ctx context.Context, id tenants.ServerGroupID) (tenants.ServerGroup, error) {
	return get[groupRow](ctx, r.tx, "server group", selectGroup+`AND group_id = $2`, r.tenant, id)
}

func (r *reader) ServerGroups(ctx context.Context, solution tenants.SolutionID, page paging.Request) (paging.Page[tenants.ServerGroup], error) {
	return list[groupRow](ctx, r.tx, page, func(g tenants.ServerGroup) string { return g.Name },
		selectGroup+`AND solution_id = $2 AND name > $3 ORDER BY name LIMIT $4`, r.tenant, solution)
}

func (w *writer) InsertServerGroup(ctx context.Context, g tenants.ServerGroup) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO server_groups
			(tenant_id, group_id, solution_id, name, kind, database_name, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		w.tenant, g.ID, g.Solution, g.Name, g.Kind, g.Database, g.Version, g.CreatedAt, g.UpdatedAt)
	if postgres.IsUniqueViolation(err, "server_groups_name_key") {
		return tenants.NameTaken("server group", g.Name)
	}
	return err
}
