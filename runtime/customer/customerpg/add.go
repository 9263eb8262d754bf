package customerpg

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/customer"
)

var _ customer.ListLoader = (*Store)(nil)

// addAtOnce bounds the rows of one transaction, and with them the lists that are
// read for them.
const addAtOnce = 100

// Add implements customer.ListLoader. It is all or nothing for each hundred rows.
func (s *Store) Add(ctx context.Context, level string, list customer.List, entries []customer.Entry) (refused []int, err error) {
	for from := 0; from < len(entries); from += addAtOnce {
		a := adding{level: level, entries: entries[from:min(from+addAtOnce, len(entries))]}
		err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) error {
			a.refused = nil
			if err := lockLists(ctx, tx, level); err != nil {
				return err
			}
			switch list {
			case customer.OverrideList:
				return a.overrides(ctx, tx)
			case customer.BlockList:
				return a.blocks(ctx, tx)
			case customer.DefaultList:
				return a.defaults(ctx, tx)
			default:
				return fmt.Errorf("there is no list %q", list)
			}
		})
		if err != nil {
			return refused, fmt.Errorf("add to the %s of %s: %w", list, level, postgres.Classify(err))
		}
		for _, at := range a.refused {
			refused = append(refused, from+at)
		}
	}
	return refused, nil
}

// lockLists lets one at a time change the lists of a level: a customer may have no
// row yet.
func lockLists(ctx context.Context, tx *sqlx.Tx, level string) error {
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('customer-lists/' || $1, 0))`, level)
	return err
}

// adding are rows of one transaction.
type adding struct {
	level   string
	entries []customer.Entry
	refused []int
}

// customers are those of the rows.
func (a *adding) customers() []string {
	all := make([]string, len(a.entries))
	for i, e := range a.entries {
		all[i] = e.Customer
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// placed is an override at its place.
type placed struct {
	Customer string `db:"customer"`
	Place    int    `db:"place"`
	Offer    string `db:"offer"`
	Zone     string `db:"zone"`
	Segment  string `db:"segment"`
	When     string `db:"condition"`
}

// same is what tells an override of a customer from the others.
func (p placed) same() placed {
	p.Place = 0
	return p
}

func (a *adding) overrides(ctx context.Context, tx *sqlx.Tx) error {
	var rows []placed
	if err := tx.SelectContext(ctx, &rows, `SELECT customer, place, offer, zone, segment, condition FROM customer_overrides
		WHERE level = $1 AND customer = ANY ($2::text[]) ORDER BY customer, place`, a.level, pq.Array(a.customers())); err != nil {
		return err
	}
	places, counts, next := map[placed]int{}, map[string]int{}, map[string]int{}
	for _, row := range rows {
		if _, ok := places[row.same()]; !ok {
			places[row.same()] = row.Place
		}
		counts[row.Customer]++
		next[row.Customer] = row.Place + 1
	}
	written := map[placed]customer.Entry{} // the later one counts
	for i, e := range a.entries {
		key := placed{Customer: e.Customer, Offer: e.Offer, Zone: e.Zone, Segment: e.Segment, When: e.When}
		place, known := places[key]
		if !known {
			if counts[e.Customer] >= customer.MaxOverrides {
				a.refused = append(a.refused, i)
				continue
			}
			place = max(1, next[e.Customer])
			places[key] = place
			counts[e.Customer]++
			next[e.Customer] = place + 1
		}
		key.Place = place
		written[key] = e
	}
	for key, e := range written {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO customer_overrides (level, customer, place, offer, score, adds, final, zone, segment, condition)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (level, customer, place) DO UPDATE SET score = excluded.score, adds = excluded.adds, final = excluded.final`,
			a.level, e.Customer, key.Place, e.Offer, e.Score, e.Adds, e.Final, e.Zone, e.Segment, e.When); err != nil {
			return err
		}
	}
	return nil
}

func (a *adding) blocks(ctx context.Context, tx *sqlx.Tx) error {
	var rows []struct {
		Customer string `db:"customer"`
		Offer    string `db:"offer"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT customer, offer FROM customer_blocks WHERE level = $1 AND customer = ANY ($2::text[])`,
		a.level, pq.Array(a.customers())); err != nil {
		return err
	}
	known, counts := map[[2]string]bool{}, map[string]int{}
	for _, row := range rows {
		known[[2]string{row.Customer, row.Offer}] = true
		counts[row.Customer]++
	}
	var customers, offers []string
	for i, e := range a.entries {
		key := [2]string{e.Customer, e.Offer}
		switch {
		case known[key]:
		case counts[e.Customer] >= customer.MaxBlocked:
			a.refused = append(a.refused, i)
		default:
			known[key] = true
			counts[e.Customer]++
			customers, offers = append(customers, e.Customer), append(offers, e.Offer)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO customer_blocks (level, customer, offer)
		SELECT $1, g.customer, g.offer FROM unnest($2::text[], $3::text[]) AS g (customer, offer)`, a.level, pq.Array(customers), pq.Array(offers))
	return err
}

func (a *adding) defaults(ctx context.Context, tx *sqlx.Tx) error {
	var known []string
	if err := tx.SelectContext(ctx, &known, `SELECT offer FROM default_offers WHERE level = $1`, a.level); err != nil {
		return err
	}
	for i, e := range a.entries {
		if !slices.Contains(known, e.Offer) {
			if len(known) >= customer.MaxDefaults {
				a.refused = append(a.refused, i)
				continue
			}
			known = append(known, e.Offer)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO default_offers (level, offer, score) VALUES ($1, $2, $3)
			ON CONFLICT (level, offer) DO UPDATE SET score = excluded.score`, a.level, e.Offer, e.Score); err != nil {
			return err
		}
	}
	return nil
}

// Lists returns those that a customer has of its own.
func (s *Store) Lists(ctx context.Context, level, key string) (customer.Lists, error) {
	var row struct {
		Overrides []byte         `db:"overrides"`
		Blocked   pq.StringArray `db:"blocked"`
	}
	if err := s.db.GetContext(ctx, &row, `SELECT
		(SELECT json_agg(o) FROM (SELECT offer, score, adds, final, zone, segment, condition AS "when"
			FROM customer_overrides WHERE level = $1 AND customer = $2 ORDER BY place LIMIT $3) o) AS overrides,
		(SELECT array_agg(b.offer) FROM (SELECT offer
			FROM customer_blocks WHERE level = $1 AND customer = $2 ORDER BY offer LIMIT $4) b) AS blocked`,
		level, key, customer.MaxOverrides, customer.MaxBlocked); err != nil {
		return customer.Lists{}, fmt.Errorf("read the lists of a customer of %s: %w", level, postgres.Classify(err))
	}
	lists := customer.Lists{Blocked: row.Blocked}
	if err := read(row.Overrides, &lists.Overrides); err != nil {
		return customer.Lists{}, fmt.Errorf("read the lists of a customer of %s: %w", level, err)
	}
	return lists, nil
}
