package serverpg

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/postgres"
)

const (
	// beatEvery is how often the leader's session gives a sign of life.
	beatEvery = 1500 * time.Millisecond
	// fresh is how long a sign of life counts.
	fresh = 2 * time.Second
	// releaseTimeout bounds the good-bye; PostgreSQL frees the lock anyway when the
	// connection is closed.
	releaseTimeout = 2 * time.Second
)

// leadership is an advisory lock, held by a session of its own. PostgreSQL ends the
// session, and frees the lock, when it was idle for four seconds: the process is
// stopped, or its host is gone without a word. What a leader does that has not
// noticed yet is harmless: the conditions of the statements decide, see
// interactionserver.Matching.
type leadership struct {
	name  string
	stop  context.CancelFunc
	beats sync.WaitGroup

	mu      sync.Mutex
	conn    *sqlx.Conn
	heldAt  time.Time // by the monotonic clock, which goes on while a process is stopped
	failure error     // the lead is lost
}

// lockSpace keeps these locks apart from others in the database.
const lockSpace = "switchyard/lead/"

// In one statement, so that the lock is never held without the time-out.
const takeLead = `SELECT CASE WHEN pg_try_advisory_lock(hashtextextended($1, 0))
	THEN set_config('idle_session_timeout', '4s', false) IS NOT NULL ELSE false END`

// Lead takes the advisory lock of that name unless another session has it.
func (s *Store) Lead(ctx context.Context, name string) (interactionserver.Leadership, bool, error) {
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("take the lead: %w", postgres.Classify(err))
	}
	asked := time.Now()
	var held bool
	if err := conn.GetContext(ctx, &held, takeLead, lockSpace+name); err != nil || !held {
		_ = conn.Close() // gives it back to the pool; the first error counts
		if err != nil {
			err = fmt.Errorf("take the lead: %w", postgres.Classify(err))
		}
		return nil, false, err
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &leadership{conn: conn, name: name, stop: stop, heldAt: asked}
	l.beats.Go(func() { l.beat(beating) })
	return l, true, nil
}

// beat keeps the session from being idle until ctx ends or the lead is lost.
func (l *leadership) beat(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		l.mu.Lock()
		err := l.ask(ctx)
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Held asks the session that has the lock whether it is still there, unless it has
// just said so.
func (l *leadership) Held(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure == nil && time.Since(l.heldAt) < fresh {
		return nil
	}
	return l.ask(ctx)
}

// ask is called with the lock on mu.
func (l *leadership) ask(ctx context.Context) error {
	if l.failure != nil {
		return l.failure
	}
	asked := time.Now()
	if err := l.conn.PingContext(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		l.failure = fmt.Errorf("the lead is lost: %w", postgres.Classify(err))
		return l.failure
	}
	l.heldAt = asked
	return nil
}

// Release gives the lock back. The session ends, as it has a time-out that others
// in the pool have not.
func (l *leadership) Release() {
	l.stop()
	l.beats.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
	defer cancel()
	_, _ = l.conn.ExecContext(ctx, `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, lockSpace+l.name)
	_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = l.conn.Close()
}
