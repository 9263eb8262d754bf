package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// Copier copies rows in the transaction that it belongs to: what the driver can do
// and database/sql cannot.
type Copier struct{ connection *sqlx.Conn }

// CopyingUnit is a Unit that copies too.
type CopyingUnit func(ctx context.Context, tx *sqlx.Tx, c Copier) error

// mostStale bounds the connections of a pool that may have died since they were
// used.
const mostStale = 32

// InTxCopying is InTx for a unit that copies.
func InTxCopying(ctx context.Context, db *sqlx.DB, unit CopyingUnit) error {
	for attempt := 1; ; attempt++ {
		err := onConnection(ctx, db, unit)
		if !errors.Is(err, errStale) || attempt == mostStale {
			return err
		}
	}
}

// errStale says that a connection of the pool was dead and nothing was done.
var errStale = errors.New("the connection was dead")

func onConnection(ctx context.Context, db *sqlx.DB, unit CopyingUnit) error {
	connection, err := db.Connx(ctx)
	if err != nil {
		return Classify(err)
	}
	defer connection.Close()
	return inTx(ctx, checked{connection}, func(ctx context.Context, tx *sqlx.Tx) error { return unit(ctx, tx, Copier{connection}) })
}

// checked tells dead connections apart, which a pool would pass over.
type checked struct{ *sqlx.Conn }

func (c checked) BeginTxx(ctx context.Context, o *sql.TxOptions) (*sqlx.Tx, error) {
	tx, err := c.Conn.BeginTxx(ctx, o)
	if errors.Is(err, driver.ErrBadConn) {
		return nil, errors.Join(errStale, err)
	}
	return tx, err
}

// Copy runs a statement COPY … FROM STDIN with rows in its text format, each of
// which ends its line. It ends with the transaction's statement_timeout, not with
// ctx.
func (c Copier) Copy(ctx context.Context, statement, rows string) error {
	return c.connection.Raw(func(connection any) error {
		preparer, ok := connection.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the driver's %T cannot prepare", connection)
		}
		prepared, err := preparer.PrepareContext(ctx, statement)
		if err != nil {
			return err
		}
		copying, ok := prepared.(interface {
			CopyData(ctx context.Context, line string) (driver.Result, error)
		})
		if !ok {
			return errors.Join(fmt.Errorf("the driver's %T cannot copy", prepared), prepared.Close())
		}
		// It ends the line itself.
		_, err = copying.CopyData(ctx, rows[:max(len(rows)-1, 0)])
		// Closing ends the copy, and waits for the server's word.
		return errors.Join(err, prepared.Close())
	})
}

// AppendCopied appends a text as COPY reads it.
func AppendCopied(to []byte, text string) []byte {
	start := 0
	for i := range len(text) {
		var escaped byte
		switch text[i] {
		case '\\':
			escaped = '\\'
		case '\n':
			escaped = 'n'
		case '\r':
			escaped = 'r'
		case '\t':
			escaped = 't'
		default:
			continue
		}
		to = append(append(to, text[start:i]...), '\\', escaped)
		start = i + 1
	}
	return append(to, text[start:]...)
}
