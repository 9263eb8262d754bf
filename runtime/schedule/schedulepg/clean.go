package schedulepg

import (
	"context"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/internal/postgres"
)

// Cleaned are the rows that were dropped.
type Cleaned struct {
	Dead, States int64
}

// place is a key of pattern_states; the zero place is before all.
type place struct {
	Level    string `db:"level"`
	Customer string `db:"customer"`
	Channel  string `db:"channel"`
	Pattern  string `db:"pattern"`
}

// Cleaner drops actions that died long ago, and what patterns remember of customers
// of whom no event has come since a time. It goes through the states in the order
// of their key, so that no index has to follow each event. Two at a time do no harm.
type Cleaner struct {
	store *Store
	batch int
	after place
}

// Cleaner returns a cleaner that looks at that many rows in one transaction; 0 is
// 1,000.
func (s *Store) Cleaner(batch int) *Cleaner {
	if batch <= 0 {
		batch = 1_000
	}
	return &Cleaner{store: s, batch: batch}
}

// Clean looks at one batch; a zero time keeps all states. More says that it is not
// through with them.
func (c *Cleaner) Clean(ctx context.Context, before time.Time) (cleaned Cleaned, more bool, err error) {
	if cleaned.Dead, err = c.store.dropDead(ctx); err != nil || before.IsZero() {
		return cleaned, false, err
	}
	var window struct {
		place
		Seen    int   `db:"seen"`
		Dropped int64 `db:"dropped"`
	}
	if err := c.store.db.GetContext(ctx, &window, `
		WITH seen AS MATERIALIZED (
			SELECT level, customer, channel, pattern FROM pattern_states WHERE (level, customer, channel, pattern) > ($1, $2, $3, $4)
			ORDER BY level, customer, channel, pattern LIMIT $5
		), old AS MATERIALIZED (
			SELECT p.level, p.customer, p.channel, p.pattern FROM pattern_states p JOIN seen USING (level, customer, channel, pattern)
			WHERE p.changed_at < $6 FOR UPDATE OF p SKIP LOCKED
		), dropped AS (
			DELETE FROM pattern_states p USING old WHERE p.level = old.level AND p.customer = old.customer AND p.channel = old.channel
				AND p.pattern = old.pattern RETURNING 1
		), last AS (SELECT * FROM seen ORDER BY level DESC, customer DESC, channel DESC, pattern DESC LIMIT 1)
		SELECT (SELECT count(*) FROM seen) AS seen, (SELECT count(*) FROM dropped) AS dropped, coalesce(last.level, '') AS level,
			coalesce(last.customer, '') AS customer, coalesce(last.channel, '') AS channel, coalesce(last.pattern, '') AS pattern
		FROM (SELECT) one LEFT JOIN last ON true`,
		c.after.Level, c.after.Customer, c.after.Channel, c.after.Pattern, c.batch, before); err != nil {
		return cleaned, false, fmt.Errorf("drop states of patterns: %w", postgres.Classify(err))
	}
	cleaned.States = window.Dropped
	if c.after = window.place; window.Seen < c.batch {
		c.after = place{}
	}
	return cleaned, window.Seen == c.batch, nil
}

// dropDead drops some of the actions that died long ago.
func (s *Store) dropDead(ctx context.Context) (int64, error) {
	result, err := s.db.ExecContext(ctx, `
		DELETE FROM delayed_actions WHERE id IN (
			SELECT id FROM delayed_actions WHERE dead_at < now() - $1 * interval '1 microsecond' LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
		s.o.Buried.Microseconds())
	if err != nil {
		return 0, fmt.Errorf("drop delayed actions that died long ago: %w", postgres.Classify(err))
	}
	return result.RowsAffected()
}
