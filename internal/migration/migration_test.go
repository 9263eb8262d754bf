package migration_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

func empty(t *testing.T) *sql.DB {
	t.Helper()
	return postgrestest.Open(t, postgrestest.Empty(t)).DB
}

func TestUp(t *testing.T) {
	t.Parallel()
	for _, line := range []migration.Line{migration.Control, migration.Solution} {
		t.Run(string(line), func(t *testing.T) {
			t.Parallel()

			t.Run("BringsAnEmptyDatabaseToTheNeededVersion", func(t *testing.T) {
				t.Parallel()
				db := empty(t)
				require.True(t, fault.Is(migration.Check(t.Context(), db, line), fault.Conflict))

				result, err := migration.Up(t.Context(), db, line)
				require.NoError(t, err)
				require.Zero(t, result.From)
				require.Equal(t, migration.Needed(line), result.To)
				require.NotEmpty(t, result.Applied)
				require.NoError(t, migration.Check(t.Context(), db, line))
			})

			t.Run("ChangesNothingTheSecondTime", func(t *testing.T) {
				t.Parallel()
				db := empty(t)
				_, err := migration.Up(t.Context(), db, line)
				require.NoError(t, err)
				result, err := migration.Up(t.Context(), db, line)
				require.NoError(t, err)
				require.Equal(t, migration.Result{From: migration.Needed(line), To: migration.Needed(line)}, result)
			})

			t.Run("MayRunSeveralTimesAtOnce", func(t *testing.T) {
				t.Parallel()
				db := empty(t)
				var group errgroup.Group
				for range 4 {
					group.Go(func() error {
						_, err := migration.Up(t.Context(), db, line)
						return err
					})
				}
				require.NoError(t, group.Wait())
				require.NoError(t, migration.Check(t.Context(), db, line))
			})

			t.Run("LeavesANewerDatabaseAsItIs", func(t *testing.T) {
				t.Parallel()
				db := empty(t)
				_, err := migration.Up(t.Context(), db, line)
				require.NoError(t, err)
				newer := migration.Needed(line) + 7
				_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, true)", newer)
				require.NoError(t, err)
				result, err := migration.Up(t.Context(), db, line)
				require.NoError(t, err)
				require.Equal(t, migration.Result{From: newer, To: newer}, result)
				require.NoError(t, migration.Check(t.Context(), db, line))
			})
		})
	}
}

func TestFingerprintTellsTheLinesApart(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, migration.Fingerprint(migration.Control), migration.Fingerprint(migration.Solution))
	require.Len(t, migration.Fingerprint(migration.Control), 12)
}
