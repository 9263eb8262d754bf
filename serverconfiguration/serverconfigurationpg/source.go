package serverconfigurationpg

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/accessgroups/accessgroupspg"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/serverconfiguration"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

// Source implements serverconfiguration.Source.
type Source struct{ db *controldb.DB }

var _ serverconfiguration.Source = (*Source)(nil)

// New returns a source over the control database.
func New(db *controldb.DB) *Source { return &Source{db: db} }

// Revision implements serverconfiguration.Source.
func (s *Source) Revision(ctx context.Context, tenant tenants.TenantID) (int64, error) {
	return s.db.Revision(ctx, string(tenant))
}

// Material implements serverconfiguration.Source. The policy, with the tenant's
// revision, is read first: what changes meanwhile makes the rest newer than the
// revision says, so that it is read again, and never older.
func (s *Source) Material(ctx context.Context, tenant tenants.TenantID, server tenants.ServerID) (material serverconfiguration.Material, err error) {
	err = s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) (err error) {
		policy, err := accessgroupspg.LoadPolicy(ctx, tx, tenant)
		if err != nil {
			return err
		}
		if material, err = identity(ctx, tx, tenant, server); err != nil {
			return err
		}
		material.Policy = policy
		if material.Callers, err = callers(ctx, tx, tenant, material.Solution.Name, policy.Permissions()); err != nil {
			return err
		}
		material.Processes, err = processes(ctx, tx, tenant, material.Account)
		return err
	})
	return material, err
}

// identity returns the names and ids of the server and all that it belongs to. A
// server whose account is disabled is not found: a token of the account may still
// be good.
func identity(ctx context.Context, tx *sqlx.Tx, tenant tenants.TenantID, server tenants.ServerID) (serverconfiguration.Material, error) {
	type row struct {
		Tenant   configuration.Ref `db:"tenant"`
		Solution configuration.Ref `db:"solution"`
		Group    configuration.Ref `db:"grp"`
		Server   configuration.Ref `db:"server"`
		Account  configuration.Ref `db:"account"`
	}
	r, err := controldb.One[row](ctx, tx, tenants.NotFound("server"),
		`SELECT t.tenant_id AS "tenant.id", t.name AS "tenant.name", so.solution_id AS "solution.id", so.name AS "solution.name",
			g.group_id AS "grp.id", g.name AS "grp.name", s.server_id AS "server.id", s.name AS "server.name",
			a.account_id AS "account.id", a.name AS "account.name"
		FROM servers s JOIN tenants t USING (tenant_id) JOIN solutions so USING (tenant_id, solution_id)
			JOIN server_groups g USING (tenant_id, group_id) JOIN accounts a USING (tenant_id, account_id)
		WHERE s.tenant_id = $1 AND s.server_id = $2 AND NOT a.disabled`, tenant, server)
	if err != nil {
		return serverconfiguration.Material{}, err
	}
	return serverconfiguration.Material{Tenant: r.Tenant, Solution: r.Solution, Group: r.Group, Server: r.Server, Account: r.Account}, nil
}

// callers returns the accounts that have permissions, and the solution's agents,
// touchpoints and those who operate it, with their API keys.
func callers(ctx context.Context, tx *sqlx.Tx, tenant tenants.TenantID, solution tenants.Name, permissions accessgroups.Permissions) ([]serverconfiguration.Caller, error) {
	ids := make([]string, 0, len(permissions))
	for id := range permissions {
		ids = append(ids, string(id))
	}
	rows, err := controldb.Many[tenantspg.AccountRow](ctx, tx, `SELECT `+tenantspg.AccountColumns+`
		FROM accounts a WHERE a.tenant_id = $1 AND (a.account_id = ANY($2::uuid[])
			OR NOT a.disabled AND EXISTS (
				SELECT FROM jsonb_array_elements(a.roles) r
				WHERE (r->>'role' = $3 AND a.agent IS NOT NULL OR r->>'role' = ANY ($4)) AND coalesce(r->>'solution', '') IN ('', $5)))`,
		tenant, pq.Array(ids), accessgroups.AgentRole, pq.Array(append(accessgroups.RolesWith(accessgroups.OperateSolutions), accessgroups.Touchpoint)), solution)
	if err != nil {
		return nil, err
	}
	ids = ids[:0]
	for _, row := range rows {
		ids = append(ids, string(row.ID))
	}
	keys, err := controldb.Many[struct {
		ID      string            `db:"key_id"`
		Account tenants.AccountID `db:"account_id"`
		Hash    []byte            `db:"hash"`
	}](ctx, tx, `SELECT key_id, account_id, hash FROM api_keys
		WHERE tenant_id = $1 AND account_id = ANY($2::uuid[])`, tenant, pq.Array(ids))
	if err != nil {
		return nil, err
	}
	byAccount := make(map[tenants.AccountID][]tenants.APIKey, len(rows))
	for _, k := range keys {
		byAccount[k.Account] = append(byAccount[k.Account], tenants.APIKey{ID: k.ID, Tenant: tenant, Account: k.Account, Hash: k.Hash})
	}
	result := make([]serverconfiguration.Caller, 0, len(rows))
	for _, row := range rows {
		result = append(result, serverconfiguration.Caller{Account: row.Account(), APIKeys: byAccount[row.ID]})
	}
	return result, nil
}

// processes returns the newest versions of what the server's account may execute.
func processes(ctx context.Context, tx *sqlx.Tx, tenant tenants.TenantID, account configuration.Ref) ([]configuration.Process, error) {
	return controldb.Many[configuration.Process](ctx, tx,
		`SELECT p.name, v.number AS version, v.hash, v.document
		FROM business_processes p JOIN business_process_versions v
			ON v.tenant_id = p.tenant_id AND v.process_id = p.process_id AND v.number = p.published
		WHERE p.tenant_id = $1 AND NOT p.retired AND EXISTS (
			SELECT FROM access_group_grants g JOIN access_group_members m USING (tenant_id, group_id)
			WHERE g.tenant_id = $1 AND g.process_id = p.process_id AND m.account_id = $2 AND $3 = ANY(g.actions))`,
		tenant, account.ID, accessgroups.Execute)
}
