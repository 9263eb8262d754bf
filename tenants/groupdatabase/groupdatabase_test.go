package groupdatabase

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

// testBundle is a control plane of its own on the tests' PostgreSQL: a role, its
// database, and so a template that no other test uses.
type testBundle struct {
	admin      *sqlx.DB
	controlURL string
	cluster    *Cluster
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	ctx := t.Context()
	b := &testBundle{admin: postgrestest.Open(t, postgrestest.Admin(t))}
	name := "swtest_control_" + randomHex()
	_, err := b.admin.ExecContext(ctx, "CREATE ROLE "+name+" LOGIN CREATEDB CREATEROLE PASSWORD '"+name+"'")
	require.NoError(t, err)
	_, err = b.admin.ExecContext(ctx, "CREATE DATABASE "+name+" OWNER "+name)
	require.NoError(t, err)
	t.Cleanup(func() { b.clean(t, name) })

	u, err := url.Parse(postgrestest.Admin(t))
	require.NoError(t, err)
	u.User, u.Path = url.UserPassword(name, name), "/"+name
	b.controlURL = u.String()
	b.cluster = b.open(t)
	return b
}

func (b *testBundle) open(t *testing.T) *Cluster {
	t.Helper()
	cluster, err := Open(t.Context(), b.controlURL, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Close()) })
	return cluster
}

// clean drops everything that the role made, and the role.
func (b *testBundle) clean(t *testing.T, role string) {
	t.Helper()
	ctx := context.Background() // the test's own has ended
	run := func(statement string) {
		_, err := b.admin.ExecContext(ctx, statement)
		require.NoError(t, err, statement)
	}
	var databases, roles []string
	require.NoError(t, b.admin.SelectContext(ctx, &roles, `
		SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles c ON c.oid = m.member
		WHERE c.rolname = $1`, role))
	require.NoError(t, b.admin.SelectContext(ctx, &databases, `
		SELECT datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = $1 OR r.rolname = ANY($2)`,
		role, pq.Array(roles)))
	var drops errgroup.Group // side by side they share PostgreSQL's checkpoints
	drops.SetLimit(8)
	for _, database := range databases {
		drops.Go(func() error {
			_, err := b.admin.ExecContext(ctx, "ALTER DATABASE "+database+" IS_TEMPLATE false")
			if err == nil {
				_, err = b.admin.ExecContext(ctx, "DROP DATABASE "+database+" WITH (FORCE)")
			}
			return err
		})
	}
	require.NoError(t, drops.Wait())
	for _, owner := range roles {
		run("DROP ROLE IF EXISTS " + owner[:len(owner)-len("_owner")] + "_app")
		run("DROP ROLE " + owner)
	}
	run("DROP ROLE " + role)
}

func newCredentials() tenants.GroupCredentials {
	name := "sw_" + randomHex()
	return tenants.GroupCredentials{Database: name, Owner: name + "_owner", Role: name + "_app", Password: randomHex()}
}

func randomHex() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// server returns a connection as the group's servers have it.
func (b *testBundle) server(t *testing.T, as tenants.GroupCredentials, database string) (*sqlx.DB, error) {
	t.Helper()
	u, err := url.Parse(b.controlURL)
	require.NoError(t, err)
	u.User, u.Path = url.UserPassword(as.Role, as.Password), "/"+database
	db, err := postgres.Open(t.Context(), u.String(), postgres.Options{MaxOpen: 1})
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
	}
	return db, err
}

