package tenantspg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// AccountRow is an account as it is stored, for other stores that join it.
type AccountRow struct {
	ID          tenants.AccountID       `db:"account_id"`
	Tenant      tenants.TenantID        `db:"tenant_id"`
	Name        string                  `db:"name"`
	Kind        tenants.AccountKind     `db:"kind"`
	DisplayName string                  `db:"display_name"`
	Roles       document[[]roleBinding] `db:"roles"`
	Agent       document[*agent]        `db:"agent"`
	Disabled    bool                    `db:"disabled"`
	versionColumns
}

// The stored form of what is kept as JSON.
type (
	roleBinding struct {
		Role     string `json:"role"`
		Solution string `json:"solution,omitempty"`
	}
	agent struct {
		Skills   map[string]int `json:"skills,omitempty"`
		Groups   []string       `json:"groups,omitempty"`
		Capacity map[string]int `json:"capacity,omitempty"`
	}
)

// AccountColumns are the columns of AccountRow, of table accounts alias a.
const AccountColumns = `a.tenant_id, a.account_id, a.name, a.kind, a.display_name, a.roles, a.agent, a.disabled,
	a.version, a.created_at, a.updated_at`

const selectAccount = `SELECT ` + AccountColumns + ` FROM accounts a WHERE a.tenant_id = $1 `

// Account returns the account of the row.
func (r AccountRow) Account() tenants.Account {
	account := tenants.Account{
		ID: r.ID, Tenant: r.Tenant, Name: r.Name, Kind: r.Kind, DisplayName: r.DisplayName, Disabled: r.Disabled,
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	for _, b := range r.Roles.value {
		account.Roles = append(account.Roles, tenants.RoleBinding(b))
	}
	if a := r.Agent.value; a != nil {
		account.Agent = (*tenants.Agent)(a)
	}
	return account
}

func (r AccountRow) resource() tenants.Account { return r.Account() }

func rolesOf(a tenants.Account) document[[]roleBinding] {
	bindings := make([]roleBinding, 0, len(a.Roles))
	for _, b := range a.Roles {
		bindings = append(bindings, roleBinding(b))
	}
	return document[[]roleBinding]{bindings}
}

func agentOf(a tenants.Account) document[*agent] { return document[*agent]{(*agent)(a.Agent)} }

func (r *reader) Account(ctx context.Context, name tenants.Name) (tenants.Account, error) {
	return get[AccountRow](ctx, r.tx, "account", selectAccount+`AND a.name = $2`, r.tenant, name)
}

func (r *reader) AccountByID(ctx context.Context, id tenants.AccountID) (tenants.Account, error) {
	return get[AccountRow](ctx, r.tx, "account", selectAccount+`AND a.account_id = $2`, r.tenant, id)
}

func (r *reader) Accounts(ctx context.Context, page paging.Request) (paging.Page[tenants.Account], error) {
	return list[AccountRow](ctx, r.tx, page, func(a tenants.Account) string { return a.Name },
		selectAccount+`AND a.name > $2 ORDER BY a.name LIMIT $3`, r.tenant)
}

func (w *writer) InsertAccount(ctx context.Context, a tenants.Account) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO accounts
			(tenant_id, account_id, name, kind, display_name, roles, agent, disabled, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		w.tenant, a.ID, a.Name, a.Kind, a.DisplayName, rolesOf(a), agentOf(a), a.Disabled, a.Version, a.CreatedAt, a.UpdatedAt)
	if postgres.IsUniqueViolation(err, "accounts_name_key") {
		return tenants.NameTaken("account", a.Name)
	}
	return err
}

func (w *writer) UpdateAccount(ctx context.Context, a tenants.Account) error {
	_, err := controldb.Exec(ctx, w.tx, `UPDATE accounts
		SET display_name = $3, roles = $4, agent = $5, disabled = $6, version = $7, updated_at = $8
		WHERE tenant_id = $1 AND account_id = $2`,
		w.tenant, a.ID, a.DisplayName, rolesOf(a), agentOf(a), a.Disabled, a.Version, a.UpdatedAt)
	return err
}

func (r *reader) FindPasswordHash(ctx context.Context, account tenants.AccountID) (hash string, found bool, err error) {
	hash, err = controldb.One[string](ctx, r.tx, sql.ErrNoRows,
		`SELECT hash FROM passwords WHERE tenant_id = $1 AND account_id = $2`, r.tenant, account)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return hash, err == nil, err
}

func (w *writer) SavePasswordHash(ctx context.Context, account tenants.AccountID, hash string, at time.Time) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO passwords (tenant_id, account_id, hash, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
		w.tenant, account, hash, at)
	return err
}

type apiKeyRow struct {
	ID        string            `db:"key_id"`
	Tenant    tenants.TenantID  `db:"tenant_id"`
	Account   tenants.AccountID `db:"account_id"`
	Hash      []byte            `db:"hash"`
	CreatedAt time.Time         `db:"created_at"`
}

func (r apiKeyRow) resource() tenants.APIKey {
	return tenants.APIKey{ID: r.ID, Tenant: r.Tenant, Account: r.Account, Hash: r.Hash, CreatedAt: r.CreatedAt.UTC()}
}

func (r *reader) APIKeys(ctx context.Context, account tenants.AccountID) ([]tenants.APIKey, error) {
	rows, err := controldb.Many[apiKeyRow](ctx, r.tx, `SELECT tenant_id, key_id, account_id, hash, created_at FROM api_keys
		WHERE tenant_id = $1 AND account_id = $2 ORDER BY created_at, key_id`, r.tenant, account)
	if err != nil {
		return nil, err
	}
	keys := make([]tenants.APIKey, 0, len(rows))
	for _, row := range rows {
		keys = append(keys, row.resource())
	}
	return keys, nil
}

func (w *writer) InsertAPIKey(ctx context.Context, key tenants.APIKey) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO api_keys (tenant_id, key_id, account_id, hash, created_at)
		VALUES ($1, $2, $3, $4, $5)`, w.tenant, key.ID, key.Account, key.Hash, key.CreatedAt)
	if postgres.IsUniqueViolation(err, "") {
		return fault.New(fault.Conflict, "api-key-taken", "there is an API key of this id already")
	}
	return err
}

func (w *writer) DeleteAPIKey(ctx context.Context, account tenants.AccountID, id string) (bool, error) {
	n, err := controldb.Exec(ctx, w.tx, `DELETE FROM api_keys WHERE tenant_id = $1 AND account_id = $2 AND key_id = $3`,
		w.tenant, account, id)
	if controldb.IsMalformed(err) {
		return false, nil
	}
	return n > 0, err
}

// document is a value that is stored as JSON; nil is NULL.
type document[T any] struct{ value T }

// Value implements driver.Valuer.
func (d document[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(d.value)
	if err != nil || string(text) == "null" {
		return nil, err
	}
	return string(text), nil
}

// Scan implements sql.Scanner.
func (d *document[T]) Scan(stored any) error {
	switch stored := stored.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(stored, &d.value)
	default:
		return fmt.Errorf("a JSON document is stored as %T", stored)
	}
}
