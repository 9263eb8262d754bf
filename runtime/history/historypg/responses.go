package historypg

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/history"
)

// writeResponses inserts the responses, with what their contacts say, or keeps
// them apart where there is no contact, as far as there is room.
func (g *group) writeResponses(ctx context.Context, tx *sqlx.Tx) error {
	n := len(g.responses)
	treatments, types, classes, sessions := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	channels, columns, times := make([]string, n), make([]string, n), make([]int64, n)
	known, crossing, levels, customers, offers := make([]bool, n), make([]bool, n), make([]string, n), make([]string, n), make([]string, n)
	for i, r := range g.responses {
		treatments[i], types[i], classes[i], sessions[i] = r.Treatment.String(), r.Type, string(r.Class), r.Session
		channels[i], columns[i], times[i] = r.Channel, r.columns, r.At.UnixMicro()
		if c := r.contact; c != nil {
			known[i], crossing[i], levels[i], customers[i], offers[i] = true, c.Session != r.Session, c.Level, c.Customer, c.Offer
		}
	}
	var rows []writtenResponse
	if err := tx.SelectContext(ctx, &rows, `
		WITH given AS MATERIALIZED (
			SELECT g.treatment, g.type, g.class, g.session, g.channel, g.columns, timestamptz 'epoch' + g.at * interval '1 microsecond' AS at,
				g.known, g.crossing, g.level, g.customer, g.offer, g.place
			FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::bigint[], $8::boolean[], $9::boolean[],
				$10::text[], $11::text[], $12::text[]) WITH ORDINALITY
				AS g (treatment, type, class, session, channel, columns, at, known, crossing, level, customer, offer, place)
		), recorded AS (
			INSERT INTO responses (treatment, type, class, session, cross_session, channel, level, customer, offer, at, columns)
			SELECT treatment, type, class, session, crossing, channel, level, customer, offer, at, columns
			FROM given WHERE known ORDER BY place
			ON CONFLICT (treatment, type) DO NOTHING
			RETURNING treatment, type
		), orphaned AS (
			INSERT INTO orphans (treatment, type, class, session, channel, at, columns)
			SELECT treatment, type, class, session, channel, at, columns
			FROM given WHERE NOT known ORDER BY place LIMIT $13
			ON CONFLICT (treatment, type) DO NOTHING
			RETURNING treatment, type
		)
		SELECT g.place, k.treatment IS NOT NULL AS fresh, coalesce(o.at = g.at AND o.session = g.session, false) AS same,
			a.treatment IS NOT NULL OR b.kept IS NOT NULL AS orphan
		FROM given g
		LEFT JOIN recorded k ON k.treatment = g.treatment AND k.type = g.type
		LEFT JOIN orphaned a ON a.treatment = g.treatment AND a.type = g.type
		LEFT JOIN LATERAL (SELECT at, session FROM responses WHERE treatment = g.treatment AND type = g.type LIMIT 1) o ON true
		LEFT JOIN LATERAL (SELECT true AS kept FROM orphans WHERE NOT g.known AND treatment = g.treatment AND type = g.type LIMIT 1) b ON true`,
		pq.Array(treatments), pq.Array(types), pq.Array(classes), pq.Array(sessions), pq.Array(channels), pq.Array(columns),
		pq.Array(times), pq.Array(known), pq.Array(crossing), pq.Array(levels), pq.Array(customers), pq.Array(offers), g.orphans); err != nil {
		return fmt.Errorf("insert responses: %w", err)
	}
	g.orphaned = 0
	for _, row := range rows {
		if r := &g.responses[row.Place-1]; r.written(row) == history.Orphaned {
			g.orphaned++
		}
	}
	return nil
}

// writtenResponse is what became of a response.
type writtenResponse struct {
	Place  int  `db:"place"`
	Fresh  bool `db:"fresh"`
	Same   bool `db:"same"` // as it was written before, by an attempt that nobody heard of
	Orphan bool `db:"orphan"`
}

// written notes it.
func (r *response) written(w writtenResponse) history.KeptState {
	r.fresh = w.Fresh
	switch c := r.contact; {
	case c == nil && w.Orphan:
		r.kept = history.Kept{State: history.Orphaned}
	case c == nil:
		r.kept = history.Kept{State: history.Refused}
	default:
		r.kept = history.Kept{State: history.Repeated, CrossSession: c.Session != r.Session, Level: c.Level, Customer: c.Customer, Offer: c.Offer, Session: c.Session}
		if w.Fresh || w.Same {
			r.kept.State = history.Recorded
		}
	}
	return r.kept.State
}
