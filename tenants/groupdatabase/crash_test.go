package groupdatabase

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

// The environment of the child process of TestEnsureAfterACrash.
const (
	crashURL      = "GROUPDATABASE_CRASH_URL"
	crashPoint    = "GROUPDATABASE_CRASH_POINT"
	crashDatabase = "GROUPDATABASE_CRASH_DATABASE" // name, password, fingerprint
)

// TestEnsureAfterACrash cuts Ensure off around every step, in the three ways in
// which a step can go wrong, and calls it again: it must end in the state that an
// undisturbed call ends in.
func TestEnsureAfterACrash(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var points []string
	b.cluster.interrupt = func(point string) error {
		points = append(points, point)
		return nil
	}
	undisturbed := newCredentials()
	_, err := b.cluster.Ensure(t.Context(), undisturbed)
	require.NoError(t, err)
	require.Len(t, points, 22, "the template's and the database's steps")
	want := b.describe(t, undisturbed)

	for i, point := range points {
		when, step, _ := strings.Cut(point, ": ")
		if when == "before" && i > 0 {
			continue // the state is that after the step before
		}
		ways := map[string]string{"before": "Error", "after": "Timeout"}
		t.Run(ways[when]+"/"+step, func(t *testing.T) {
			t.Parallel()
			b, credentials := b.fresh(t, step), newCredentials()
			b.cluster.interrupt = func(now string) error {
				if now == point {
					return errors.New("injected")
				}
				return nil
			}
			_, err := b.cluster.Ensure(t.Context(), credentials)
			require.ErrorContains(t, err, "injected")
			b.requireRepaired(t, credentials, want)
		})
		if when == "before" {
			continue
		}
		t.Run("Kill/"+step, func(t *testing.T) {
			t.Parallel()
			b, credentials := b.fresh(t, step), newCredentials()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
			child.Env = append(os.Environ(), crashURL+"="+b.controlURL, crashPoint+"="+point,
				crashDatabase+"="+strings.Join([]string{credentials.Database, credentials.Password, b.cluster.fingerprint}, " "))
			output, err := child.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, string(output))
			require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), string(output))
			b.requireRepaired(t, credentials, want)
		})
	}
}

// TestCrash is the child process: it kills itself at the point that it is told.
func TestCrash(t *testing.T) {
	point, in := os.LookupEnv(crashPoint)
	if !in {
		t.Skip("runs as the child of TestEnsureAfterACrash")
	}
	given := strings.Fields(os.Getenv(crashDatabase))
	name, password := given[0], given[1]
	cluster, err := Open(t.Context(), os.Getenv(crashURL), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	cluster.fingerprint = given[2]
	cluster.interrupt = func(now string) error {
		if now == point {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	_, err = cluster.Ensure(t.Context(), tenants.GroupCredentials{
		Database: name, Owner: name + "_owner", Role: name + "_app", Password: password,
	})
	require.NoError(t, err)
	t.Fatal("survived", point)
}

// fresh returns b with a cluster of its own, which has no template yet when the
// step is one of the template's.
func (b *testBundle) fresh(t *testing.T, step string) *testBundle {
	t.Helper()
	fresh := &testBundle{admin: b.admin, controlURL: b.controlURL, cluster: b.open(t)}
	if strings.Contains(step, "template") {
		fresh.cluster.fingerprint = randomHex()
	}
	return fresh
}

func (b *testBundle) requireRepaired(t *testing.T, credentials tenants.GroupCredentials, want description) {
	t.Helper()
	b.cluster.interrupt = func(string) error { return nil }
	_, err := b.cluster.Ensure(t.Context(), credentials)
	require.NoError(t, err)
	require.Equal(t, want, b.describe(t, credentials))
	db, err := b.server(t, credentials, credentials.Database)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// description is all that matters of a finished database, its own names replaced.
type description struct {
	Database, Roles, Members, Objects, Defaults []string
}

func (b *testBundle) describe(t *testing.T, of tenants.GroupCredentials) description {
	t.Helper()
	inside := postgrestest.Open(t, adminURL(t, of.Database))
	defer inside.Close()
	list := func(query string, args ...any) []string {
		var rows []string
		require.NoError(t, sqlx.SelectContext(t.Context(), inside, &rows, query, args...))
		replace := strings.NewReplacer(of.Database, "sw_x", b.role(), "control")
		for i := range rows {
			rows[i] = replace.Replace(rows[i])
		}
		return rows
	}
	return description{
		Database: list(`SELECT concat_ws(' ', datname, pg_get_userbyid(datdba), datistemplate, datallowconn, datconnlimit, datacl::text)
			FROM pg_database WHERE datname = current_database()`),
		Roles: list(`SELECT concat_ws(' ', rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolconfig::text)
			FROM pg_roles WHERE rolname IN ($1, $2) ORDER BY 1`, of.Owner, of.Role),
		Members: list(`SELECT concat_ws(' ', roleid::regrole, member::regrole)
			FROM pg_auth_members WHERE roleid IN ($1::regrole, $2::regrole)`, of.Owner, of.Role),
		Objects: list(`SELECT concat_ws(' ', relkind, relname, pg_get_userbyid(relowner), relacl::text)
			FROM pg_class WHERE relnamespace = 'public'::regnamespace
			UNION ALL SELECT concat_ws(' ', nspname, pg_get_userbyid(nspowner), nspacl::text) FROM pg_namespace WHERE nspname = 'public'
			UNION ALL SELECT concat_ws(' ', proname, pg_get_userbyid(proowner), proacl::text)
			FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`),
		Defaults: list(`SELECT concat_ws(' ', pg_get_userbyid(defaclrole), defaclobjtype, defaclacl::text) FROM pg_default_acl ORDER BY 1`),
	}
}

func adminURL(t *testing.T, database string) string {
	t.Helper()
	before, _, _ := strings.Cut(postgrestest.Admin(t), "?")
	return before[:strings.LastIndex(before, "/")+1] + database + "?sslmode=disable"
}
