package historypg

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
)

const (
	// A chunk is this share of what is left, so that the last presentations are not
	// all with one server while others have none.
	chunkShare = 16
	maxChunk   = 1_000

	// lease is how long a chunk is valid; of a limit within a time at most this part
	// of it, because its presentations count from the end of their chunk.
	lease      = 30 * time.Second
	leaseParts = 64
	minLease   = time.Second
)

// Reserve implements history.Reserver.
func (s *Store) Reserve(ctx context.Context, offer string, allowed int64, within *duration.Duration) (history.Chunk, error) {
	var chunk history.Chunk
	err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		chunk, err = reserve(ctx, tx, offer, allowed, within)
		return err
	})
	if err != nil {
		return history.Chunk{}, fmt.Errorf("reserve presentations of %s: %w", offer, postgres.Classify(err))
	}
	return chunk, nil
}

func reserve(ctx context.Context, tx *sqlx.Tx, offer string, allowed int64, within *duration.Duration) (history.Chunk, error) {
	closed, err := lockTotal(ctx, tx, offer)
	if err != nil {
		return history.Chunk{}, err
	}
	valid := lease
	if within == nil {
		n, err := fold(ctx, tx, offer, 0)
		if err != nil {
			return history.Chunk{}, err
		}
		closed += n
	} else {
		// What was presented longer ago does not count any more.
		closed = 0
		if _, err := fold(ctx, tx, offer, time.Duration(*within)); err != nil {
			return history.Chunk{}, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE offer_chunks SET size = used WHERE offer = $1 AND expires_at <= clock_timestamp() AND size > used`, offer); err != nil {
			return history.Chunk{}, fmt.Errorf("close chunks: %w", err)
		}
		valid = min(lease, max(minLease, time.Duration(*within)/leaseParts))
	}
	var reserved int64
	if err := tx.GetContext(ctx, &reserved, `SELECT coalesce(sum(size), 0)::bigint FROM offer_chunks WHERE offer = $1`, offer); err != nil {
		return history.Chunk{}, fmt.Errorf("count chunks: %w", err)
	}
	chunk := history.Chunk{Counted: closed + reserved}
	left := allowed - chunk.Counted
	if left <= 0 {
		return chunk, nil
	}
	chunk.Size = min(maxChunk, max(1, left/chunkShare))
	id, err := uuid.NewV7()
	if err != nil {
		return history.Chunk{}, fmt.Errorf("make the id of a chunk: %w", err)
	}
	// The rest of the lease is for contacts on their way.
	chunk.ID, chunk.Lasts = history.Reservation(id), valid*2/3
	if _, err := tx.ExecContext(ctx, `INSERT INTO offer_chunks (id, offer, size, expires_at) VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 microsecond')`,
		id.String(), offer, chunk.Size, valid.Microseconds()); err != nil {
		return history.Chunk{}, fmt.Errorf("make a chunk: %w", err)
	}
	return chunk, nil
}

// lockTotal lets one at a time reserve presentations of an offer. Statements after
// it see what those before have done.
func lockTotal(ctx context.Context, tx *sqlx.Tx, offer string) (closed int64, err error) {
	if _, err := tx.ExecContext(ctx, `INSERT INTO offer_totals (offer) VALUES ($1) ON CONFLICT DO NOTHING`, offer); err != nil {
		return 0, fmt.Errorf("make the total: %w", err)
	}
	if err := tx.GetContext(ctx, &closed, `SELECT closed FROM offer_totals WHERE offer = $1 FOR UPDATE`, offer); err != nil {
		return 0, fmt.Errorf("lock the total: %w", err)
	}
	return closed, nil
}

// fold adds the chunks that have expired that long ago to the total, and takes
// them away. A contact that uses one of them at the same moment comes before, and
// counts, or after, and is refused.
func fold(ctx context.Context, tx *sqlx.Tx, offer string, ago time.Duration) (used int64, err error) {
	if err := tx.GetContext(ctx, &used, `
		WITH gone AS (
			DELETE FROM offer_chunks WHERE offer = $1 AND expires_at + $2 * interval '1 microsecond' <= clock_timestamp() RETURNING used
		), added AS (SELECT coalesce(sum(used), 0)::bigint AS used FROM gone),
		changed AS (UPDATE offer_totals t SET closed = t.closed + a.used FROM added a WHERE t.offer = $1 AND a.used > 0)
		SELECT used FROM added`, offer, ago.Microseconds()); err != nil {
		return 0, fmt.Errorf("count chunks that are gone: %w", err)
	}
	return used, nil
}

// Release implements history.Reserver: the chunks expire now.
func (s *Store) Release(ctx context.Context, chunks []history.Reservation) error {
	ids := make([]string, len(chunks))
	for i, c := range chunks {
		ids[i] = uuid.UUID(c).String()
	}
	if _, err := s.db.ExecContext(ctx, `
		UPDATE offer_chunks SET size = used, expires_at = clock_timestamp() WHERE id = ANY ($1::uuid[]) AND expires_at > clock_timestamp()`,
		pq.Array(ids)); err != nil {
		return fmt.Errorf("give reserved presentations back: %w", postgres.Classify(err))
	}
	return nil
}
