package accessgroupspg

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// Store implements accessgroups.Store.
type Store struct{ db *controldb.DB }

var _ accessgroups.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

// View implements accessgroups.Store.
func (s *Store) View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r accessgroups.Reader) error) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// Change implements accessgroups.Store.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w accessgroups.Writer) error) error {
	return s.db.Change(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		return fn(ctx, &transaction{tx: tx, tenant: tenant})
	})
}

// transaction implements accessgroups.Writer.
type transaction struct {
	tx     *sqlx.Tx
	tenant tenants.TenantID
}

type groupRow struct {
	ID          string    `db:"group_id"`
	Name        string    `db:"name"`
	DisplayName string    `db:"display_name"`
	Version     int64     `db:"version"`
	CreatedAt   time.Time `db:"created_at"`
	UpdatedAt   time.Time `db:"updated_at"`
}

const selectGroup = `SELECT group_id, name, display_name, version, created_at, updated_at
	FROM access_groups WHERE tenant_id = $1 `

func (t *transaction) Group(ctx context.Context, name tenants.Name) (accessgroups.AccessGroup, error) {
	row, err := controldb.One[groupRow](ctx, t.tx, tenants.NotFound("access group"), selectGroup+`AND name = $2`, t.tenant, name)
	if err != nil {
		return accessgroups.AccessGroup{}, err
	}
	groups, err := t.complete(ctx, []groupRow{row})
	if err != nil {
		return accessgroups.AccessGroup{}, err
	}
	return groups[0], nil
}

func (t *transaction) Groups(ctx context.Context, page paging.Request) (paging.Page[accessgroups.AccessGroup], error) {
	rows, err := controldb.Many[groupRow](ctx, t.tx, selectGroup+`AND name > $2 ORDER BY name LIMIT $3`,
		t.tenant, page.After, page.Size()+1)
	if err != nil {
		return paging.Page[accessgroups.AccessGroup]{}, err
	}
	groups, err := t.complete(ctx, rows)
	if err != nil {
		return paging.Page[accessgroups.AccessGroup]{}, err
	}
	return paging.Cut(page, groups, func(g accessgroups.AccessGroup) string { return g.Name }), nil
}

// complete adds members and grants to groups.
func (t *transaction) complete(ctx context.Context, rows []groupRow) ([]accessgroups.AccessGroup, error) {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	members, err := controldb.Many[struct {
		Group string `db:"group_id"`
		Name  string `db:"name"`
	}](ctx, t.tx, `SELECT m.group_id, a.name FROM access_group_members m JOIN accounts a USING (tenant_id, account_id)
		WHERE m.tenant_id = $1 AND m.group_id = ANY($2::uuid[]) ORDER BY a.name`, t.tenant, pq.Array(ids))
	if err != nil {
		return nil, err
	}
	grants, err := grantsOf(ctx, t.tx, t.tenant, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string][]tenants.Name, len(rows))
	for _, m := range members {
		names[m.Group] = append(names[m.Group], m.Name)
	}
	groups := make([]accessgroups.AccessGroup, 0, len(rows))
	for _, row := range rows {
		groups = append(groups, accessgroups.AccessGroup{
			Tenant: t.tenant, ID: row.ID, Name: row.Name, DisplayName: row.DisplayName,
			Members: append([]tenants.Name{}, names[row.ID]...), Grants: append([]accessgroups.Grant{}, grants[row.ID]...),
			Version: row.Version, CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
		})
	}
	return groups, nil
}

