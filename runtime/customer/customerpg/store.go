package customerpg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/customer"
)

var _ customer.Store = (*Store)(nil)

// Store implements customer.Store.
type Store struct {
	db *sqlx.DB

	mu   sync.Mutex
	load *sqlx.Stmt // nil until it is needed
}

// New returns a store over the group's database; the pool is lent.
func New(db *sqlx.DB) *Store { return &Store{db: db} }

// Close gives the prepared statement back.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load == nil {
		return nil
	}
	load := s.load
	s.load = nil
	return load.Close()
}

// loadQuery has all that is known of one customer in one row.
var loadQuery = fmt.Sprintf(`
	SELECT
		(SELECT attributes FROM profiles WHERE level = $1 AND key = $2) AS profile,
		(SELECT json_agg(p) FROM (
			SELECT offer, presented, coalesce(recent, '[]') AS recent, shown_at, unanswered, responded_at, accepted_at, rejected_at
			FROM customer_offers WHERE level = $1 AND customer = $2
			ORDER BY offer LIMIT %d) p) AS past,
		(SELECT json_agg(o) FROM (
			SELECT offer, score, adds, final, zone, segment, condition AS "when"
			FROM customer_overrides WHERE level = $1 AND customer = $2 ORDER BY place LIMIT %d) o) AS overrides,
		(SELECT json_agg(b.offer) FROM (
			SELECT offer FROM customer_blocks WHERE level = $1 AND customer = $2 ORDER BY offer LIMIT %d) b) AS blocked,
		(SELECT json_agg(d) FROM (
			SELECT offer, score FROM default_offers WHERE level = $1 ORDER BY offer LIMIT %d) d) AS defaults`,
	customer.MaxPast, customer.MaxOverrides, customer.MaxBlocked, customer.MaxDefaults)

// prepared returns the statement, planned once for each connection.
func (s *Store) prepared(ctx context.Context) (*sqlx.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load != nil {
		return s.load, nil
	}
	load, err := s.db.PreparexContext(ctx, loadQuery)
	if err != nil {
		return nil, err
	}
	s.load = load
	return load, nil
}

// Load implements customer.Store.
func (s *Store) Load(ctx context.Context, level, key string) (customer.Customer, error) {
	load, err := s.prepared(ctx) //nolint:sqlclosecheck // Close closes it
	if err != nil {
		return customer.Customer{}, fmt.Errorf("load a customer of %s: %w", level, postgres.Classify(err))
	}
	var row struct {
		Profile   []byte `db:"profile"`
		Past      []byte `db:"past"`
		Overrides []byte `db:"overrides"`
		Blocked   []byte `db:"blocked"`
		Defaults  []byte `db:"defaults"`
	}
	if err := load.GetContext(ctx, &row, level, key); err != nil {
		return customer.Customer{}, fmt.Errorf("load a customer of %s: %w", level, postgres.Classify(err))
	}
	loaded := customer.Customer{Known: row.Profile != nil}
	var past []pastRow
	for _, part := range []struct {
		name string
		text []byte
		into any
	}{
		{"profile", row.Profile, &loaded.Profile}, {"past", row.Past, &past}, {"overrides", row.Overrides, &loaded.Overrides},
		{"blocked", row.Blocked, &loaded.Blocked}, {"defaults", row.Defaults, &loaded.Defaults},
	} {
		if err := read(part.text, part.into); err != nil {
			return customer.Customer{}, fmt.Errorf("load a customer of %s: %s: %w", level, part.name, err)
		}
	}
	if len(past) > 0 {
		loaded.Past = make(map[string]customer.Past, len(past))
		for _, p := range past {
			loaded.Past[p.Offer] = p.past()
		}
	}
	return loaded, nil
}

// read reads JSON; nothing where there is none. Numbers stay as they are written.
func read(text []byte, into any) error {
	if text == nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// pastRow is a row of customer_offers as JSON.
type pastRow struct {
	Offer string `json:"offer"`
	customer.Past
}

// past is in UTC, whatever the database's time zone.
func (r pastRow) past() customer.Past {
	for _, at := range []*time.Time{&r.ShownAt, &r.RespondedAt, &r.AcceptedAt, &r.RejectedAt} {
		if !at.IsZero() {
			*at = at.UTC()
		}
	}
	return r.Past
}
