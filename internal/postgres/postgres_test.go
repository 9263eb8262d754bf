package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

func TestOpen(t *testing.T) {
	t.Parallel()

	t.Run("NamesItselfAndBoundsStatements", func(t *testing.T) {
		t.Parallel()
		db, err := postgres.Open(t.Context(), postgrestest.Empty(t), postgres.Options{Name: "some-name", StatementTimeout: 250 * time.Millisecond})
		require.NoError(t, err)
		defer db.Close()
		var name, timeout string
		require.NoError(t, db.QueryRowxContext(t.Context(),
			"SELECT current_setting('application_name'), current_setting('statement_timeout')").Scan(&name, &timeout))
		require.Equal(t, "some-name", name)
		require.Equal(t, "250ms", timeout)

		_, err = db.ExecContext(t.Context(), "SELECT pg_sleep(10)")
		require.True(t, postgres.IsUnavailable(err), "%v", err)
	})

	refused := []struct {
		name, give string
		want       string
	}{
		{name: "ForeignScheme", give: "mysql://u:geheim@127.0.0.1/x", want: "looks like postgres://"},
		{name: "NoURL", give: "host=127.0.0.1 password=geheim", want: "looks like postgres://"},
		{name: "UnknownMode", give: "postgres://u:geheim@127.0.0.1/x?sslmode=geheim", want: "unusable parameters"},
		{name: "NobodyThere", give: "postgres://u:geheim@127.0.0.1:1/x", want: "connect to database 127.0.0.1:1/x"},
	}
	for _, test := range refused {
		t.Run("ShowsNoPassword/"+test.name, func(t *testing.T) {
			t.Parallel()
			_, err := postgres.Open(t.Context(), test.give, postgres.Options{})
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "geheim")
		})
	}

	t.Run("GivesUpOnAServerThatDoesNotAnswer", func(t *testing.T) {
		t.Parallel()
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer silent.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err = postgres.Open(ctx, "postgres://u@"+silent.Addr().String()+"/x", postgres.Options{})
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	})
}

func TestCheckDurabilityPassesOnAServerWithItsDefaults(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.Empty(t))
	require.NoError(t, postgres.CheckDurability(t.Context(), db))

	t.Run("AndFailsWhereCommitsAreNotWaitedFor", func(t *testing.T) {
		u, err := url.Parse(postgrestest.Empty(t))
		require.NoError(t, err)
		query := u.Query()
		query.Set("synchronous_commit", "off")
		u.RawQuery = query.Encode()
		require.ErrorContains(t, postgres.CheckDurability(t.Context(), postgrestest.Open(t, u.String())), "synchronous_commit = off")
	})
}

func TestInTx(t *testing.T) {
	t.Parallel()

	t.Run("RollsBackWhenTheUnitFails", func(t *testing.T) {
		t.Parallel()
		db := withCounter(t)
		failure := errors.New("no")
		err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE counter SET n = 99")
			return errors.Join(err, failure)
		})
		require.ErrorIs(t, err, failure)
		require.Zero(t, counter(t, db))
	})

	t.Run("RollsBackWhenTheUnitPanics", func(t *testing.T) {
		t.Parallel()
		db := withCounter(t)
		require.Panics(t, func() {
			_ = postgres.InTx(t.Context(), db, func(ctx context.Context, tx *sqlx.Tx) error {
				_, _ = tx.ExecContext(ctx, "UPDATE counter SET n = 99")
				panic("no")
			})
		})
		require.Zero(t, counter(t, db))
		require.Zero(t, db.Stats().InUse)
	})

	t.Run("RepeatsWhatFailedToSerialise", func(t *testing.T) {
		t.Parallel()
		db := withCounter(t)
		var group errgroup.Group
		for range 3 {
			group.Go(func() error {
				return postgres.InTx(t.Context(), db, func(ctx context.Context, tx *sqlx.Tx) error {
					if _, err := tx.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
						return err
					}
					var n int
					if err := tx.GetContext(ctx, &n, "SELECT n FROM counter"); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, "UPDATE counter SET n = $1", n+1)
					return err
				})
			})
		}
		require.NoError(t, group.Wait())
		require.Equal(t, 3, counter(t, db))
	})

	t.Run("SaysThatItsTimeIsOver", func(t *testing.T) {
		t.Parallel()
		db := withCounter(t)
		for name, end := range map[string]func(context.Context, *sqlx.Tx) error{
			"InAStatement": func(ctx context.Context, tx *sqlx.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE counter SET n = 1")
				return err
			},
			"InTheCommit": func(context.Context, *sqlx.Tx) error { return nil },
		} {
			// The pool ends a transaction with its context, and says no more of it than
			// that it has ended.
			over := func(ctx context.Context) error {
				return postgres.InTx(ctx, db, func(ctx context.Context, tx *sqlx.Tx) error {
					<-ctx.Done()
					for {
						if _, err := tx.ExecContext(context.Background(), "SELECT 1"); errors.Is(err, sql.ErrTxDone) {
							return end(ctx, tx)
						}
					}
				})
			}
			late, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			require.True(t, fault.Is(postgres.Classify(over(late)), fault.Unavailable), name)
			given, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			require.ErrorIs(t, over(given), context.Canceled, name)
			require.Zero(t, counter(t, db), name)
		}
	})

	t.Run("GivesUpAfterFiveTimes", func(t *testing.T) {
		t.Parallel()
		db := withCounter(t)
		runs := 0
		err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx *sqlx.Tx) error {
			runs++
			_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION USING errcode = 'serialization_failure'; END $$")
			return err
		})
		require.Error(t, err)
		require.Equal(t, 5, runs)
	})
}

