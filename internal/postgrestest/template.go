package postgrestest

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
)

// lockID serialises the making of the role and the templates between the test
// processes of one server.
const lockID = 7_201_954_118

// templateName changes with the migrations, so that an edited migration gets a
// new template.
func templateName(line migration.Line) string {
	return "swtemplate_" + string(line) + "_" + migration.Fingerprint(line)
}

// prepareTemplate makes the migrated template of line unless it is there.
func prepareTemplate(ctx context.Context, t testing.TB, admin *sqlx.DB, line migration.Line) {
	t.Helper()
	name := templateName(line)
	if exists(ctx, t, admin, name) {
		return
	}
	locked(ctx, t, admin, func(conn *sqlx.Conn) {
		if exists(ctx, t, admin, name) {
			return
		}
		makeOwner(ctx, t, conn)
		// A process that was killed may have left half a template.
		unfinished := name + "_new"
		run(ctx, t, conn, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(unfinished)+" WITH (FORCE)")
		run(ctx, t, conn, "CREATE DATABASE "+pq.QuoteIdentifier(unfinished)+" TEMPLATE template0 OWNER "+Owner)
		migrate(ctx, t, unfinished, line)
		run(ctx, t, conn, "ALTER DATABASE "+pq.QuoteIdentifier(unfinished)+" WITH ALLOW_CONNECTIONS false")
		run(ctx, t, conn, "ALTER DATABASE "+pq.QuoteIdentifier(unfinished)+" RENAME TO "+pq.QuoteIdentifier(name))
	})
}

func migrate(ctx context.Context, t testing.TB, database string, line migration.Line) {
	t.Helper()
	db, err := postgres.Open(ctx, owned(t, database), postgres.Options{MaxOpen: 2})
	require.NoError(t, err)
	_, err = migration.Up(ctx, db.DB, line)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// prepareOwner makes the owning role unless it is there.
func prepareOwner(ctx context.Context, t testing.TB, admin *sqlx.DB) {
	t.Helper()
	locked(ctx, t, admin, func(conn *sqlx.Conn) { makeOwner(ctx, t, conn) })
}

func makeOwner(ctx context.Context, t testing.TB, conn *sqlx.Conn) {
	t.Helper()
	var there bool
	require.NoError(t, conn.GetContext(ctx, &there, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", Owner))
	if !there {
		run(ctx, t, conn, "CREATE ROLE "+Owner+" LOGIN CREATEDB CREATEROLE PASSWORD "+pq.QuoteLiteral(Owner))
	}
}

func exists(ctx context.Context, t testing.TB, admin *sqlx.DB, database string) bool {
	t.Helper()
	var there bool
	require.NoError(t, admin.GetContext(ctx, &there, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database))
	return there
}

// locked runs fn on a connection that holds the lock.
func locked(ctx context.Context, t testing.TB, admin *sqlx.DB, fn func(conn *sqlx.Conn)) {
	t.Helper()
	conn, err := admin.Connx(ctx)
	require.NoError(t, err)
	defer conn.Close()
	run(ctx, t, conn, "SELECT pg_advisory_lock($1)", lockID)
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lockID) }()
	fn(conn)
}

func run(ctx context.Context, t testing.TB, conn *sqlx.Conn, statement string, args ...any) {
	t.Helper()
	_, err := conn.ExecContext(ctx, statement, args...)
	require.NoError(t, err, statement)
}
