package migration_test

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
)

// before is the database of a solution at an older version.
func before(t *testing.T, version int64) (*sql.DB, *goose.Provider) {
	t.Helper()
	files, err := fs.Sub(os.DirFS("."), string(migration.Solution))
	require.NoError(t, err)
	db := empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), version)
	require.NoError(t, err)
	return db, provider
}

// TestContactsBecomeBlocks compares rows as they were written before with those of
// the view that is in their place.
func TestContactsBecomeBlocks(t *testing.T) {
	t.Parallel()
	db, provider := before(t, 7)
	_, err := db.ExecContext(t.Context(), `
		INSERT INTO contacts (treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, score, source,
			learning, propensity, deployment, hash, at, columns)
		SELECT gen_random_uuid(), 's' || i, E'we"b\n', 'home', 'top', 'customer', 'ü' || i, 'card', '', 'r', '[', i / 3.0, 'rule', 'm', 0.25, i,
			'abc', timestamptz '2026-03-02 12:00:00.123456Z' + i * interval '1 day', jsonb_build_object('visits', i, 'note', E'a\nb')
		FROM generate_series(1, 50) AS i`)
	require.NoError(t, err)
	const rows = `SELECT array_agg(to_jsonb(c) ORDER BY sequence) FROM
		(SELECT treatment, sequence, session, channel, point, zone, level, customer, offer, strategy, rule, segment, score, source, learning,
			propensity, deployment, hash, at, columns FROM contacts) c`
	var old, anew string
	require.NoError(t, db.QueryRowContext(t.Context(), rows).Scan(&old))
	_, err = provider.UpTo(t.Context(), 8)
	require.NoError(t, err)
	require.NoError(t, db.QueryRowContext(t.Context(), rows).Scan(&anew))
	require.Equal(t, old, anew)
	require.Contains(t, anew, "2026-04-21")
}

// TestContactsThatAreWrittenMeanwhileBecomeBlocksToo lets an older server commit after
// the migration has begun.
func TestContactsThatAreWrittenMeanwhileBecomeBlocksToo(t *testing.T) {
	t.Parallel()
	db, provider := before(t, 7)
	writer, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer writer.Rollback() //nolint:errcheck // after the commit it is nothing
	_, err = writer.ExecContext(t.Context(), `
		INSERT INTO contacts (treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, score, source,
			learning, propensity, deployment, hash, at, columns)
		VALUES (gen_random_uuid(), 's', 'web', 'home', 'top', '', '', 'card', '', '', '', 1, 'rule', '', 1, 1, 'abc', now(), '{}')`)
	require.NoError(t, err)
	migrated := make(chan error, 1)
	go func() {
		_, err := provider.UpTo(context.WithoutCancel(t.Context()), 8)
		migrated <- err
	}()
	waiting := func() (n int) {
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks
			WHERE relation = 'contacts'::regclass AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return waiting() == 1 }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, writer.Commit())
	require.NoError(t, <-migrated)
	var contacts int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM contacts`).Scan(&contacts))
	require.Equal(t, 1, contacts)
}
