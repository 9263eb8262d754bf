package migration_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
)

// TestContactsBecomeBlocks compares rows as they were written before with those of
// the view that is in their place.
func TestContactsBecomeBlocks(t *testing.T) {
	t.Parallel()
	files, err := fs.Sub(os.DirFS("."), string(migration.Solution))
	require.NoError(t, err)
	db := empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), 7)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `
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
