package serverpg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// Store is an interactionserver.Store on one server group's database.
type Store struct {
	db     *sqlx.DB
	server tenants.ServerID

	mu         sync.RWMutex
	statements map[string]*sqlx.Stmt
}

var _ interactionserver.Store = (*Store)(nil)

// New returns the store of a server. The pool stays the caller's, and has to
// outlive the store; close the store first.
func New(db *sqlx.DB, server tenants.ServerID) *Store {
	return &Store{db: db, server: server, statements: map[string]*sqlx.Stmt{}}
}

// Close releases the prepared statements.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var failed error
	for _, statement := range s.statements {
		failed = errors.Join(failed, statement.Close())
	}
	clear(s.statements)
	return failed
}

// prepared returns the statement for a query, prepared at its first use.
// Preparing halves the round trips: lib/pq describes other queries each time.
func (s *Store) prepared(ctx context.Context, query string) (*sqlx.Stmt, error) {
	s.mu.RLock()
	statement, ok := s.statements[query]
	s.mu.RUnlock()
	if ok {
		return statement, nil
	}
	statement, err := s.db.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, raced := s.statements[query]; raced {
		defer func() { _ = statement.Close() }() // nobody else knows it
		return other, nil
	}
	s.statements[query] = statement
	return statement, nil
}

// all scans every row of the query into dest, a pointer to a slice.
func (s *Store) all(ctx context.Context, what string, dest any, query string, args ...any) error {
	return s.repeat(ctx, what, query, func(statement *sqlx.Stmt) error {
		return statement.SelectContext(ctx, dest, args...)
	})
}

// one scans the only row of the query into dest; found is false without a row.
func (s *Store) one(ctx context.Context, what string, dest any, query string, args ...any) (found bool, _ error) {
	err := s.repeat(ctx, what, query, func(statement *sqlx.Stmt) error {
		return statement.GetContext(ctx, dest, args...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// exec runs a statement that returns nothing.
func (s *Store) exec(ctx context.Context, what, query string, args ...any) error {
	return s.repeat(ctx, what, query, func(statement *sqlx.Stmt) error {
		_, err := statement.ExecContext(ctx, args...)
		return err
	})
}

// deadlockDetected is the SQLSTATE of a statement that was rolled back so that
// another could go on.
const deadlockDetected = "40P01"

// propertiesSize is the constraint that bounds an interaction's properties, which
// grow with each completion.
const propertiesSize = "interactions_properties_size"

// attempts bounds how often a statement is run that met a deadlock.
const attempts = 5

func (s *Store) repeat(ctx context.Context, what, query string, run func(*sqlx.Stmt) error) error {
	statement, err := s.prepared(ctx, query)
	if err != nil {
		return fmt.Errorf("%s: %w", what, postgres.Classify(err))
	}
	for attempt := 1; ; attempt++ {
		err := run(statement)
		if err == nil {
			return nil
		}
		var pqErr *pq.Error
		switch {
		case !errors.As(err, &pqErr) || attempt == attempts:
			return fmt.Errorf("%s: %w", what, postgres.Classify(err))
		case pqErr.Constraint == propertiesSize:
			return fault.New(fault.TooLarge, "properties-too-large", "the interaction's properties take too much room").Because(err)
		case pqErr.Code != deadlockDetected:
			return fmt.Errorf("%s: %w", what, postgres.Classify(err))
		}
	}
}
