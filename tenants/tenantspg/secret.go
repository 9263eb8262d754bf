package tenantspg

import (
	"context"
	"database/sql"
	"errors"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/tenants"
)

// FindSecret implements tenants.Reader.
func (r *reader) FindSecret(ctx context.Context, kind tenants.SecretKind, owner string) (sealed []byte, found bool, err error) {
	sealed, err = controldb.One[[]byte](ctx, r.tx, sql.ErrNoRows,
		`SELECT sealed FROM secrets WHERE tenant_id = $1 AND kind = $2 AND owner = $3`, r.tenant, kind, owner)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return sealed, err == nil, err
}

// DeleteSecret implements tenants.Writer.
func (w *writer) DeleteSecret(ctx context.Context, kind tenants.SecretKind, owner string) error {
	_, err := controldb.Exec(ctx, w.tx, `DELETE FROM secrets WHERE tenant_id = $1 AND kind = $2 AND owner = $3`, w.tenant, kind, owner)
	return err
}

// SaveSecret implements tenants.Writer.
func (w *writer) SaveSecret(ctx context.Context, kind tenants.SecretKind, owner string, sealed []byte) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO secrets (tenant_id, kind, owner, sealed, created_at)
		VALUES ($1, $2, $3, $4, now())
		ON CONFLICT (tenant_id, kind, owner) DO UPDATE SET sealed = excluded.sealed, created_at = excluded.created_at`,
		w.tenant, kind, owner, sealed)
	return err
}