func TestTenantOfATransaction(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.Empty(t))
	_, err := db.ExecContext(t.Context(), `
		CREATE TABLE thing (tenant_id text, name text);
		ALTER TABLE thing ENABLE ROW LEVEL SECURITY;
		ALTER TABLE thing FORCE ROW LEVEL SECURITY;
		CREATE POLICY tenant ON thing USING (tenant_id = current_setting('switchyard.tenant', true)
			OR current_setting('switchyard.tenant', true) = '*')`)
	require.NoError(t, err)
	names := func(names *[]string) postgres.Unit {
		return func(ctx context.Context, tx *sqlx.Tx) error {
			*names = nil
			return tx.SelectContext(ctx, names, "SELECT name FROM thing ORDER BY name")
		}
	}
	insert := func(tenant, name string) postgres.Unit {
		return func(ctx context.Context, tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO thing VALUES ($1, $2)", tenant, name)
			return err
		}
	}
	require.NoError(t, postgres.InTenant(t.Context(), db, "a", insert("a", "of-a")))
	require.NoError(t, postgres.InTenant(t.Context(), db, "b", insert("b", "of-b")))
	require.ErrorContains(t, postgres.InTenant(t.Context(), db, "a", insert("b", "smuggled")), "row-level security")

	var seen []string
	require.NoError(t, postgres.InTenant(t.Context(), db, "a", names(&seen)))
	require.Equal(t, []string{"of-a"}, seen)
	require.NoError(t, postgres.InPlatform(t.Context(), db, names(&seen)))
	require.Equal(t, []string{"of-a", "of-b"}, seen)
	require.NoError(t, postgres.InTx(t.Context(), db, names(&seen)))
	require.Empty(t, seen, "the tenant ends with its transaction")

	require.Error(t, postgres.InTenant(t.Context(), db, "", names(&seen)))
	require.Error(t, postgres.InTenant(t.Context(), db, "*", names(&seen)))
}

func TestClassify(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.Empty(t))
	_, err := db.ExecContext(t.Context(), "CREATE TABLE once (n int CONSTRAINT once_n_key UNIQUE); INSERT INTO once VALUES (1)")
	require.NoError(t, err)

	t.Run("KnowsAUniqueConstraintByName", func(t *testing.T) {
		t.Parallel()
		_, err := db.ExecContext(t.Context(), "INSERT INTO once VALUES (1)")
		require.True(t, postgres.IsUniqueViolation(err, "once_n_key"))
		require.True(t, postgres.IsUniqueViolation(err, ""))
		require.False(t, postgres.IsUniqueViolation(err, "other"))
		require.Equal(t, err, postgres.Classify(err))
	})

	t.Run("ASessionThatWasEndedIsUnavailable", func(t *testing.T) {
		t.Parallel()
		_, err := db.ExecContext(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
		classified := postgres.Classify(err)
		require.True(t, fault.Is(classified, fault.Unavailable), "%v", err)
		f, _ := fault.As(classified)
		require.NotContains(t, f.Message, "terminat", "the cause stays hidden")
	})

	t.Run("ACallerWhoGaveUpIsNot", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := db.ExecContext(ctx, "SELECT 1")
		require.ErrorIs(t, postgres.Classify(err), context.Canceled)
		require.False(t, postgres.IsUnavailable(err))
	})

	t.Run("LeavesOtherErrorsAsTheyAre", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, postgres.Classify(nil))
		own := fault.New(fault.NotFound, "x", "y")
		require.Equal(t, error(own), postgres.Classify(own))
	})
}

// withCounter returns a database with the table counter, one row of 0.
func withCounter(t *testing.T) *sqlx.DB {
	t.Helper()
	db := postgrestest.Open(t, postgrestest.Empty(t))
	_, err := db.ExecContext(t.Context(), "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
	require.NoError(t, err)
	return db
}

func counter(t *testing.T, db *sqlx.DB) int {
	t.Helper()
	var n int
	require.NoError(t, db.GetContext(t.Context(), &n, "SELECT n FROM counter"))
	return n
}
