package controldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/fault"
)

// SQLSTATE codes of values that no stored value can equal; PostgreSQL's
// documentation, appendix A.
const (
	characterNotInRepertoire  = "22021" // a NUL, or no UTF-8
	invalidTextRepresentation = "22P02" // no UUID
)

// IsMalformed reports whether a statement failed because a value has no form that
// could be stored: what it is compared with does not exist.
func IsMalformed(err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	code := string(pqErr.Code)
	return code == characterNotInRepertoire || code == invalidTextRepresentation
}

// One reads the one row of a query; missing is the error where there is none.
func One[T any](ctx context.Context, tx *sqlx.Tx, missing error, query string, args ...any) (T, error) {
	var row T
	err := tx.GetContext(ctx, &row, query, args...)
	switch {
	case err == nil:
		return row, nil
	case errors.Is(err, sql.ErrNoRows), IsMalformed(err):
		return row, missing
	default:
		return row, fmt.Errorf("read: %w", err)
	}
}

// Many reads all rows of a query. A cursor or a filter that no stored value can
// equal is a fault Invalid.
func Many[T any](ctx context.Context, tx *sqlx.Tx, query string, args ...any) ([]T, error) {
	var rows []T
	err := tx.SelectContext(ctx, &rows, query, args...)
	if IsMalformed(err) {
		return nil, fault.New(fault.Invalid, "malformed-filter", "the cursor or a filter is malformed").Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return rows, nil
}

// Exec runs a statement and returns the number of rows that it changed.
func Exec(ctx context.Context, tx *sqlx.Tx, statement string, args ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return result.RowsAffected()
}

// maxArguments bounds those of one statement; PostgreSQL takes 65,535.
const maxArguments = 10_000

// Insert writes rows by as few statements as their number allows. into is the
// table with its columns: "nodes (tenant_id, name)".
func Insert(ctx context.Context, tx *sqlx.Tx, into string, rows ...[]any) error {
	if len(rows) == 0 {
		return nil
	}
	for some := range slices.Chunk(rows, max(1, maxArguments/len(rows[0]))) {
		var statement strings.Builder
		statement.WriteString("INSERT INTO " + into + " VALUES ")
		args := make([]any, 0, len(some)*len(some[0]))
		for i, row := range some {
			for j, value := range row {
				args = append(args, value)
				statement.WriteString(separator(i, j) + "$" + strconv.Itoa(len(args)))
			}
			statement.WriteByte(')')
		}
		if _, err := Exec(ctx, tx, statement.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// separator stands before a value of the list of rows.
func separator(row, column int) string {
	switch {
	case column > 0:
		return ", "
	case row > 0:
		return ", ("
	default:
		return "("
	}
}
