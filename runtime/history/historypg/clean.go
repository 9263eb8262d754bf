package historypg

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/postgres"
)

// Horizon is what a group keeps of its history: rows from then on, and older ones
// that the tenant does not have yet. A zero time keeps all.
type Horizon struct {
	// Contacts is for contacts, their responses, and which were accepted.
	Contacts time.Time
	Orphans  time.Time
}

// Cleaned are the rows that were dropped.
type Cleaned struct {
	Contacts, Responses, Acceptances, Orphans int64
}

// Cleaner drops what is old of a group's history and is in the tenant's history
// already, in small batches. One at a time is enough for a group; two do no harm.
//
// That a response counts once stays true. In the tenant's history it is known by
// treatment and type for good, whatever comes again from a group. In the group:
//
//   - A response is dropped only after its contact. Whoever repeats it later finds
//     no contact, so that nothing of the customer and nothing that is learned
//     changes: it is kept apart as an orphan, and known when it is transferred.
//   - A transaction that has found the contact may still be under way when the
//     contact is dropped. Every writer holds the lock of the history until it has
//     committed; between dropping contacts and dropping what belongs to them the
//     cleaner waits for those under way, as readers do. Those after it do not find
//     the contact.
//   - Which treatments were accepted is dropped in the same order.
//
// That a row is transferred once does not depend on the group's rows at all: a row
// is dropped only up to the number that the tenant's history had for good when a
// transfer last set its mark. A database in an older state has the older number.
//
// Contacts go a block at a time, once its latest one is old. A contact that is not
// there any more is not found by a response: it becomes an orphan here, and a
// response in the tenant's history.
type Cleaner struct {
	db    *sqlx.DB
	batch int64
	// Where the next window of each table begins.
	contacts, responses, orphans int64
	acceptances                  uuid.UUID
}

// NewCleaner returns a cleaner over the group's database; the pool is lent. Batch is
// the number of rows that it looks at in one transaction, of contacts that of blocks;
// 0 is 1,000.
func NewCleaner(db *sqlx.DB, batch int) *Cleaner {
	if batch <= 0 {
		batch = 1_000
	}
	return &Cleaner{db: db, batch: int64(batch)}
}

// Clean looks at one batch of each table. More says that there may be more to drop.
func (c *Cleaner) Clean(ctx context.Context, h Horizon) (cleaned Cleaned, more bool, err error) {
	cleaned, more, err = c.clean(ctx, h)
	if err != nil {
		return cleaned, false, fmt.Errorf("clean the history: %w", postgres.Classify(err))
	}
	return cleaned, more, nil
}

func (c *Cleaner) clean(ctx context.Context, h Horizon) (cleaned Cleaned, more bool, err error) {
	var known int64
	if err := c.db.GetContext(ctx, &known, `SELECT transferred FROM history_mark`); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return cleaned, false, nil
		}
		return cleaned, false, fmt.Errorf("read what was transferred: %w", err)
	}
	if !h.Orphans.IsZero() {
		cleaned.Orphans, err = c.bySequence(ctx, &c.orphans, oldOrphans, known, h.Orphans)
		if err != nil {
			return cleaned, false, fmt.Errorf("orphans: %w", err)
		}
	}
	if h.Contacts.IsZero() {
		return cleaned, c.orphans > 0, nil
	}
	if cleaned.Contacts, err = c.bySequence(ctx, &c.contacts, oldContacts, known, h.Contacts); err != nil {
		return cleaned, false, fmt.Errorf("contacts: %w", err)
	}
	if err := waitForWriters(ctx, c.db); err != nil {
		return cleaned, false, err
	}
	if cleaned.Responses, err = c.bySequence(ctx, &c.responses, oldResponses, known, h.Contacts); err != nil {
		return cleaned, false, fmt.Errorf("responses: %w", err)
	}
	if cleaned.Acceptances, err = c.dropAcceptances(ctx, h.Contacts); err != nil {
		return cleaned, false, fmt.Errorf("acceptances: %w", err)
	}
	return cleaned, c.orphans+c.contacts+c.responses > 0 || c.acceptances != uuid.Nil, nil
}

// Each looks at a window of rows in the order of their sequence and drops the old
// ones among them. The window ends at what was transferred.
var (
	oldContacts = window{
		table: "contact_blocks",
		drop:  `DELETE FROM contact_blocks t USING seen WHERE t.sequence = seen.sequence AND seen.at < $4 RETURNING t.contacts AS rows`,
	}
	oldOrphans = window{
		table: "orphans",
		drop:  `DELETE FROM orphans t USING seen WHERE t.sequence = seen.sequence AND seen.at < $4 RETURNING 1 AS rows`,
	}
	// Those of which the contact may be there wait for it.
	oldResponses = window{
		table: "responses",
		drop: `DELETE FROM responses t USING seen WHERE t.sequence = seen.sequence AND seen.at < $4
			AND NOT EXISTS (SELECT FROM contact_blocks b WHERE b.treatments @> t.treatment) RETURNING 1 AS rows`,
	}
)

// window is a table and how rows of it are dropped.
type window struct{ table, drop string }

// bySequence looks at the window after a number and moves it on. Where none of it
// is old the next one begins at the start of the table.
func (c *Cleaner) bySequence(ctx context.Context, after *int64, w window, known int64, before time.Time) (int64, error) {
	var found struct {
		Dropped int64 `db:"dropped"`
		Old     int64 `db:"old"`
		Last    int64 `db:"last"`
	}
	if err := c.db.GetContext(ctx, &found, `
		WITH seen AS MATERIALIZED (
			SELECT sequence, at FROM `+w.table+` WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3
		), dropped AS (`+w.drop+`)
		SELECT (SELECT coalesce(sum(rows), 0) FROM dropped) AS dropped, count(*) FILTER (WHERE at < $4) AS old, coalesce(max(sequence), 0) AS last
		FROM seen`,
		*after, known, c.batch, before); err != nil {
		return 0, err
	}
	if *after = found.Last; found.Old == 0 {
		*after = 0
	}
	return found.Dropped, nil
}

// dropAcceptances looks at a window of accepted treatments, which lie in the order
// of their times.
func (c *Cleaner) dropAcceptances(ctx context.Context, before time.Time) (int64, error) {
	var window struct {
		Dropped int64     `db:"dropped"`
		Last    uuid.UUID `db:"last"`
	}
	if err := c.db.GetContext(ctx, &window, `
		WITH seen AS MATERIALIZED (
			SELECT treatment FROM learning_acceptances WHERE treatment > $1 AND treatment < $2 ORDER BY treatment LIMIT $3
		), dropped AS (
			DELETE FROM learning_acceptances t USING seen WHERE t.treatment = seen.treatment
				AND NOT EXISTS (SELECT FROM contact_blocks b WHERE b.treatments @> t.treatment) RETURNING 1
		)
		SELECT (SELECT count(*) FROM dropped) AS dropped,
			coalesce((SELECT treatment FROM seen ORDER BY treatment DESC LIMIT 1), '00000000-0000-0000-0000-000000000000') AS last`,
		c.acceptances, firstCode(before), c.batch); err != nil {
		return 0, err
	}
	c.acceptances = window.Last
	return window.Dropped, nil
}

// firstCode is before all treatment codes that are made from then on.
func firstCode(at time.Time) uuid.UUID {
	var code uuid.UUID
	binary.BigEndian.PutUint64(code[:], uint64(max(0, at.UnixMilli()))<<16) //nolint:gosec // is not negative
	return code
}
