package historypg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
)

var (
	_ history.Reader = (*Session)(nil)
	_ history.Marker = (*Session)(nil)
)

// Session is one connection: all that it does is done in the same state of the
// database. A pool could go on with another server after a failover.
type Session struct{ conn *sqlx.Conn }

// giveBackWithin bounds how long a session takes to end.
const giveBackWithin = 5 * time.Second

// Session lends a session. There is one at a time, so that the mark that it finds
// is not replaced before it sets its own; where there is another one, the error is
// a fault.Conflict "history-in-use".
func (s *Store) Session(ctx context.Context, do func(*Session) error) error {
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("connect to the history: %w", postgres.Classify(err))
	}
	defer func() { _ = conn.Close() }() // back into the pool
	var locked bool
	if err := conn.GetContext(ctx, &locked, `SELECT pg_try_advisory_lock($1)`, sessionsLock); err != nil {
		_ = conn.Raw(broken) // it may have been locked
		return fmt.Errorf("lock the history: %w", postgres.Classify(err))
	}
	if !locked {
		return fault.New(fault.Conflict, "history-in-use", "the history is taken over by another transfer at the moment")
	}
	defer unlock(ctx, conn)
	return do(&Session{conn: conn})
}

// unlock ends the connection where it cannot be unlocked: the lock ends with it.
func unlock(ctx context.Context, conn *sqlx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
	defer cancel()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, sessionsLock); err != nil {
		_ = conn.Raw(broken)
	}
}

// broken makes a pool end a connection.
func broken(any) error { return driver.ErrBadConn }

// Read implements history.Reader.
func (s *Session) Read(ctx context.Context, after int64, limit int) (history.Page, error) {
	return read(ctx, s.conn, after, limit)
}

// Mark implements history.Marker.
func (s *Session) Mark(ctx context.Context) (history.Mark, error) {
	var row struct {
		Mark     uuid.UUID `db:"mark"`
		Previous uuid.UUID `db:"previous"`
		Known    int64     `db:"transferred"`
	}
	err := s.conn.GetContext(ctx, &row, `SELECT mark, previous, transferred FROM history_mark`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return history.Mark{}, fmt.Errorf("read the mark of the history: %w", postgres.Classify(err))
	}
	return history.Mark{ID: row.Mark, Previous: row.Previous, Transferred: row.Known}, nil
}

// SetMark implements history.Marker.
func (s *Session) SetMark(ctx context.Context, m history.Mark) error {
	if _, err := s.conn.ExecContext(ctx, `
		INSERT INTO history_mark (mark, previous, transferred) VALUES ($1, $2, $3)
		ON CONFLICT (single) DO UPDATE SET mark = excluded.mark, previous = excluded.previous, transferred = excluded.transferred`,
		m.ID, m.Previous, m.Transferred); err != nil {
		return fmt.Errorf("set the mark of the history: %w", postgres.Classify(err))
	}
	return nil
}
