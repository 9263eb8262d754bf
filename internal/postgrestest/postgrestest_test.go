package postgrestest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, line := range []migration.Line{migration.Control, migration.Solution} {
		t.Run("GivesAMigratedDatabaseOfARoleThatIsNoSuperuser/"+string(line), func(t *testing.T) {
			t.Parallel()
			db := postgrestest.Open(t, postgrestest.New(t, line))

			require.NoError(t, migration.Check(t.Context(), db.DB, line))
			var super bool
			require.NoError(t, db.GetContext(t.Context(), &super, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
			require.False(t, super)
		})
	}

	t.Run("DropsTheDatabaseAtTheEndOfTheTest", func(t *testing.T) {
		t.Parallel()
		var name string
		t.Run("inner", func(t *testing.T) {
			db := postgrestest.Open(t, postgrestest.Empty(t))
			require.NoError(t, db.GetContext(t.Context(), &name, "SELECT current_database()"))
		})
		admin := postgrestest.Open(t, postgrestest.Admin(t))
		var count int
		require.NoError(t, admin.GetContext(t.Context(), &count, "SELECT count(*) FROM pg_database WHERE datname = $1", name))
		require.Zero(t, count)
	})
}

func TestHasty(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.Hasty(t, postgrestest.Empty(t)))
	var setting string
	require.NoError(t, db.GetContext(t.Context(), &setting, "SHOW synchronous_commit"))
	require.Equal(t, "off", setting)
}
