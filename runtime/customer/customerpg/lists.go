package customerpg

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/customer"
)

// SetLists implements customer.Store.
func (s *Store) SetLists(ctx context.Context, level, key string, l customer.Lists) error {
	if len(l.Overrides) > customer.MaxOverrides || len(l.Blocked) > customer.MaxBlocked {
		return fault.New(fault.Invalid, "too-many-rows", "a customer has %d overrides and %d blocked offers, at most %d and %d are allowed",
			len(l.Overrides), len(l.Blocked), customer.MaxOverrides, customer.MaxBlocked)
	}
	overrides, err := list(l.Overrides)
	if err != nil {
		return err
	}
	blocked, err := list(l.Blocked)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) error {
		if err := lockLists(ctx, tx, level); err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM customer_overrides WHERE level = $1 AND customer = $2`,
			`DELETE FROM customer_blocks WHERE level = $1 AND customer = $2`,
		} {
			if _, err := tx.ExecContext(ctx, statement, level, key); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO customer_overrides (level, customer, place, offer, score, adds, final, zone, segment, condition)
			SELECT $1, $2, place, o->>'offer', (o->>'score')::float8, (o->>'adds')::boolean, (o->>'final')::boolean, o->>'zone', o->>'segment', o->>'when'
			FROM json_array_elements($3::json) WITH ORDINALITY AS g (o, place)`, level, key, overrides); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO customer_blocks (level, customer, offer)
			SELECT DISTINCT $1::text, $2::text, b FROM json_array_elements_text($3::json) AS b`, level, key, blocked)
		return err
	})
	if err != nil {
		return fmt.Errorf("set the lists of a customer of %s: %w", level, postgres.Classify(err))
	}
	return nil
}

// SetDefaults implements customer.Store.
func (s *Store) SetDefaults(ctx context.Context, level string, defaults []customer.Default) error {
	if len(defaults) > customer.MaxDefaults {
		return fault.New(fault.Invalid, "too-many-rows", "there are %d default offers, at most %d are allowed", len(defaults), customer.MaxDefaults)
	}
	text, err := list(defaults)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) error {
		if err := lockLists(ctx, tx, level); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM default_offers WHERE level = $1`, level); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO default_offers (level, offer, score)
			SELECT DISTINCT ON (d->>'offer') $1, d->>'offer', (d->>'score')::float8 FROM json_array_elements($2::json) WITH ORDINALITY AS g (d, place)
			ORDER BY d->>'offer', place DESC`, level, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("set the default offers of %s: %w", level, postgres.Classify(err))
	}
	return nil
}

// list is a JSON array, of none too.
func list[T any](values []T) (string, error) {
	if values == nil {
		values = []T{}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return "", fmt.Errorf("write a list: %w", err)
	}
	return string(text), nil
}

// Defaults returns the default offers of an audience level, by code.
func (s *Store) Defaults(ctx context.Context, level string) (defaults []customer.Default, err error) {
	if err := s.db.SelectContext(ctx, &defaults, `SELECT offer, score FROM default_offers WHERE level = $1 ORDER BY offer LIMIT $2`,
		level, customer.MaxDefaults); err != nil {
		return nil, fmt.Errorf("read the default offers of %s: %w", level, postgres.Classify(err))
	}
	return defaults, nil
}
