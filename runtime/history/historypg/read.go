package historypg

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
)

// MaxPage bounds a page.
const MaxPage = 10_000

// Read implements history.Reader. It is a fault.Unavailable while a writer does
// not come to its end.
func (s *Store) Read(ctx context.Context, after int64, limit int) (history.Page, error) {
	return read(ctx, s.db, after, limit)
}

// handle is a pool or one of its connections.
type handle interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

func read(ctx context.Context, db handle, after int64, limit int) (history.Page, error) {
	if limit < 1 || limit > MaxPage {
		return history.Page{}, fault.New(fault.Invalid, "bad-limit", "the limit is %d, expected 1 to %d", limit, MaxPage)
	}
	bound, err := settled(ctx, db)
	if err != nil {
		return history.Page{}, fmt.Errorf("read the history: %w", postgres.Classify(err))
	}
	page, err := readPage(ctx, db, after, bound, limit)
	if err != nil {
		return history.Page{}, fmt.Errorf("read the history: %w", postgres.Classify(err))
	}
	return page, nil
}

// tables are read one after another: what one has more than a page of ends the page
// for all.
var tables = []func(ctx context.Context, db handle, after, bound int64, limit int) (entries []history.Entry, more bool, err error){
	readContacts, readResponses, readOrphans,
}

func readPage(ctx context.Context, db handle, after, bound int64, limit int) (history.Page, error) {
	page := history.Page{Next: max(after, bound)}
	for _, read := range tables {
		entries, more, err := read(ctx, db, after, bound, limit)
		if err != nil {
			return history.Page{}, err
		}
		page.Entries = append(page.Entries, entries...)
		if more {
			bound, page.More = entries[len(entries)-1].Sequence, true
		}
	}
	slices.SortStableFunc(page.Entries, func(a, b history.Entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for i, e := range page.Entries {
		// Contacts of one number stay together.
		if e.Sequence > bound || i >= limit && e.Sequence != page.Entries[i-1].Sequence {
			page.Entries, page.More = page.Entries[:i], true
			break
		}
	}
	if page.More {
		page.Next = page.Entries[len(page.Entries)-1].Sequence
	}
	return page, nil
}

// readContacts reads whole blocks until there are limit contacts.
func readContacts(ctx context.Context, db handle, after, bound int64, limit int) (entries []history.Entry, more bool, err error) {
	var blocks []struct {
		Sequence int64  `db:"sequence"`
		Lines    string `db:"lines"`
		More     bool   `db:"more"`
	}
	if err := db.SelectContext(ctx, &blocks, `
		SELECT sequence, lines, following IS NOT NULL AS more
		FROM (
			SELECT sequence, lines, sum(contacts) OVER (ORDER BY sequence) - contacts AS before, lead(sequence) OVER (ORDER BY sequence) AS following
			FROM (SELECT * FROM contact_blocks WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3 + 1) AS next
		) AS numbered
		WHERE before < $3 ORDER BY sequence`, after, bound, limit); err != nil {
		return nil, false, fmt.Errorf("contacts: %w", err)
	}
	for i := range blocks {
		contacts, err := (&storedBlock{lines: blocks[i].Lines}).all()
		if err != nil {
			return nil, false, fmt.Errorf("contacts of number %d: %w", blocks[i].Sequence, err)
		}
		for _, c := range contacts {
			entries = append(entries, history.Entry{Sequence: blocks[i].Sequence, Contact: c})
		}
		more = blocks[i].More
	}
	return entries, more, nil
}

// readResponses reads one more than limit to know whether there are more.
func readResponses(ctx context.Context, db handle, after, bound int64, limit int) (entries []history.Entry, more bool, err error) {
	var rows []responseRow
	if err := db.SelectContext(ctx, &rows, `
		SELECT sequence, treatment, type, class, session, cross_session, channel, level, customer, offer, at, columns
		FROM responses WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3 + 1`, after, bound, limit); err != nil {
		return nil, false, fmt.Errorf("responses: %w", err)
	}
	for _, row := range rows[:min(limit, len(rows))] {
		r, err := row.response()
		if err != nil {
			return nil, false, err
		}
		entries = append(entries, history.Entry{Sequence: row.Sequence, Response: &history.RecordedResponse{
			Response: r, Level: row.Level, Customer: row.Customer, Offer: row.Offer, CrossSession: row.CrossSession,
		}})
	}
	return entries, len(rows) > limit, nil
}

func readOrphans(ctx context.Context, db handle, after, bound int64, limit int) (entries []history.Entry, more bool, err error) {
	var rows []responseRow
	if err := db.SelectContext(ctx, &rows, `
		SELECT sequence, treatment, type, class, session, channel, at, columns
		FROM orphans WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3 + 1`, after, bound, limit); err != nil {
		return nil, false, fmt.Errorf("orphans: %w", err)
	}
	for _, row := range rows[:min(limit, len(rows))] {
		r, err := row.response()
		if err != nil {
			return nil, false, err
		}
		entries = append(entries, history.Entry{Sequence: row.Sequence, Orphan: &r})
	}
	return entries, len(rows) > limit, nil
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
