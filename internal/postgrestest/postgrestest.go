package postgrestest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
)

// Variable names the environment variable with the URL of a superuser.
const Variable = "SWITCHYARD_TEST_DATABASE_URL"

// Owner is the role that owns the test databases, LOGIN CREATEDB CREATEROLE as
// the control plane's; its password is the same text.
const Owner = "switchyard_test"

const timeout = 2 * time.Minute

// Admin returns the URL of a superuser, in its maintenance database.
func Admin(t testing.TB) string {
	t.Helper()
	text := os.Getenv(Variable)
	if text == "" {
		t.Fatalf("%s is not set: run `./task test`, or `./task services` in another terminal and export what it prints", Variable)
	}
	return text
}

// New returns the URL of a fresh database with the schema of line, which is
// dropped when the test ends.
func New(t testing.TB, line migration.Line) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	admin := connect(ctx, t)
	prepareTemplate(ctx, t, admin, line)
	return create(ctx, t, admin, templateName(line))
}

// Empty returns the URL of a fresh database without any table, which is dropped
// when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	admin := connect(ctx, t)
	prepareOwner(ctx, t, admin)
	return create(ctx, t, admin, "template0")
}

// Open returns a pool for a URL of this package, closed when the test ends.
func Open(t testing.TB, databaseURL string) *sqlx.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), databaseURL, postgres.Options{Name: "switchyard-test"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Hasty is databaseURL for connections whose commits do not wait for the disk. It is
// for a test that makes thousands of changes: nothing but a crash of the machine or of
// PostgreSQL can tell the difference.
func Hasty(t testing.TB, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := u.Query()
	query.Set("synchronous_commit", "off")
	u.RawQuery = query.Encode()
	return u.String()
}

// connect returns a superuser's pool that lives until the test's end.
func connect(ctx context.Context, t testing.TB) *sqlx.DB {
	t.Helper()
	db, err := postgres.Open(ctx, Admin(t), postgres.Options{MaxOpen: 2, Name: "switchyard-test-admin"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// create makes a database from template and registers its end.
func create(ctx context.Context, t testing.TB, admin *sqlx.DB, template string) string {
	t.Helper()
	name := "swtest_" + randomHex()
	_, err := admin.ExecContext(ctx, "CREATE DATABASE "+pq.QuoteIdentifier(name)+
		" TEMPLATE "+pq.QuoteIdentifier(template)+" OWNER "+Owner)
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		_, err := admin.ExecContext(ctx, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(name)+" WITH (FORCE)")
		require.NoError(t, err)
	})
	return owned(t, name)
}

// owned returns the URL of the database name, as its owner.
func owned(t testing.TB, name string) string {
	t.Helper()
	u, err := url.Parse(Admin(t))
	require.NoError(t, err)
	u.User = url.UserPassword(Owner, Owner)
	u.Path = "/" + name
	return u.String()
}

func randomHex() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b)
}
