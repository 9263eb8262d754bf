package serverpg

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/postgres"
)

// releaseTimeout bounds the good-bye; PostgreSQL frees the lock anyway when the
// connection is closed.
const releaseTimeout = 2 * time.Second

// leadership is an advisory lock, held by a connection of its own.
type leadership struct {
	conn *sqlx.Conn
	name string
}

// lockSpace keeps these locks apart from others in the database.
const lockSpace = "switchyard/lead/"

// Lead takes the advisory lock of that name unless another session has it.
func (s *Store) Lead(ctx context.Context, name string) (interactionserver.Leadership, bool, error) {
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("take the lead: %w", postgres.Classify(err))
	}
	var held bool
	if err := conn.GetContext(ctx, &held, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, lockSpace+name); err != nil || !held {
		_ = conn.Close() // gives it back to the pool; the first error counts
		if err != nil {
			err = fmt.Errorf("take the lead: %w", postgres.Classify(err))
		}
		return nil, false, err
	}
	return &leadership{conn: conn, name: name}, true, nil
}

// Held asks the session that has the lock whether it is still there.
func (l *leadership) Held(ctx context.Context) error {
	if err := l.conn.PingContext(ctx); err != nil {
		return fmt.Errorf("the lead is lost: %w", postgres.Classify(err))
	}
	return nil
}

// Release gives the lock back.
func (l *leadership) Release() {
	ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
	defer cancel()
	_, err := l.conn.ExecContext(ctx, `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, lockSpace+l.name)
	if err != nil {
		// The session must not go back to the pool with the lock on it.
		_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = l.conn.Close()
}
