package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/learning/learningpg"
)

const (
	contactRounds  = 5
	contactRound   = 3 * time.Second
	contactCallers = 128
	// contactsAtOnce is how many each call presents.
	contactsAtOnce = 3
)

// benchContacts measures presentations that are durably in the history per second,
// written by a server's recorder for many callers who wait. The limit is COPY of
// the same rows in the same batches into a table with a primary key, a transaction
// for each, by as many connections.
func benchContacts(ctx context.Context, e *environment) (result, error) {
	group, err := e.cloneGroup(ctx, "bench_contacts")
	if err != nil {
		return result{}, err
	}
	defer group.close()
	if _, err := group.pool.ExecContext(ctx, copiedContacts); err != nil {
		return result{}, err
	}
	var ours, bare []float64
	for range contactRounds {
		before := e.processorSeconds()
		sizes, rate, err := recordContacts(ctx, group.pool)
		if err != nil {
			return result{}, err
		}
		ours = append(ours, rate)
		between := e.processorSeconds()
		copied, err := copyContacts(ctx, group.pool, sizes)
		if err != nil {
			return result{}, err
		}
		bare = append(bare, copied)
		rows := 0
		for _, n := range sizes {
			rows += n
		}
		_, _ = fmt.Fprintf(e.progress, "contacts: %.0f rows/s in transactions of %d, COPY %.0f; processor time of a row: %s; of COPY: %s\n",
			rate, rows/len(sizes), copied, between.since(before, float64(rows)), e.processorSeconds().since(between, float64(rows)))
	}
	return newResult("contacts", "contacts/s", median(ours), "COPY of the same rows in the same batches", median(bare)), nil
}

// counted notes the rows of each transaction.
type counted struct {
	history.Writer
	mu    sync.Mutex
	sizes []int
}

func (c *counted) Write(ctx context.Context, batches []history.Batch) ([][]history.Kept, error) {
	rows := 0
	for i := range batches {
		rows += batches[i].Rows()
	}
	c.mu.Lock()
	c.sizes = append(c.sizes, rows)
	c.mu.Unlock()
	return c.Writer.Write(ctx, batches)
}

// recordContacts returns the rows of each transaction and the rows per second.
func recordContacts(ctx context.Context, pool *sqlx.DB) (sizes []int, rate float64, err error) {
	store := &counted{Writer: historypg.New(pool).With(learningpg.Learn)}
	recorder := history.NewRecorder(store, history.Options{Logger: slog.New(slog.DiscardHandler)})
	recording, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- recorder.Run(recording) }()
	began := time.Now()
	callers, calling := errgroup.WithContext(ctx)
	for range contactCallers {
		callers.Go(func() error {
			for time.Since(began) < contactRound {
				contacts, err := newContacts(contactsAtOnce)
				if err == nil {
					_, err = recorder.Record(calling, history.Batch{Contacts: contacts})
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = callers.Wait()
	took := time.Since(began).Seconds()
	stop()
	rows := 0
	for _, n := range store.sizes {
		rows += n
	}
	return store.sizes, float64(rows) / took, errors.Join(err, <-ended)
}

// copiedContacts is the table of the limit.
const copiedContacts = `CREATE TABLE copied_contacts (
		treatment uuid PRIMARY KEY, session text NOT NULL, channel text NOT NULL, point text NOT NULL, zone text NOT NULL, level text NOT NULL,
		customer text NOT NULL, offer text NOT NULL, strategy text NOT NULL, rule text NOT NULL, segment text NOT NULL,
		score double precision NOT NULL, source text NOT NULL, learning text NOT NULL, propensity double precision NOT NULL,
		deployment bigint NOT NULL, hash text NOT NULL, at timestamptz NOT NULL, columns jsonb NOT NULL)`

// contactWriters is how many transactions the recorder has under way.
const contactWriters = 2

// copyContacts writes as many rows in as many transactions, and returns the rows
// per second.
func copyContacts(ctx context.Context, pool *sqlx.DB, sizes []int) (float64, error) {
	rows := 0
	for _, n := range sizes {
		rows += n
	}
	began := time.Now()
	err := inParallel(ctx, len(sizes), contactWriters, func(ctx context.Context, i int) error {
		contacts, err := newContacts(sizes[i])
		if err != nil {
			return err
		}
		return postgres.InTx(ctx, pool, func(ctx context.Context, tx *sqlx.Tx) error { return copyRows(ctx, tx, contacts) })
	})
	return float64(rows) / time.Since(began).Seconds(), err
}

func copyRows(ctx context.Context, tx *sqlx.Tx, contacts []history.Contact) error {
	statement, err := tx.PrepareContext(ctx, `COPY copied_contacts (treatment, session, channel, point, zone, level, customer,
		offer, strategy, rule, segment, score, source, learning, propensity, deployment, hash, at, columns) FROM STDIN`)
	if err != nil {
		return err
	}
	for i := range contacts {
		c := &contacts[i]
		if _, err := statement.ExecContext(ctx, c.Treatment.String(), c.Session, c.Channel, c.Point, c.Zone, c.Level, c.Customer,
			c.Offer, c.Strategy, c.Rule, c.Segment, c.Score, string(c.Source), c.Learning, c.Propensity, c.Deployment, c.Hash, c.At,
			`{"country": "de"}`); err != nil {
			return err
		}
	}
	_, err = statement.ExecContext(ctx)
	return errors.Join(err, statement.Close())
}

// newContacts are presentations to an anonymous visitor.
func newContacts(count int) ([]history.Contact, error) {
	now := time.Now()
	contacts := make([]history.Contact, count)
	for i := range contacts {
		treatment, err := history.NewTreatment()
		if err != nil {
			return nil, err
		}
		contacts[i] = history.Contact{
			Treatment: treatment, Session: "offersHTTP-4711", Channel: "offers", Point: "point-0", Zone: "zone-0", Level: "individual",
			Offer: "offer-17", Strategy: "strategy-0", Rule: "rule-67", Score: 67, Source: "marketer", Propensity: 1, Deployment: 4711,
			Hash: "6f1ed002ab5595859014ebf0951522d9b8a1b5bf6e8c9f0f8a2c3b1d4e5f6071", At: now, Columns: map[string]any{"country": "de"},
		}
	}
	return contacts, nil
}
