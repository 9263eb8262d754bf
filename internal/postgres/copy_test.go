package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

func TestInTxCopying(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.Empty(t))
	_, err := db.ExecContext(t.Context(), `CREATE TABLE texts (place bigint PRIMARY KEY, text text NOT NULL)`)
	require.NoError(t, err)
	texts := []string{"", "plain", "a\tb\\c\nd\re", `\.`, `\N`, "ü€😀", "\\", "\t\t"}
	lines := func() (rows []byte) {
		for i, text := range texts {
			rows = append(rows, byte('0'+i), '\t')
			rows = append(postgres.AppendCopied(rows, text), '\n')
		}
		return rows
	}
	copying := func(ctx context.Context, _ *sqlx.Tx, c postgres.Copier) error {
		return c.Copy(ctx, `COPY texts (place, text) FROM STDIN`, string(lines()))
	}

	failed := errors.New("no")
	require.ErrorIs(t, postgres.InTxCopying(t.Context(), db, func(ctx context.Context, tx *sqlx.Tx, c postgres.Copier) error {
		return errors.Join(copying(ctx, tx, c), failed)
	}), failed)
	var found []string
	require.NoError(t, db.SelectContext(t.Context(), &found, `SELECT text FROM texts ORDER BY place`))
	require.Empty(t, found, "it belongs to the transaction")

	require.NoError(t, postgres.InTxCopying(t.Context(), db, copying))
	require.NoError(t, db.SelectContext(t.Context(), &found, `SELECT text FROM texts ORDER BY place`))
	require.Equal(t, texts, found)

	require.True(t, postgres.IsUniqueViolation(postgres.InTxCopying(t.Context(), db, copying), "texts_pkey"))
	require.Error(t, postgres.InTxCopying(t.Context(), db, func(ctx context.Context, _ *sqlx.Tx, c postgres.Copier) error {
		return c.Copy(ctx, `COPY nothing FROM STDIN`, "x\n")
	}))
	require.NoError(t, db.GetContext(t.Context(), new(int), `SELECT 1`), "the connections are still good")
}

func TestInTxCopyingPassesOverDeadConnections(t *testing.T) {
	t.Parallel()
	db := postgrestest.Open(t, postgrestest.Empty(t))
	_, err := db.ExecContext(t.Context(), `CREATE TABLE numbers (n bigint)`)
	require.NoError(t, err)
	var held []*sqlx.Conn
	for range 3 {
		c, err := db.Connx(t.Context())
		require.NoError(t, err)
		held = append(held, c)
	}
	var pids []int64
	for _, c := range held[1:] {
		var pid int64
		require.NoError(t, c.GetContext(t.Context(), &pid, `SELECT pg_backend_pid()`))
		pids = append(pids, pid)
	}
	for _, pid := range pids {
		_, err := held[0].ExecContext(t.Context(), `SELECT pg_terminate_backend($1, 5000)`, pid)
		require.NoError(t, err)
	}
	for _, c := range held {
		require.NoError(t, c.Close())
	}
	require.NoError(t, postgres.InTxCopying(t.Context(), db, func(ctx context.Context, _ *sqlx.Tx, c postgres.Copier) error {
		return c.Copy(ctx, `COPY numbers FROM STDIN`, "1\n")
	}))
}
