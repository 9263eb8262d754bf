package historypg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
)

var (
	_ history.Writer   = (*Store)(nil)
	_ history.Reader   = (*Store)(nil)
	_ history.Reserver = (*Store)(nil)
)

// Advisory locks: of the history, and of who takes it over.
const (
	historyLock  = 7_201_954_131
	sessionsLock = historyLock + 1
)

// Store implements history.Writer, history.Reader and history.Reserver.
type Store struct {
	db      *sqlx.DB
	also    Also
	orphans *orphanRoom
}

// Also returns what else a transaction writes, nil for nothing: it is given the
// contacts of the transaction and the responses to contacts, none of which were there
// before. It may be asked again for the same transaction.
type Also func(contacts []*history.Contact, answers []history.Answer) postgres.Unit

// New returns a store over the group's database; the pool is lent.
func New(db *sqlx.DB) *Store { return &Store{db: db, orphans: &orphanRoom{most: MaxOrphans}} }

// With returns a store whose transactions write something else too.
func (s *Store) With(also Also) *Store { return &Store{db: s.db, also: also, orphans: s.orphans} }

// Keeping returns a store that keeps at most so many orphans.
func (s *Store) Keeping(orphans int64) *Store {
	return &Store{db: s.db, also: s.also, orphans: &orphanRoom{most: orphans}}
}

// Write implements history.Writer.
func (s *Store) Write(ctx context.Context, batches []history.Batch) ([][]history.Kept, error) {
	g, err := newGroup(batches)
	if err != nil {
		return nil, err
	}
	g.also = s.also
	if len(g.responses) > 0 {
		if g.orphans, err = s.orphans.left(ctx, s.db); err != nil {
			return nil, fmt.Errorf("write %d responses: %w", len(g.responses), postgres.Classify(err))
		}
	}
	for found := 0; ; {
		err := s.write(ctx, g)
		// An attempt that was given up before it held the lock may come in once more
		// after it was looked for.
		if found < 2 && postgres.IsUniqueViolation(err, "contact_blocks_pkey") {
			found++
			g.again = true
			continue
		}
		if !g.overtaken && errors.Is(err, errOvertaken) {
			g.overtaken = true
			continue
		}
		var lapsed *history.LapsedError
		if errors.As(err, &lapsed) {
			return nil, lapsed
		}
		if err != nil {
			return nil, fmt.Errorf("write %d contacts and %d responses: %w", len(g.contacts), len(g.responses), postgres.Classify(err))
		}
		s.orphans.take(g.orphaned)
		return g.answers(), nil
	}
}

// write runs the transaction. One before it that may have written the same is
// waited for: what it has done is seen then. Blocks alone are one statement, which
// needs no transaction around it, and one answer of the database.
func (s *Store) write(ctx context.Context, g *group) error {
	if g.contactsOnly() {
		return insertBlocks(ctx, s.db, g.blocks)
	}
	if g.again {
		if err := waitForWriters(ctx, s.db); err != nil {
			return err
		}
	}
	return postgres.InTx(ctx, s.db, g.write)
}
