package postgres_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

// ice is in front of a database, and holds back what it says from Freeze on. The
// kernel acknowledges what is sent to it, as that of a stopped process does.
type ice struct {
	URL    string
	frozen chan struct{}
	once   sync.Once
}

func (i *ice) Freeze() { i.once.Do(func() { close(i.frozen) }) }

func newIce(t *testing.T, databaseURL string) *ice {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	server := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	u.Host = listener.Addr().String()
	i := &ice{URL: u.String(), frozen: make(chan struct{})}
	over := make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { i.serve(client, server, over) })
		}
	})
	t.Cleanup(func() {
		close(over)
		_ = listener.Close()
		serving.Wait()
	})
	return i
}

func (i *ice) serve(client net.Conn, server string, over <-chan struct{}) {
	defer client.Close()
	database, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer database.Close()
	var copying sync.WaitGroup
	copying.Go(func() { _, _ = io.Copy(database, client) })
	ended := make(chan struct{})
	copying.Go(func() {
		defer close(ended)
		_, _ = io.Copy(client, thawed{database, i.frozen})
	})
	select {
	case <-over:
	case <-ended:
	}
	_, _ = client.Close(), database.Close()
	copying.Wait()
}

// thawed reads until it is frozen; then it reads on and drops what comes.
type thawed struct {
	io.Reader
	frozen <-chan struct{}
}

func (r thawed) Read(into []byte) (int, error) {
	for {
		n, err := r.Reader.Read(into)
		select {
		case <-r.frozen:
			if err != nil {
				return 0, err
			}
		default:
			return n, err
		}
	}
}

func TestAFrozenServerIsGivenUp(t *testing.T) {
	t.Parallel()
	frozen := func(t *testing.T, statements time.Duration) *sqlx.DB {
		t.Helper()
		ice := newIce(t, postgrestest.Empty(t))
		db, err := postgres.Open(t.Context(), ice.URL, postgres.Options{MaxOpen: 2, StatementTimeout: statements})
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		ice.Freeze()
		return db
	}
	select1 := func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, "SELECT 1")
		return err
	}

	const soon = 300 * time.Millisecond
	ended := func(t *testing.T, begun time.Time, err error) {
		t.Helper()
		require.True(t, fault.Is(postgres.Classify(err), fault.Unavailable), "%v", err)
		require.Less(t, time.Since(begun), soon+4*time.Second, "connect_timeout, which is 5 s, is not waited for")
	}

	t.Run("WithTheTimeOfStatements", func(t *testing.T) {
		t.Parallel()
		db := frozen(t, soon)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := postgres.Classify(postgres.InTx(ctx, db, select1))
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
		require.NoError(t, ctx.Err(), "it ends long before its context")
	})

	t.Run("WithTheContextOfABegin", func(t *testing.T) {
		t.Parallel()
		db := frozen(t, time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		begun := time.Now()
		ended(t, begun, postgres.InTx(ctx, db, select1))
	})

	t.Run("WithTheContextOfAStatement", func(t *testing.T) {
		t.Parallel()
		db := frozen(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		begun := time.Now()
		_, err := db.ExecContext(ctx, "SELECT $1::int", 1)
		ended(t, begun, err)
	})

	t.Run("WithTheContextOfACommit", func(t *testing.T) {
		t.Parallel()
		ice := newIce(t, postgrestest.Empty(t))
		db, err := postgres.Open(t.Context(), ice.URL, postgres.Options{})
		require.NoError(t, err)
		defer db.Close()
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		begun := time.Now()
		ended(t, begun, postgres.InTx(ctx, db, func(ctx context.Context, tx *sqlx.Tx) error {
			defer ice.Freeze()
			return select1(ctx, tx)
		}))
	})

	t.Run("WithTheContextThatWantsANewConnection", func(t *testing.T) {
		t.Parallel()
		db := frozen(t, 0)
		db.SetMaxIdleConns(0)
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		begun := time.Now()
		ended(t, begun, postgres.InTx(ctx, db, select1))
	})
}
