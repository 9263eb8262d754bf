package idempotency_test

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/idempotency"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

func TestStore(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Open(t, postgrestest.New(t, migration.Control))
	db := controldb.New(pool)
	store := idempotency.New(db)
	first, other := []byte("fingerprint"), []byte("other")
	answer := rest.Answer{Status: 201, Header: map[string]string{"ETag": `"1"`}, Body: []byte(`{"name":"cards"}`)}

	newKey := func() rest.IdempotencyKey {
		return rest.IdempotencyKey{
			Tenant: string(tenants.PlatformTenantID), Account: string(tenants.NewID[tenants.AccountID]()),
			Operation: "create-solution", Key: "k-1",
		}
	}
	reserved := func(t *testing.T, key rest.IdempotencyKey) {
		t.Helper()
		got, err := store.Reserve(t.Context(), key, first)
		require.NoError(t, err)
		require.Nil(t, got)
	}
	age := func(t *testing.T, key rest.IdempotencyKey, interval string) {
		t.Helper()
		require.NoError(t, db.Platform(t.Context(), func(ctx context.Context, tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE idempotency_keys SET reserved_at = reserved_at - $1::interval WHERE account_id = $2`, interval, key.Account)
			return err
		}))
	}

	t.Run("GivesTheFirstAnswerAgain", func(t *testing.T) {
		t.Parallel()
		key := newKey()
		reserved(t, key)
		require.NoError(t, store.Answer(t.Context(), key, answer))
		got, err := store.Reserve(t.Context(), key, first)
		require.NoError(t, err)
		require.Equal(t, &answer, got)
	})

	t.Run("RefusesAnotherRequestUnderTheSameKey", func(t *testing.T) {
		t.Parallel()
		key := newKey()
		reserved(t, key)
		_, err := store.Reserve(t.Context(), key, other)
		requireConflict(t, err, rest.KeyReused)
	})

	t.Run("RefusesWhileTheFirstRuns", func(t *testing.T) {
		t.Parallel()
		key := newKey()
		reserved(t, key)
		_, err := store.Reserve(t.Context(), key, first)
		requireConflict(t, err, rest.RequestInProgress)
	})

	t.Run("RunsAgainAfterARelease", func(t *testing.T) {
		t.Parallel()
		key := newKey()
		reserved(t, key)
		require.NoError(t, store.Release(t.Context(), key))
		reserved(t, key)
	})

	t.Run("RunsAgainWhenTheFirstNeverEnded", func(t *testing.T) {
		t.Parallel()
		key := newKey()
		reserved(t, key)
		age(t, key, "61 seconds")
		reserved(t, key)
	})

	t.Run("KeepsAnAnswerForADay", func(t *testing.T) {
		t.Parallel()
		key := newKey()
		reserved(t, key)
		require.NoError(t, store.Answer(t.Context(), key, answer))
		age(t, key, "23 hours")
		got, err := store.Reserve(t.Context(), key, first)
		require.NoError(t, err)
		require.NotNil(t, got)
		age(t, key, "2 hours")
		deleted, err := store.Tidy(t.Context())
		require.NoError(t, err)
		require.GreaterOrEqual(t, deleted, int64(1))
		reserved(t, key)
	})

	t.Run("KeepsAccountsApart", func(t *testing.T) {
		t.Parallel()
		reserved(t, newKey())
		reserved(t, newKey())
	})
}

func requireConflict(t *testing.T, err error, typ string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Conflict, f.Kind)
	require.Equal(t, typ, f.Type)
}
