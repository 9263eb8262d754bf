package controldb_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

const platform = controldb.PlatformTenant

func TestPlatformTenant(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, controldb.PlatformTenant, tenants.PlatformTenantID)
}

func nothing(context.Context, *sqlx.Tx) error { return nil }

func TestRevision(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Open(t, postgrestest.New(t, migration.Control))

	t.Run("GrowsWithEachChangeAndIsKnownAtOnce", func(t *testing.T) {
		ctx := t.Context()
		db := controldb.New(pool)
		before, err := db.Revision(ctx, platform)
		require.NoError(t, err)
		require.NoError(t, db.Change(ctx, platform, nothing))
		after, err := db.Revision(ctx, platform)
		require.NoError(t, err)
		require.Equal(t, before+1, after)
	})
	t.Run("StaysWhenTheChangeFails", func(t *testing.T) {
		ctx := t.Context()
		db := controldb.New(pool)
		before, err := db.Revision(ctx, platform)
		require.NoError(t, err)
		giveUp := errors.New("give up")
		require.ErrorIs(t, db.Change(ctx, platform, func(context.Context, *sqlx.Tx) error { return giveUp }), giveUp)
		after, err := controldb.New(pool).Revision(ctx, platform)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
	t.Run("OfAnUnknownTenantIsNotFound", func(t *testing.T) {
		db := controldb.New(pool)
		stranger := string(tenants.NewID[tenants.TenantID]())
		_, err := db.Revision(t.Context(), stranger)
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
		require.True(t, fault.Is(db.Change(t.Context(), stranger, nothing), fault.NotFound))
		_, err = db.Revision(t.Context(), "no id")
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	})
	t.Run("CountsChangesAtOnceOneByOne", func(t *testing.T) {
		ctx := t.Context()
		db := controldb.New(pool)
		before, err := db.Revision(ctx, platform)
		require.NoError(t, err)
		var wait sync.WaitGroup
		for range 10 {
			wait.Go(func() {
				if err := db.Change(ctx, platform, nothing); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		after, err := db.Revision(ctx, platform)
		require.NoError(t, err)
		require.Equal(t, before+10, after)
	})
}

// TestSchema holds every table of the control database against the second lock.
func TestSchema(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Open(t, postgrestest.New(t, migration.Control))
	type table struct {
		Name   string `db:"relname"`
		Forced bool   `db:"forced"`
		Key    bool   `db:"key"`
		Policy bool   `db:"policy"`
	}
	var tables []table
	require.NoError(t, pool.SelectContext(t.Context(), &tables, `SELECT c.relname,
			c.relrowsecurity AND c.relforcerowsecurity AS forced,
			EXISTS (SELECT FROM pg_policies p WHERE p.tablename = c.relname AND p.qual = 'visible(tenant_id)') AS policy,
			EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
				WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname = 'tenant_id') AS key
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'goose_db_version' ORDER BY c.relname`))
	require.Greater(t, len(tables), 15)
	for _, table := range tables {
		require.True(t, table.Forced, "row level security of %s is forced", table.Name)
		require.True(t, table.Policy, "%s has the tenant policy", table.Name)
		require.True(t, table.Key, "tenant_id leads the primary key of %s", table.Name)
	}
}

func TestRowLevelSecurity(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	stranger := string(tenants.NewID[tenants.TenantID]())
	count := func(tx *sqlx.Tx) int {
		t.Helper()
		rows, err := controldb.Many[string](ctx, tx, `SELECT name FROM tenants`) // forgets the tenant
		require.NoError(t, err)
		return len(rows)
	}

	require.NoError(t, db.View(ctx, platform, func(_ context.Context, tx *sqlx.Tx) error {
		require.Equal(t, 1, count(tx))
		return nil
	}))
	require.NoError(t, db.View(ctx, stranger, func(_ context.Context, tx *sqlx.Tx) error {
		require.Zero(t, count(tx), "a query that forgets the tenant sees no other's rows")
		return nil
	}))
	err := db.View(ctx, stranger, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := controldb.Exec(ctx, tx, `INSERT INTO nodes VALUES ($1, 'node-1', '', now(), now())`, platform)
		return err
	})
	require.ErrorContains(t, err, "row-level security")
	require.Error(t, db.View(ctx, "", nothing))
	require.Error(t, db.View(ctx, "*", nothing), "the platform's view is asked for by name only")
}
