package accessgroupspg

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

// Revision returns the tenant's revision, at most a quarter of a second old; a
// change made through the same database is known at once.
func (s *Store) Revision(ctx context.Context, tenant tenants.TenantID) (int64, error) {
	return s.db.Revision(ctx, string(tenant))
}

// Policy returns the tenant's present policy.
func (s *Store) Policy(ctx context.Context, tenant tenants.TenantID) (policy accessgroups.Policy, err error) {
	err = s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) (err error) {
		policy, err = LoadPolicy(ctx, tx, tenant)
		return err
	})
	return policy, err
}

// LoadPolicy reads the policy in a transaction that sees the tenant.
func LoadPolicy(ctx context.Context, tx *sqlx.Tx, tenant tenants.TenantID) (accessgroups.Policy, error) {
	policy := accessgroups.Policy{Tenant: tenant}
	var err error
	// The revision comes first: when a change comes between, the policy is newer
	// than its revision says and is read again, never older.
	policy.Revision, err = controldb.One[int64](ctx, tx, tenants.NotFound("tenant"),
		`SELECT revision FROM tenant_revisions WHERE tenant_id = $1`, tenant)
	if err != nil {
		return accessgroups.Policy{}, err
	}
	accounts, err := controldb.Many[tenantspg.AccountRow](ctx, tx,
		`SELECT `+tenantspg.AccountColumns+` FROM accounts a WHERE a.tenant_id = $1 AND NOT a.disabled`, tenant)
	if err != nil {
		return accessgroups.Policy{}, err
	}
	for _, row := range accounts {
		account := row.Account()
		policy.Accounts = append(policy.Accounts, accessgroups.PolicyAccount{ID: account.ID, Kind: account.Kind, Roles: account.Roles})
	}
	if policy.Groups, err = loadGroups(ctx, tx, tenant); err != nil {
		return accessgroups.Policy{}, err
	}
	return policy, nil
}

func loadGroups(ctx context.Context, tx *sqlx.Tx, tenant tenants.TenantID) ([]accessgroups.PolicyGroup, error) {
	ids, err := controldb.Many[string](ctx, tx, `SELECT group_id FROM access_groups WHERE tenant_id = $1`, tenant)
	if err != nil {
		return nil, err
	}
	members, err := controldb.Many[struct {
		Group   string            `db:"group_id"`
		Account tenants.AccountID `db:"account_id"`
	}](ctx, tx, `SELECT group_id, account_id FROM access_group_members WHERE tenant_id = $1`, tenant)
	if err != nil {
		return nil, err
	}
	grants, err := grantsOf(ctx, tx, tenant, ids)
	if err != nil {
		return nil, err
	}
	byGroup := make(map[string][]tenants.AccountID, len(ids))
	for _, m := range members {
		byGroup[m.Group] = append(byGroup[m.Group], m.Account)
	}
	groups := make([]accessgroups.PolicyGroup, 0, len(ids))
	for _, id := range ids {
		groups = append(groups, accessgroups.PolicyGroup{ID: id, Members: byGroup[id], Grants: grants[id]})
	}
	return groups, nil
}