// grantsOf returns the grants per group, sorted by process.
func grantsOf(ctx context.Context, tx *sqlx.Tx, tenant tenants.TenantID, groups []string) (map[string][]accessgroups.Grant, error) {
	rows, err := controldb.Many[struct {
		Group   string         `db:"group_id"`
		Process string         `db:"name"`
		Actions pq.StringArray `db:"actions"`
	}](ctx, tx, `SELECT g.group_id, p.name, g.actions
		FROM access_group_grants g JOIN business_processes p USING (tenant_id, process_id)
		WHERE g.tenant_id = $1 AND g.group_id = ANY($2::uuid[]) ORDER BY p.name`, tenant, pq.Array(groups))
	if err != nil {
		return nil, err
	}
	result := make(map[string][]accessgroups.Grant, len(groups))
	for _, row := range rows {
		actions := make([]accessgroups.Action, 0, len(row.Actions))
		for _, action := range row.Actions {
			actions = append(actions, accessgroups.Action(action))
		}
		result[row.Group] = append(result[row.Group], accessgroups.Grant{Process: row.Process, Actions: actions})
	}
	return result, nil
}

func (t *transaction) MissingAccounts(ctx context.Context, names []tenants.Name) ([]tenants.Name, error) {
	return controldb.Many[tenants.Name](ctx, t.tx, `SELECT wanted FROM unnest($2::text[]) AS wanted
		WHERE NOT EXISTS (SELECT FROM accounts WHERE tenant_id = $1 AND name = wanted)`, t.tenant, pq.Array(names))
}

func (t *transaction) MissingProcesses(ctx context.Context, names []tenants.Name) ([]tenants.Name, error) {
	return controldb.Many[tenants.Name](ctx, t.tx, `SELECT wanted FROM unnest($2::text[]) AS wanted
		WHERE NOT EXISTS (SELECT FROM business_processes WHERE tenant_id = $1 AND name = wanted)`, t.tenant, pq.Array(names))
}

func (t *transaction) InsertGroup(ctx context.Context, g accessgroups.AccessGroup) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO access_groups
			(tenant_id, group_id, name, display_name, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.tenant, g.ID, g.Name, g.DisplayName, g.Version, g.CreatedAt, g.UpdatedAt)
	if postgres.IsUniqueViolation(err, "access_groups_name_key") {
		return tenants.NameTaken("access group", g.Name)
	}
	if err != nil {
		return err
	}
	return t.insertContent(ctx, g)
}

func (t *transaction) UpdateGroup(ctx context.Context, g accessgroups.AccessGroup) error {
	for _, statement := range []string{
		`DELETE FROM access_group_members WHERE tenant_id = $1 AND group_id = $2`,
		`DELETE FROM access_group_grants WHERE tenant_id = $1 AND group_id = $2`,
	} {
		if _, err := controldb.Exec(ctx, t.tx, statement, t.tenant, g.ID); err != nil {
			return err
		}
	}
	_, err := controldb.Exec(ctx, t.tx, `UPDATE access_groups SET display_name = $3, version = $4, updated_at = $5
		WHERE tenant_id = $1 AND group_id = $2`, t.tenant, g.ID, g.DisplayName, g.Version, g.UpdatedAt)
	if err != nil {
		return err
	}
	return t.insertContent(ctx, g)
}

// insertContent adds members and grants.
func (t *transaction) insertContent(ctx context.Context, g accessgroups.AccessGroup) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO access_group_members (tenant_id, group_id, account_id)
		SELECT tenant_id, $2, account_id FROM accounts WHERE tenant_id = $1 AND name = ANY($3)`,
		t.tenant, g.ID, pq.Array(g.Members))
	if err != nil {
		return err
	}
	for _, grant := range g.Grants {
		_, err := controldb.Exec(ctx, t.tx, `INSERT INTO access_group_grants (tenant_id, group_id, process_id, actions)
			SELECT tenant_id, $2, process_id, $4 FROM business_processes WHERE tenant_id = $1 AND name = $3`,
			t.tenant, g.ID, grant.Process, pq.Array(grant.Actions))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) DeleteGroup(ctx context.Context, g accessgroups.AccessGroup) error {
	_, err := controldb.Exec(ctx, t.tx, `DELETE FROM access_groups WHERE tenant_id = $1 AND group_id = $2`, t.tenant, g.ID)
	return err
}

func (t *transaction) Record(ctx context.Context, event audit.Event) error {
	return auditpg.Append(ctx, t.tx, event)
}
