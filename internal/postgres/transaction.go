package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/sleep"
)

// attempts bounds how often a transaction is run when PostgreSQL asks for a
// repetition (serialization failure, deadlock).
const attempts = 5

// Unit is the work of one transaction. It may run several times: it must have no
// effect outside of tx but values that it sets anew each time.
type Unit func(ctx context.Context, tx *sqlx.Tx) error

// InTx runs unit in a transaction: committed when it returns nil, rolled back
// otherwise. A serialization failure or a deadlock runs it again, at most five
// times in all.
func InTx(ctx context.Context, db *sqlx.DB, unit Unit) error {
	for attempt := 1; ; attempt++ {
		err := once(ctx, db, unit)
		if err == nil || !wantsRepetition(err) || attempt == attempts {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func once(ctx context.Context, db *sqlx.DB, unit Unit) (err error) {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return Classify(err)
	}
	committed := false
	defer func() {
		if !committed {
			// The unit's error says what went wrong; a failed rollback only means
			// that the connection is gone, and the transaction with it.
			_ = tx.Rollback()
		}
	}()
	if err := unit(ctx, tx); err != nil {
		return withCause(ctx, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", Classify(withCause(ctx, err)))
	}
	committed = true
	return nil
}

// withCause says why a transaction is over that its context has ended: the pool
// tells only that it is.
func withCause(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil && errors.Is(err, sql.ErrTxDone) && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	return err
}

// pause waits up to 10, 20, 40 … ms, jittered so that rivals do not meet again.
func pause(ctx context.Context, attempt int) error {
	limit := 10 * time.Millisecond << (attempt - 1)
	if !sleep.For(ctx, time.Duration(rand.Int64N(int64(limit)))+time.Millisecond) {
		return context.Cause(ctx)
	}
	return nil
}

// everyTenant is the value of switchyard.tenant that row level security lets
// see all rows.
const everyTenant = "*"

// InTenant runs unit as InTx does, in a transaction that row level security
// confines to the rows of one tenant.
func InTenant[T ~string](ctx context.Context, db *sqlx.DB, tenant T, unit Unit) error {
	if tenant == "" || tenant == everyTenant {
		return errors.New("a transaction in a tenant needs the tenant's id")
	}
	return inScope(ctx, db, string(tenant), unit)
}

// InPlatform runs unit as InTx does, in a transaction that sees the rows of all
// tenants. It is for the platform's own work only: log-in by key, dispatching,
// nodes.
func InPlatform(ctx context.Context, db *sqlx.DB, unit Unit) error {
	return inScope(ctx, db, everyTenant, unit)
}

func inScope(ctx context.Context, db *sqlx.DB, tenant string, unit Unit) error {
	return InTx(ctx, db, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT set_config('switchyard.tenant', $1, true)", tenant); err != nil {
			return fmt.Errorf("set the transaction's tenant: %w", Classify(err))
		}
		return unit(ctx, tx)
	})
}
