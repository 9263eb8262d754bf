package historypg

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/history"
)

// writeContacts writes blocks.
func (g *group) writeContacts(ctx context.Context, tx *sqlx.Tx) error {
	g.fresh = g.contacts
	if g.again {
		if err := g.leaveOutWritten(ctx, tx); err != nil {
			return err
		}
	}
	blocks, err := blocksOf(g.fresh)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if _, err := tx.ExecContext(ctx, `INSERT INTO contact_blocks (first, treatments, contacts, at, lines) VALUES ($1, treatment_range($1, $2, '[]'), $3, $4, $5)`,
			b.first.String(), b.last.String(), b.contacts, b.at, b.lines); err != nil {
			return fmt.Errorf("insert a block of contacts: %w", err)
		}
	}
	return nil
}

// leaveOutWritten leaves those out that an attempt has written that nobody heard of.
func (g *group) leaveOutWritten(ctx context.Context, tx *sqlx.Tx) error {
	treatments := make([]string, len(g.contacts))
	for i, c := range g.contacts {
		treatments[i] = c.Treatment.String()
	}
	written := map[history.Treatment]*history.Contact{}
	if err := readNear(ctx, tx, treatments, written); err != nil {
		return fmt.Errorf("look for contacts that were written: %w", err)
	}
	g.fresh = nil
	for _, c := range g.contacts {
		if written[c.Treatment] == nil {
			g.fresh = append(g.fresh, c)
		}
	}
	return nil
}

// useReservations counts new contacts on the chunks that they were taken from.
func (g *group) useReservations(ctx context.Context, tx *sqlx.Tx) error {
	uses := map[history.Reservation]int64{}
	for _, c := range g.fresh {
		if !c.Reservation.IsZero() {
			uses[c.Reservation]++
		}
	}
	if len(uses) == 0 {
		return nil
	}
	// In one order everywhere.
	reservations := slices.SortedFunc(maps.Keys(uses), func(a, b history.Reservation) int { return bytes.Compare(a[:], b[:]) })
	ids, counts := make([]string, len(reservations)), make([]int64, len(reservations))
	for i, r := range reservations {
		ids[i], counts[i] = uuid.UUID(r).String(), uses[r]
	}
	if _, err := tx.ExecContext(ctx, `SELECT FROM offer_chunks WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, pq.Array(ids)); err != nil {
		return fmt.Errorf("lock reserved presentations: %w", err)
	}
	var used []string
	if err := tx.SelectContext(ctx, &used, `
		UPDATE offer_chunks c SET used = c.used + u.count
		FROM unnest($1::uuid[], $2::bigint[]) AS u (id, count)
		WHERE c.id = u.id AND c.used + u.count <= c.size AND c.expires_at > clock_timestamp()
		RETURNING c.id`, pq.Array(ids), pq.Array(counts)); err != nil {
		return fmt.Errorf("use reserved presentations: %w", err)
	}
	if len(used) == len(ids) {
		return nil
	}
	lapsed := &history.LapsedError{}
	for i, id := range ids {
		if !slices.Contains(used, id) {
			lapsed.Reservations = append(lapsed.Reservations, reservations[i])
		}
	}
	return lapsed
}
