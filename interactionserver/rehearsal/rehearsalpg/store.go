package rehearsalpg

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/internal/postgres"
)

var (
	_ rehearsal.Group = (*Store)(nil)
	_ rehearsal.Store = (*Store)(nil)
)

// keptFor is how long a job is kept that nobody removes: the control plane may
// have died between storing it and noting down that it did.
const keptFor = "1 day"

// Store implements rehearsal.Group and rehearsal.Store.
type Store struct{ db *sqlx.DB }

// New returns a store over the group's database; the pool is lent.
func New(db *sqlx.DB) *Store { return &Store{db: db} }

// Put implements rehearsal.Group.
func (s *Store) Put(ctx context.Context, id string, job rehearsal.Job) error {
	input, err := json.Marshal(job.Input)
	if err != nil {
		return fmt.Errorf("test run %s: %w", id, err)
	}
	var csv *string
	if !job.FromTable {
		csv = &job.CSV
	}
	err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM test_runs WHERE asked_at < now() - $1::interval`, keptFor); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO test_runs (id, input, package, csv) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET input = excluded.input, package = excluded.package, csv = excluded.csv`,
			id, input, job.Package, csv)
		return err
	})
	if err != nil {
		return fmt.Errorf("store test run %s: %w", id, postgres.Classify(err))
	}
	return nil
}

// Progress implements rehearsal.Group.
func (s *Store) Progress(ctx context.Context, id string) (rehearsal.Progress, error) {
	var p rehearsal.Progress
	err := s.one(ctx, &p, id, `SELECT done, total FROM test_runs WHERE id = $1`)
	return p, err
}

// Collect implements rehearsal.Group.
func (s *Store) Collect(ctx context.Context, id string) (json.RawMessage, error) {
	var result []byte
	err := s.one(ctx, &result, id, `SELECT result FROM test_runs WHERE id = $1`)
	return result, err
}

// Remove implements rehearsal.Group.
func (s *Store) Remove(ctx context.Context, id string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM test_runs WHERE id = $1`, id); err != nil {
		return fmt.Errorf("remove test run %s: %w", id, postgres.Classify(err))
	}
	return nil
}

// Job implements rehearsal.Store.
func (s *Store) Job(ctx context.Context, id string) (rehearsal.Job, error) {
	var row struct {
		Input   []byte         `db:"input"`
		Package []byte         `db:"package"`
		CSV     sql.NullString `db:"csv"`
	}
	if err := s.one(ctx, &row, id, `SELECT input, package, csv FROM test_runs WHERE id = $1`); err != nil {
		return rehearsal.Job{}, err
	}
	job := rehearsal.Job{Package: row.Package, CSV: row.CSV.String}
	if err := json.Unmarshal(row.Input, &job.Input); err != nil {
		return rehearsal.Job{}, fmt.Errorf("input of test run %s: %w", id, err)
	}
	return job, nil
}

func (s *Store) one(ctx context.Context, into any, id, query string) error {
	err := s.db.GetContext(ctx, into, query, id)
	if errors.Is(err, sql.ErrNoRows) {
		return rehearsal.Gone()
	}
	if err != nil {
		return fmt.Errorf("read test run %s: %w", id, postgres.Classify(err))
	}
	return nil
}

// Report implements rehearsal.Store.
func (s *Store) Report(ctx context.Context, id string, p rehearsal.Progress) error {
	return s.write(ctx, id, `UPDATE test_runs SET done = $2, total = $3 WHERE id = $1`, p.Done, p.Total)
}

// Finish implements rehearsal.Store.
func (s *Store) Finish(ctx context.Context, id string, p rehearsal.Progress, result json.RawMessage) error {
	return s.write(ctx, id, `UPDATE test_runs SET done = $2, total = $3, result = $4 WHERE id = $1`, p.Done, p.Total, string(result))
}

func (s *Store) write(ctx context.Context, id, statement string, args ...any) error {
	result, err := s.db.ExecContext(ctx, statement, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("write test run %s: %w", id, postgres.Classify(err))
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return rehearsal.Gone()
	}
	return err
}
