package historypg

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/history"
)

// writeContacts writes blocks.
func (g *group) writeContacts(ctx context.Context, tx *sqlx.Tx) error {
	blocks := g.blocks
	g.fresh = g.contacts
	if g.again {
		if err := g.leaveOutWritten(ctx, tx); err != nil {
			return err
		}
		var err error
		if blocks, err = blocksOf(g.fresh); err != nil || len(blocks) == 0 {
			return err
		}
	}
	return insertBlocks(ctx, tx, blocks)
}

// contactsOnly reports whether blocks are all that is to be written.
func (g *group) contactsOnly() bool {
	if g.again || len(g.contacts) == 0 || len(g.responses) > 0 {
		return false
	}
	if slices.ContainsFunc(g.contacts, func(c *history.Contact) bool { return c.Customer != "" || !c.Reservation.IsZero() }) {
		return false
	}
	return g.also == nil || g.also(g.contacts, nil) == nil
}

// insertBlocks writes at least one block. It holds the history's lock before it draws
// numbers of the sequence: those are defaults of rows that it joins with the lock.
func insertBlocks(ctx context.Context, to sqlx.ExecerContext, blocks []block) error {
	const columns = 5
	var rows strings.Builder
	values := make([]any, 0, columns*len(blocks))
	for i, b := range blocks {
		if i > 0 {
			rows.WriteByte(',')
		}
		n := columns * i
		fmt.Fprintf(&rows, "($%d::uuid, $%d::uuid, $%d::integer, $%d::timestamptz, $%d::text)", n+1, n+2, n+3, n+4, n+5)
		values = append(values, b.first.String(), b.last.String(), b.contacts, b.at, b.lines)
	}
	if _, err := to.ExecContext(ctx, fmt.Sprintf(`
		INSERT INTO contact_blocks (first, treatments, contacts, at, lines)
		SELECT b.first, treatment_range(b.first, b.last, '[]'), b.contacts, b.at, b.lines
		FROM (SELECT pg_advisory_xact_lock_shared(%d)) AS held, (VALUES %s) AS b (first, last, contacts, at, lines)`,
		historyLock, rows.String()), values...); err != nil {
		return fmt.Errorf("insert %d blocks of contacts: %w", len(blocks), err)
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
