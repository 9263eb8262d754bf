package historypg

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
)

// MaxPage bounds a page.
const MaxPage = 10_000

// fenceFor bounds how long a reader waits for writers, who wait behind it.
const fenceFor = "250ms"

// Read implements history.Reader. It is a fault.Unavailable while a writer does
// not come to its end.
func (s *Store) Read(ctx context.Context, after int64, limit int) (history.Page, error) {
	return read(ctx, s.db, after, limit)
}

// handle is a pool or one of its connections.
type handle interface {
	BeginTxx(ctx context.Context, o *sql.TxOptions) (*sqlx.Tx, error)
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

func read(ctx context.Context, db handle, after int64, limit int) (history.Page, error) {
	if limit < 1 || limit > MaxPage {
		return history.Page{}, fault.New(fault.Invalid, "bad-limit", "the limit is %d, expected 1 to %d", limit, MaxPage)
	}
	bound, err := fence(ctx, db)
	if err != nil {
		return history.Page{}, fmt.Errorf("read the history: %w", postgres.Classify(err))
	}
	found, err := entries(ctx, db, after, bound, limit+1)
	if err != nil {
		return history.Page{}, fmt.Errorf("read the history: %w", postgres.Classify(err))
	}
	if len(found) <= limit {
		return history.Page{Entries: found, Next: max(after, bound)}, nil
	}
	return history.Page{Entries: found[:limit], Next: found[limit-1].Sequence, More: true}, nil
}

// fence returns a number of the sequence up to which all rows are there that will
// ever be.
func fence(ctx context.Context, db handle) (bound int64, err error) {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // gives the lock back; nothing was written
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = '%s'; SELECT pg_advisory_xact_lock(%d)`, fenceFor, historyLock)); err != nil {
		return 0, fmt.Errorf("wait for writers: %w", err)
	}
	err = tx.GetContext(ctx, &bound, `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM history_sequence`)
	return bound, err
}

// entries are the first rows of all tables, in the order of their sequence.
func entries(ctx context.Context, db handle, after, bound int64, limit int) ([]history.Entry, error) {
	var contacts []contactRow
	if err := db.SelectContext(ctx, &contacts, `
		SELECT sequence, treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, score, source, learning,
			propensity, deployment, hash, at, columns
		FROM contacts WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3`, after, bound, limit); err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	var responses []responseRow
	if err := db.SelectContext(ctx, &responses, `
		SELECT sequence, treatment, type, class, session, cross_session, channel, level, customer, offer, at, columns
		FROM responses WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3`, after, bound, limit); err != nil {
		return nil, fmt.Errorf("responses: %w", err)
	}
	var orphans []responseRow
	if err := db.SelectContext(ctx, &orphans, `
		SELECT sequence, treatment, type, class, session, channel, at, columns
		FROM orphans WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3`, after, bound, limit); err != nil {
		return nil, fmt.Errorf("orphans: %w", err)
	}
	entries := make([]history.Entry, 0, len(contacts)+len(responses)+len(orphans))
	for _, row := range contacts {
		c, err := row.contact()
		if err != nil {
			return nil, err
		}
		entries = append(entries, history.Entry{Sequence: row.Sequence, Contact: &c})
	}
	for _, row := range responses {
		r, err := row.response()
		if err != nil {
			return nil, err
		}
		entries = append(entries, history.Entry{Sequence: row.Sequence, Response: &history.RecordedResponse{
			Response: r, Level: row.Level, Customer: row.Customer, Offer: row.Offer, CrossSession: row.CrossSession,
		}})
	}
	for _, row := range orphans {
		r, err := row.response()
		if err != nil {
			return nil, err
		}
		entries = append(entries, history.Entry{Sequence: row.Sequence, Orphan: &r})
	}
	slices.SortFunc(entries, func(a, b history.Entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return entries[:min(limit, len(entries))], nil
}

type contactRow struct {
	Sequence   int64     `db:"sequence"`
	Treatment  uuid.UUID `db:"treatment"`
	Session    string    `db:"session"`
	Channel    string    `db:"channel"`
	Point      string    `db:"point"`
	Zone       string    `db:"zone"`
	Level      string    `db:"level"`
	Customer   string    `db:"customer"`
	Offer      string    `db:"offer"`
	Strategy   string    `db:"strategy"`
	Rule       string    `db:"rule"`
	Segment    string    `db:"segment"`
	Score      float64   `db:"score"`
	Source     string    `db:"source"`
	Learning   string    `db:"learning"`
	Propensity float64   `db:"propensity"`
	Deployment int64     `db:"deployment"`
	Hash       string    `db:"hash"`
	At         time.Time `db:"at"`
	Columns    []byte    `db:"columns"`
}

func (r contactRow) contact() (history.Contact, error) {
	columns, err := readColumns(r.Columns)
	return history.Contact{
		Treatment: history.Treatment(r.Treatment), Session: r.Session, Channel: r.Channel, Point: r.Point, Zone: r.Zone, Level: r.Level,
		Customer: r.Customer, Offer: r.Offer, Strategy: r.Strategy, Rule: r.Rule, Segment: r.Segment, Score: r.Score,
		Source: decision.Source(r.Source), Learning: r.Learning, Propensity: r.Propensity, Deployment: r.Deployment, Hash: r.Hash,
		At: r.At.UTC(), Columns: columns,
	}, err
}

type responseRow struct {
	Sequence     int64     `db:"sequence"`
	Treatment    uuid.UUID `db:"treatment"`
	Type         string    `db:"type"`
	Class        string    `db:"class"`
	Session      string    `db:"session"`
	CrossSession bool      `db:"cross_session"`
	Channel      string    `db:"channel"`
	Level        string    `db:"level"`
	Customer     string    `db:"customer"`
	Offer        string    `db:"offer"`
	At           time.Time `db:"at"`
	Columns      []byte    `db:"columns"`
}

func (r responseRow) response() (history.Response, error) {
	columns, err := readColumns(r.Columns)
	return history.Response{
		Treatment: history.Treatment(r.Treatment), Type: r.Type, Class: history.Class(r.Class), Session: r.Session, Channel: r.Channel,
		At: r.At.UTC(), Columns: columns,
	}, err
}

// readColumns reads JSON values for definition.ValueType.Convert.
func readColumns(text []byte) (map[string]any, error) {
	var columns map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&columns); err != nil {
		return nil, fmt.Errorf("read further columns: %w", err)
	}
	if len(columns) == 0 {
		return nil, nil //nolint:nilnil // none is what was written
	}
	return columns, nil
}
