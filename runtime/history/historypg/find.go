package historypg

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/history"
)

// findContacts finds the contacts of the responses: in this transaction, or in the
// blocks whose treatments lie around theirs. Only blocks that have some are sent, one
// at a time: those of many responses together may be large.
func (g *group) findContacts(ctx context.Context, tx *sqlx.Tx) error {
	found := map[history.Treatment]*history.Contact{}
	for _, c := range g.contacts {
		found[c.Treatment] = c
	}
	var wanted []string
	for _, r := range g.responses {
		if found[r.Treatment] == nil {
			wanted = append(wanted, r.Treatment.String())
		}
	}
	if len(wanted) > 0 {
		if err := readNear(ctx, tx, wanted, found); err != nil {
			return fmt.Errorf("find the contacts of responses: %w", err)
		}
	}
	for i := range g.responses {
		g.responses[i].contact = found[g.responses[i].Treatment]
	}
	return nil
}

// readNear looks blocks up one after another. Left to itself the planner takes a
// treatment to lie in a thousandth of all blocks, and reads the whole table for a
// hundred.
func readNear(ctx context.Context, tx *sqlx.Tx, wanted []string, found map[history.Treatment]*history.Contact) error {
	rows, err := tx.QueryContext(ctx, `
		WITH near AS MATERIALIZED (
			SELECT b.first, array_agg(DISTINCT g.treatment::text) AS wanted
			FROM unnest($1::uuid[]) AS g (treatment) CROSS JOIN LATERAL (
				SELECT first FROM contact_blocks WHERE treatments @> g.treatment OFFSET 0
			) b
			GROUP BY b.first
		)
		SELECT b.lines, near.wanted
		FROM near CROSS JOIN LATERAL (SELECT lines FROM contact_blocks WHERE first = near.first LIMIT 1) b
		WHERE EXISTS (SELECT FROM unnest(near.wanted) AS treatment WHERE strpos(b.lines, $2 || treatment || '"') > 0)`,
		pq.Array(wanted), lineStart)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b storedBlock
		var near []string
		if err := rows.Scan(&b.lines, pq.Array(&near)); err != nil {
			return err
		}
		for _, text := range near {
			id, err := uuid.Parse(text)
			if err != nil {
				return err
			}
			contact, err := b.find(history.Treatment(id))
			if err != nil {
				return err
			}
			if contact != nil {
				found[contact.Treatment] = contact
			}
		}
	}
	return rows.Err()
}
