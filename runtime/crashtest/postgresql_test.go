package crashtest

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// newPostgreSQL starts a server of the test's own, which the test may kill, and
// returns the URL of a group's database in it.
func newPostgreSQL(t *testing.T) (server *local.PostgreSQL, databaseURL string) {
	t.Helper()
	server, err := local.StartPostgreSQL(t.Context(), local.PostgreSQLOptions{Dir: filepath.Join(t.TempDir(), "postgresql"), Port: freePort(t)})
	require.NoError(t, err)
	t.Cleanup(func() { server.Stop(context.Background()) })
	admin, err := postgres.Open(t.Context(), server.URL, postgres.Options{MaxOpen: 1})
	require.NoError(t, err)
	defer admin.Close()
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE cards")
	require.NoError(t, err)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	u.Path = "/cards"
	db, err := sql.Open("postgres", u.String())
	require.NoError(t, err)
	defer db.Close()
	_, err = migration.Up(t.Context(), db, migration.Solution)
	require.NoError(t, err)
	return server, u.String()
}

// TestTheDatabaseDies kills PostgreSQL under load.
func TestTheDatabaseDies(t *testing.T) {
	t.Parallel()
	chance, l, allowed := seeded(t), newLedger(), rounds(80, 400)
	database, databaseURL := newPostgreSQL(t)
	g := setup(t, surroundings{servers: 2, content: shop(allowed), databaseURL: databaseURL})
	end := shopping(t, g, chance, l, 6)
	eventually(t, "calls are served", func() bool { return l.acknowledgements() >= 50 })
	kills := 0
	for range rounds(2, 40) {
		pause(chance, 100*time.Millisecond, 1500*time.Millisecond)
		database.Kill()
		kills++
		pause(chance, time.Millisecond, 3*time.Second)
		require.NoError(t, database.Start(context.Background()))
		told := l.acknowledgements()
		eventually(t, "calls are served again", func() bool { return l.acknowledgements() >= told+20 })
	}
	end()
	t.Logf("%d kills; %s", kills, l)
	for _, m := range g.servers {
		require.Zero(t, m.Restarts(), "a server died")
	}
	l.requireAnswers(t, 0, int(touchpoint.ProfileNotLoaded), int(touchpoint.ListsNotLoaded), int(touchpoint.HistoryAway), int(touchpoint.Overloaded))
	eventually(t, "the database is there", func() bool { return g.db.PingContext(t.Context()) == nil })
	t.Logf("%d rows", g.audit(t, l, allowed))
}