func TestEnsure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours, theirs := newCredentials(), newCredentials()
	for _, credentials := range []tenants.GroupCredentials{ours, theirs} {
		outcome, err := b.cluster.Ensure(t.Context(), credentials)
		require.NoError(t, err)
		require.True(t, outcome.Created)
		require.Equal(t, migration.Needed(migration.Solution), outcome.SchemaVersion)
	}
	db, err := b.server(t, ours, ours.Database)
	require.NoError(t, err)

	t.Run("GivesServersAMigratedDatabase", func(t *testing.T) {
		require.NoError(t, migration.Check(t.Context(), db.DB, migration.Solution))
		var tables []string
		require.NoError(t, db.SelectContext(t.Context(), &tables,
			"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'"))
		require.NotEmpty(t, tables)
		for _, table := range tables {
			_, err := db.ExecContext(t.Context(), "DELETE FROM "+pq.QuoteIdentifier(table)+" WHERE false")
			require.NoError(t, err)
		}
	})

	t.Run("RefusesServersEverythingButRows", func(t *testing.T) {
		for _, statement := range []string{
			"CREATE TABLE more (id int)",
			"ALTER TABLE goose_db_version ADD COLUMN more int",
			"UPDATE goose_db_version SET version_id = 0",
			"CREATE SCHEMA more",
			"CREATE TEMPORARY TABLE more (id int)",
			"CREATE DATABASE more",
			"CREATE ROLE more",
			"SET ROLE " + ours.Owner,
		} {
			_, err := db.ExecContext(t.Context(), statement)
			require.Error(t, err, statement)
		}
	})

	t.Run("LetsNobodyElseIn", func(t *testing.T) {
		_, err := b.server(t, theirs, ours.Database)
		require.ErrorContains(t, err, "permission denied")
	})

	t.Run("SendsNoPasswordInClear", func(t *testing.T) {
		// PostgreSQL keeps a verifier as it is and would hash anything else.
		var stored string
		require.NoError(t, b.admin.GetContext(t.Context(), &stored, "SELECT rolpassword FROM pg_authid WHERE rolname = $1", ours.Role))
		salt, err := base64.StdEncoding.DecodeString(strings.FieldsFunc(stored, func(r rune) bool { return r == ':' || r == '$' })[2])
		require.NoError(t, err)
		want, err := verifierWithSalt(ours.Password, salt)
		require.NoError(t, err)
		require.Equal(t, want, stored)
	})

	t.Run("LimitsWhatTheServersTake", func(t *testing.T) {
		var limit int
		require.NoError(t, db.GetContext(t.Context(), &limit, "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"))
		require.Equal(t, connectionLimit(1), limit)
		for _, servers := range []int{10, 1} {
			group := ours
			group.Servers = servers
			_, err := b.cluster.Ensure(t.Context(), group)
			require.NoError(t, err)
			require.NoError(t, db.GetContext(t.Context(), &limit, "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"))
			require.Equal(t, connectionLimit(servers), limit, "it goes with the size of the group")
		}
		for setting, want := range map[string]string{
			"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s",
		} {
			var got string
			require.NoError(t, db.GetContext(t.Context(), &got, "SELECT current_setting($1)", setting))
			require.Equal(t, want, got, setting)
		}
	})

	t.Run("ChangesNothingTheSecondTime", func(t *testing.T) {
		before := b.describe(t, ours)
		outcome, err := b.cluster.Ensure(t.Context(), ours)
		require.NoError(t, err)
		require.False(t, outcome.Created)
		require.Equal(t, before, b.describe(t, ours))
	})

	t.Run("MigratesAnOlderDatabase", func(t *testing.T) {
		old := newCredentials()
		for _, statement := range []string{
			"CREATE ROLE " + old.Owner, "GRANT " + old.Owner + " TO CURRENT_USER",
			"CREATE DATABASE " + old.Database + " TEMPLATE template0 OWNER " + old.Owner,
		} {
			_, err := b.cluster.db.ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
		outcome, err := b.cluster.Ensure(t.Context(), old)
		require.NoError(t, err)
		require.Equal(t, Outcome{Created: false, SchemaVersion: migration.Needed(migration.Solution)}, outcome)
		require.Equal(t, b.describe(t, ours), b.describe(t, old))
	})

	t.Run("ReplacesADatabaseWhoseDropWasCutOff", func(t *testing.T) {
		cut := newCredentials()
		_, err := b.cluster.Ensure(t.Context(), cut)
		require.NoError(t, err)
		_, err = b.admin.ExecContext(t.Context(), "UPDATE pg_database SET datconnlimit = -2 WHERE datname = $1", cut.Database)
		require.NoError(t, err)
		outcome, err := b.cluster.Ensure(t.Context(), cut)
		require.NoError(t, err)
		require.True(t, outcome.Created)
		require.Equal(t, b.describe(t, ours), b.describe(t, cut))
	})

	t.Run("SaysWhichPrivilegeIsMissing", func(t *testing.T) {
		_, err := b.admin.ExecContext(t.Context(), "ALTER ROLE "+b.role()+" NOCREATEROLE")
		require.NoError(t, err)
		_, err = b.cluster.Ensure(t.Context(), newCredentials())
		require.ErrorContains(t, err, "cannot create the owner role")
		require.ErrorContains(t, err, "permission denied to create role")
		require.True(t, fault.Is(err, fault.Conflict), "another attempt would be in vain")
		_, err = b.admin.ExecContext(t.Context(), "ALTER ROLE "+b.role()+" CREATEROLE")
		require.NoError(t, err)
	})
}

func TestEnsureAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	same, other := newCredentials(), newCredentials()
	created := make([]bool, 4)
	var group errgroup.Group
	for i, credentials := range []tenants.GroupCredentials{same, same, same, other} {
		cluster := b.cluster
		if i == 1 {
			cluster = b.open(t) // another control plane
		}
		group.Go(func() error {
			outcome, err := cluster.Ensure(t.Context(), credentials)
			created[i] = outcome.Created
			return err
		})
	}
	require.NoError(t, group.Wait())
	count := 0
	for _, c := range created[:3] {
		if c {
			count++
		}
	}
	require.Equal(t, 1, count)
	require.True(t, created[3])
	require.Equal(t, b.describe(t, other), b.describe(t, same))
}

func TestEnsureEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	credentials := newCredentials()
	release := make(chan struct{})
	holding := make(chan struct{})
	var group errgroup.Group
	group.Go(func() error {
		return b.cluster.locked(t.Context(), credentials.Database, func(context.Context, *sqlx.Conn) error {
			close(holding)
			<-release
			return nil
		})
	})
	<-holding
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := b.open(t).Ensure(ctx, credentials)
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	close(release)
	require.NoError(t, group.Wait())
}

func (b *testBundle) role() string {
	u, _ := url.Parse(b.controlURL)
	return u.User.Username()
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := 0
	ask := func(context.Context) error { asked++; return nil }
	away := errors.New("the control database is away")

	require.ErrorIs(t, b.cluster.Upgrade(t.Context(), func(context.Context) error { return away }), away)
	require.NoError(t, b.cluster.Upgrade(t.Context(), ask))
	require.Equal(t, 1, asked, "a failure is no upgrade")
	require.NoError(t, b.cluster.Upgrade(t.Context(), ask))
	require.Equal(t, 1, asked, "the schema is known")

	b.cluster.fingerprint = "of a newer schema"
	require.NoError(t, b.cluster.Upgrade(t.Context(), ask))
	require.Equal(t, 2, asked)
}
