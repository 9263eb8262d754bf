package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
)

// Result says what Up did.
type Result struct {
	From, To int64    // versions before and after
	Applied  []string // file names, in order
}

// Up applies the migrations of the line that the database does not have yet.
// Several callers at once are fine: one works, the others wait up to two
// minutes. A database that is newer than this binary is left as it is.
func Up(ctx context.Context, db *sql.DB, line Line) (Result, error) {
	current, err := version(ctx, db)
	if err != nil {
		return Result{}, err
	}
	result := Result{From: current, To: current}
	if current >= Needed(line) {
		return result, nil
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return Result{}, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, line.folder(),
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return Result{}, fmt.Errorf("read %s migrations: %w", line, err)
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return result, fmt.Errorf("migrate %s database: %w", line, postgres.Classify(err))
	}
	for _, migration := range applied {
		result.Applied = append(result.Applied, path.Base(migration.Source.Path))
	}
	result.To, err = version(ctx, db)
	return result, err
}

// Check returns a fault of kind Conflict, type "schema-too-old", when the
// database is older than this binary needs. A newer one is fine.
func Check(ctx context.Context, db *sql.DB, line Line) error {
	current, err := version(ctx, db)
	if err != nil {
		return err
	}
	if needed := Needed(line); current < needed {
		return fault.New(fault.Conflict, "schema-too-old",
			"the %s database has schema version %d and this binary needs %d: run `switchyard migrate`", line, current, needed)
	}
	return nil
}

// version returns the database's schema version, 0 when it never was migrated.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var current int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&current)
	var pqErr *pq.Error
	if errors.As(err, &pqErr) && pqErr.Code == "42P01" { // undefined_table
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", postgres.Classify(err))
	}
	return current, nil
}
