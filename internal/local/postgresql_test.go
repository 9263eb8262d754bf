package local_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/osprocess"
	"github.com/switchyard/switchyard/internal/postgres"
)

// startPostgreSQL starts a server that is stopped, and its folder removed, when
// the test ends.
func startPostgreSQL(t *testing.T, o local.PostgreSQLOptions) *local.PostgreSQL {
	t.Helper()
	if o.Port == 0 { // not the default one, for which the tests would compete
		port, err := local.FreePort(0)
		require.NoError(t, err)
		o.Port = port
	}
	p, err := local.StartPostgreSQL(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { p.Stop(context.Background()) })
	return p
}

// openFolder returns a folder that other users can reach, as t.TempDir is not.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "switchyard-test-") //nolint:usetesting // see above
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, local.RemovePostgreSQL(dir)) })
	return dir
}

func execute(t *testing.T, p *local.PostgreSQL, statement string) {
	t.Helper()
	db, err := postgres.Open(t.Context(), p.URL, postgres.Options{MaxOpen: 1})
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()

	t.Run("KeepsItsDataOverStopAndStart", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		p := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
		execute(t, p, "CREATE TABLE kept (n int)")
		p.Stop(t.Context())
		p = startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir, Port: p.Port})
		execute(t, p, "INSERT INTO kept VALUES (1)")
	})

	t.Run("AddsToItsLogInSmallPieces", func(t *testing.T) {
		t.Parallel()
		p := startPostgreSQL(t, local.PostgreSQLOptions{Dir: openFolder(t)})
		execute(t, p, `DO $$ BEGIN ASSERT current_setting('wal_segment_size') = '1MB', current_setting('wal_segment_size'); END $$`)
	})

	t.Run("TakesAnotherPortWhenItsOwnIsInUse", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer taken.Close()
		port := taken.Addr().(*net.TCPAddr).Port
		p := startPostgreSQL(t, local.PostgreSQLOptions{Dir: openFolder(t), Port: port})
		require.NotEqual(t, port, p.Port)
	})

	t.Run("ComesBackWhenItIsKilled", func(t *testing.T) {
		t.Parallel()
		p := startPostgreSQL(t, local.PostgreSQLOptions{Dir: openFolder(t)})
		execute(t, p, "CREATE TABLE kept (n int)")
		require.NoError(t, identify(t, p.Process).End(t.Context(), 9, time.Second))
		require.NoError(t, p.Await(t.Context(), func(ctx context.Context) error {
			db, err := postgres.Open(ctx, p.URL, postgres.Options{MaxOpen: 1})
			if err != nil {
				return err
			}
			return db.Close()
		}))
		execute(t, p, "INSERT INTO kept VALUES (1)")
	})

	t.Run("EndsTheServerOfAKilledPredecessorAndKeepsItsPort", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		left := killedPredecessor(t, "postgresql", dir)
		require.True(t, left.Alive())
		successor := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir, Port: left.Port})
		require.False(t, left.Alive())
		require.Equal(t, left.Port, successor.Port)
		execute(t, successor, "SELECT 1")
	})

	t.Run("EndsItAlsoWhenOnlyTheDataFolderNamesIt", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		left := killedPredecessor(t, "postgresql", dir)
		require.NoError(t, os.Remove(filepath.Join(dir, "process.json")))
		execute(t, startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir}), "SELECT 1")
		require.False(t, left.Alive())
	})

	t.Run("RemovesALockThatNamesAForeignProcess", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		p := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
		p.Stop(t.Context())
		lock := fmt.Sprintf("%d\n%s\n", os.Getpid(), p.Data)
		require.NoError(t, os.WriteFile(filepath.Join(p.Data, "postmaster.pid"), []byte(lock), 0o644))
		startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
	})

	t.Run("RefusesADataFolderOfAnotherVersion", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9.6\n"), 0o644))
		_, err := local.StartPostgreSQL(t.Context(), local.PostgreSQLOptions{Dir: dir})
		require.ErrorContains(t, err, "is of PostgreSQL 9.6 and this machine has version")
	})

	t.Run("RefusesADataFolderWithoutItsKey", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir}).Stop(t.Context())
		require.NoError(t, os.Remove(filepath.Join(dir, "superuser.key")))
		_, err := local.StartPostgreSQL(t.Context(), local.PostgreSQLOptions{Dir: dir})
		require.ErrorContains(t, err, "has lost its key")
	})

	t.Run("InitialisesAnewWhatACrashLeftHalfMade", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.new-1", "base"), 0o700))
		startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
		require.NoDirExists(t, filepath.Join(dir, "data.new-1"))
	})

	t.Run("IsNotDisturbedByTheInitialisationOfAKilledPredecessor", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		killed := predecessor(t, "postgresql", dir)
		require.NoError(t, killed.Start())
		require.Eventually(t, func() bool {
			begun, err := filepath.Glob(filepath.Join(dir, "data.new-*", "base"))
			return err == nil && len(begun) > 0
		}, time.Minute, time.Millisecond)
		require.NoError(t, killed.Process.Kill())
		_ = killed.Wait() // killed
		startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
	})

	t.Run("RefusesTheWrongPassword", func(t *testing.T) {
		t.Parallel()
		p := startPostgreSQL(t, local.PostgreSQLOptions{Dir: openFolder(t)})
		_, err := postgres.Open(t.Context(), p.DatabaseURL("postgres", "wrong", "postgres"), postgres.Options{})
		require.ErrorContains(t, err, "password")
	})
}

func TestPostgreSQLAsRootUnderAPrivateFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs PostgreSQL as another user")
	}
	private := t.TempDir()
	require.NoError(t, os.Chmod(private, 0o700))
	dir := filepath.Join(private, "state")
	t.Cleanup(func() { require.NoError(t, local.RemovePostgreSQL(dir)) })

	first := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
	require.NotContains(t, first.Data, private)
	require.FileExists(t, filepath.Join(dir, "location"))

	t.Run("FindsItsDataAgain", func(t *testing.T) {
		execute(t, first, "CREATE TABLE kept (n int)")
		first.Stop(t.Context())
		second := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
		require.Equal(t, first.Data, second.Data)
		execute(t, second, "INSERT INTO kept VALUES (1)")
	})

	t.Run("BeginsAnewWhenTheStateFolderWasDeletedWhileItRan", func(t *testing.T) {
		running := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
		left, err := osprocess.Identify(running.PID())
		require.NoError(t, err)
		require.NoError(t, os.RemoveAll(dir))
		anew := startPostgreSQL(t, local.PostgreSQLOptions{Dir: dir})
		require.False(t, left.Alive())
		execute(t, anew, "CREATE TABLE kept (n int)")
	})
}
