package signingkeys

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/controldb"
)

// lockKey is the advisory lock under which the first key is made.
const lockKey = 7_201_954_401

// Sealer encrypts what is stored; secret.Box is one.
type Sealer interface {
	Seal(plain, associated []byte) []byte
	Open(sealed, associated []byte) ([]byte, error)
}

// Load returns all keys, newest first: that one signs, the others still verify.
// The first call ever makes the first key; of several at once, one makes it and
// all return it.
func Load(ctx context.Context, db *controldb.DB, sealer Sealer) ([]authentication.SigningKey, error) {
	var keys []authentication.SigningKey
	err := db.View(ctx, controldb.PlatformTenant, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockKey); err != nil {
			return fmt.Errorf("lock signing keys: %w", err)
		}
		var err error
		if keys, err = stored(ctx, tx, sealer); err != nil || len(keys) > 0 {
			return err
		}
		key := authentication.NewSigningKey()
		keys = []authentication.SigningKey{key}
		return insert(ctx, tx, sealer, key)
	})
	return keys, err
}

func stored(ctx context.Context, tx *sqlx.Tx, sealer Sealer) ([]authentication.SigningKey, error) {
	var sealed [][]byte
	const read = `SELECT sealed FROM signing_keys WHERE tenant_id = $1 ORDER BY created_at DESC, key_id`
	if err := tx.SelectContext(ctx, &sealed, read, controldb.PlatformTenant); err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	keys := make([]authentication.SigningKey, 0, len(sealed))
	for _, s := range sealed {
		seed, err := sealer.Open(s, associated())
		if err != nil {
			return nil, fmt.Errorf("open a signing key with the present encryption key: %w", err)
		}
		keys = append(keys, authentication.SigningKeyFromSeed(seed))
	}
	return keys, nil
}

func insert(ctx context.Context, tx *sqlx.Tx, sealer Sealer, key authentication.SigningKey) error {
	const write = `INSERT INTO signing_keys (tenant_id, key_id, sealed, created_at) VALUES ($1, $2, $3, now())`
	_, err := tx.ExecContext(ctx, write, controldb.PlatformTenant, key.ID, sealer.Seal(key.Private.Seed(), associated()))
	if err != nil {
		return fmt.Errorf("keep the first signing key: %w", err)
	}
	return nil
}

// associated binds what is sealed to its owner, the platform tenant.
func associated() []byte { return []byte(controldb.PlatformTenant) }
