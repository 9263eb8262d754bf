package historypg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

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

// Session lends a session.
func (s *Store) Session(ctx context.Context, do func(*Session) error) error {
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("connect to the history: %w", postgres.Classify(err))
	}
	defer func() { _ = conn.Close() }() // back into the pool
	return do(&Session{conn: conn})
}

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
