package tenantspg

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

type serverRow struct {
	ID          tenants.ServerID      `db:"server_id"`
	Tenant      tenants.TenantID      `db:"tenant_id"`
	Solution    tenants.SolutionID    `db:"solution_id"`
	Group       tenants.ServerGroupID `db:"group_id"`
	Name        string                `db:"name"`
	Account     tenants.AccountID     `db:"account_id"`
	AccountName string                `db:"account_name"`
	Node        string                `db:"node"`
	versionColumns
	State      tenants.ServerState `db:"state"`
	Address    string              `db:"address"`
	Metrics    string              `db:"metrics"`
	PID        int                 `db:"pid"`
	Restarts   int                 `db:"restarts"`
	StartedAt  *time.Time          `db:"started_at"`
	ReportedAt *time.Time          `db:"reported_at"`
	Problem    string              `db:"problem"`
}

const selectServer = `SELECT s.tenant_id, s.server_id, s.solution_id, s.group_id, s.name, s.account_id,
		a.name AS account_name, s.node, s.version, s.created_at, s.updated_at,
		coalesce(st.state, 'pending') AS state, coalesce(st.address, '') AS address, coalesce(st.metrics, '') AS metrics,
		coalesce(st.pid, 0) AS pid, coalesce(st.restarts, 0) AS restarts, st.started_at, st.reported_at,
		coalesce(st.problem, '') AS problem
	FROM servers s JOIN accounts a USING (tenant_id, account_id)
		LEFT JOIN server_statuses st USING (tenant_id, server_id) `

func (r serverRow) resource() tenants.Server {
	return tenants.Server{
		ID: r.ID, Tenant: r.Tenant, Solution: r.Solution, Group: r.Group, Name: r.Name,
		Account: r.Account, AccountName: r.AccountName, Node: r.Node,
		Status: tenants.ServerStatus{
			State: r.State, Address: r.Address, Metrics: r.Metrics, PID: r.PID, Restarts: r.Restarts,
			StartedAt: timeOf(r.StartedAt), ReportedAt: timeOf(r.ReportedAt), Problem: r.Problem,
		},
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// timeOf returns the zero time for NULL.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func (r *reader) Server(ctx context.Context, group tenants.ServerGroupID, name tenants.Name) (tenants.Server, error) {
	return get[serverRow](ctx, r.tx, "server",
		selectServer+`WHERE s.tenant_id = $1 AND s.group_id = $2 AND s.name = $3`, r.tenant, group, name)
}

func (r *reader) ServerByID(ctx context.Context, id tenants.ServerID) (tenants.Server, error) {
	return get[serverRow](ctx, r.tx, "server", selectServer+`WHERE s.tenant_id = $1 AND s.server_id = $2`, r.tenant, id)
}

func (r *reader) Servers(ctx context.Context, group tenants.ServerGroupID, page paging.Request) (paging.Page[tenants.Server], error) {
	return list[serverRow](ctx, r.tx, page, func(s tenants.Server) string { return s.Name },
		selectServer+`WHERE s.tenant_id = $1 AND s.group_id = $2 AND s.name > $3 ORDER BY s.name LIMIT $4`, r.tenant, group)
}

func (w *writer) InsertServer(ctx context.Context, s tenants.Server) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO servers
			(tenant_id, server_id, solution_id, group_id, name, account_id, node, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		w.tenant, s.ID, s.Solution, s.Group, s.Name, s.Account, s.Node, s.Version, s.CreatedAt, s.UpdatedAt)
	if postgres.IsUniqueViolation(err, "servers_name_key") {
		return tenants.NameTaken("server", s.Name)
	}
	return err
}

func (w *writer) UpdateServer(ctx context.Context, s tenants.Server) error {
	const update = `WITH before AS (SELECT node FROM servers WHERE tenant_id = $1 AND server_id = $2)
		UPDATE servers SET account_id = $3, node = $4, version = $5, updated_at = $6
		WHERE tenant_id = $1 AND server_id = $2
		RETURNING node <> (SELECT node FROM before)`
	moved, err := controldb.One[bool](ctx, w.tx, tenants.NotFound("server"), update, w.tenant, s.ID, s.Account, s.Node, s.Version, s.UpdatedAt)
	if err != nil || !moved {
		return err
	}
	_, err = controldb.Exec(ctx, w.tx, `UPDATE server_statuses
		SET state = 'pending', pid = 0, restarts = 0, started_at = NULL, problem = ''
		WHERE tenant_id = $1 AND server_id = $2`, w.tenant, s.ID)
	return err
}

func (w *writer) DeleteServer(ctx context.Context, id tenants.ServerID) error {
	for _, statement := range []string{
		`DELETE FROM server_statuses WHERE tenant_id = $1 AND server_id = $2`,
		`DELETE FROM servers WHERE tenant_id = $1 AND server_id = $2`,
	} {
		if _, err := controldb.Exec(ctx, w.tx, statement, w.tenant, id); err != nil {
			return err
		}
	}
	return nil
}
