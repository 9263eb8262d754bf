package profilespg

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/postgres"
)

// Table implements profiles.Table.
type Table struct{ db *sqlx.DB }

var _ profiles.Table = (*Table)(nil)

// New returns the table in the group's database; the pool is lent.
func New(db *sqlx.DB) *Table { return &Table{db: db} }

// Load implements profiles.Table.
func (t *Table) Load(ctx context.Context, level string, loaded []profiles.Profile) error {
	keys, attributes := make([]string, len(loaded)), make([]string, len(loaded))
	for i, p := range loaded {
		text, err := json.Marshal(p.Attributes)
		if err != nil {
			return fmt.Errorf("profile %q: %w", p.Key, err)
		}
		keys[i], attributes[i] = p.Key, string(text)
	}
	// Sorted, so that two that load the same do not wait for each other in a circle.
	_, err := t.db.ExecContext(ctx, `
		INSERT INTO profiles (level, key, attributes, loaded_at)
		SELECT $1, key, attributes, now() FROM (
			SELECT DISTINCT ON (key) key, attributes FROM unnest($2::text[], $3::jsonb[]) WITH ORDINALITY AS p (key, attributes, place)
			ORDER BY key, place DESC) latest
		ON CONFLICT (level, key) DO UPDATE SET attributes = excluded.attributes, loaded_at = excluded.loaded_at`,
		level, pq.Array(keys), pq.Array(attributes))
	if err != nil {
		return fmt.Errorf("load profiles of %s: %w", level, postgres.Classify(err))
	}
	return nil
}

// Count implements profiles.Table.
func (t *Table) Count(ctx context.Context, level string, most int) (int, error) {
	var count int
	err := t.db.GetContext(ctx, &count, `SELECT count(*) FROM (SELECT FROM profiles WHERE level = $1 LIMIT $2) counted`, level, most)
	if err != nil {
		return 0, fmt.Errorf("count profiles of %s: %w", level, postgres.Classify(err))
	}
	return count, nil
}

// Read implements profiles.Table.
func (t *Table) Read(ctx context.Context, level, after string, limit int) ([]profiles.Profile, error) {
	var rows []struct {
		Key        string `db:"key"`
		Attributes []byte `db:"attributes"`
	}
	if err := t.db.SelectContext(ctx, &rows,
		`SELECT key, attributes FROM profiles WHERE level = $1 AND key > $2 ORDER BY key LIMIT $3`, level, after, limit); err != nil {
		return nil, fmt.Errorf("read profiles of %s: %w", level, postgres.Classify(err))
	}
	read := make([]profiles.Profile, len(rows))
	for i, row := range rows {
		var err error
		if read[i], err = profileOf(row.Key, row.Attributes); err != nil {
			return nil, fmt.Errorf("profile of %s: %w", level, err)
		}
	}
	return read, nil
}

// profileOf reads a row; numbers stay as they are written.
func profileOf(key string, attributes []byte) (profiles.Profile, error) {
	p := profiles.Profile{Key: key}
	decoder := json.NewDecoder(bytes.NewReader(attributes))
	decoder.UseNumber()
	if err := decoder.Decode(&p.Attributes); err != nil {
		return p, fmt.Errorf("profile %q: %w", key, err)
	}
	return p, nil
}

// Find implements profiles.Table.
func (t *Table) Find(ctx context.Context, level, key string) (profiles.Profile, bool, error) {
	var attributes []byte
	err := t.db.GetContext(ctx, &attributes, `SELECT attributes FROM profiles WHERE level = $1 AND key = $2`, level, key)
	if errors.Is(err, sql.ErrNoRows) {
		return profiles.Profile{}, false, nil
	}
	if err != nil {
		return profiles.Profile{}, false, fmt.Errorf("find a profile of %s: %w", level, postgres.Classify(err))
	}
	p, err := profileOf(key, attributes)
	return p, err == nil, err
}

// Delete implements profiles.Table.
func (t *Table) Delete(ctx context.Context, level, key string) (bool, error) {
	result, err := t.db.ExecContext(ctx, `DELETE FROM profiles WHERE level = $1 AND key = $2`, level, key)
	if err != nil {
		return false, fmt.Errorf("delete a profile of %s: %w", level, postgres.Classify(err))
	}
	n, err := result.RowsAffected()
	return n == 1, err
}
