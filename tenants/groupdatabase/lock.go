package groupdatabase

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/jmoiron/sqlx"
)

const unlockTimeout = 5 * time.Second

// locked runs fn while no other control plane works on the object called name.
// The lock and the work share one connection: when it breaks, neither goes on.
func (c *Cluster) locked(ctx context.Context, name string, fn func(ctx context.Context, conn *sqlx.Conn) error) error {
	conn, err := c.db.Connx(ctx)
	if err != nil {
		return failed("connect to PostgreSQL", name, err)
	}
	defer conn.Close()
	const key = "hashtextextended('switchyard/' || $1, 0)"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+key+")", name); err != nil {
		discard(conn)
		return failed("wait for the lock", name, err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
		defer cancel()
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock("+key+")", name); err != nil {
			discard(conn)
		}
	}()
	return fn(ctx, conn)
}

// discard closes the connection instead of giving it back to the pool, which
// releases its locks.
func discard(conn *sqlx.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}
