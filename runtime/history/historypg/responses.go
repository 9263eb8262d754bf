package historypg

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/history"
)

// writeResponses inserts the responses, with what their contacts say, or keeps
// them apart where there is no contact, as far as there is room. With LIMIT the
// planner looks each contact up, and never reads the whole table.
func (g *group) writeResponses(ctx context.Context, tx *sqlx.Tx) error {
	n := len(g.responses)
	treatments, types, classes, sessions := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	channels, columns, times := make([]string, n), make([]string, n), make([]int64, n)
	for i, r := range g.responses {
		treatments[i], types[i], classes[i], sessions[i] = r.Treatment.String(), r.Type, string(r.Class), r.Session
		channels[i], columns[i], times[i] = r.Channel, r.columns, r.At.UnixMicro()
	}
	var rows []struct {
		Place    int    `db:"place"`
		Found    bool   `db:"found"`
		Fresh    bool   `db:"fresh"`
		Same     bool   `db:"same"` // as it was written before, by an attempt that nobody heard of
		Orphan   bool   `db:"orphan"`
		Level    string `db:"level"`
		Customer string `db:"customer"`
		Offer    string `db:"offer"`
		Session  string `db:"session"`
	}
	if err := tx.SelectContext(ctx, &rows, `
		WITH given AS MATERIALIZED (
			SELECT g.treatment, g.type, g.class, g.session, g.channel, g.columns, timestamptz 'epoch' + g.at * interval '1 microsecond' AS at, g.place,
				c.treatment IS NOT NULL AS found, coalesce(c.session, '') AS contact_session, coalesce(c.level, '') AS level,
				coalesce(c.customer, '') AS customer, coalesce(c.offer, '') AS offer
			FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::bigint[]) WITH ORDINALITY
				AS g (treatment, type, class, session, channel, columns, at, place)
			LEFT JOIN LATERAL (SELECT * FROM contacts WHERE contacts.treatment = g.treatment LIMIT 1) c ON true
		), recorded AS (
			INSERT INTO responses (treatment, type, class, session, cross_session, channel, level, customer, offer, at, columns)
			SELECT treatment, type, class, session, session <> contact_session, channel, level, customer, offer, at, columns
			FROM given WHERE found ORDER BY place
			ON CONFLICT (treatment, type) DO NOTHING
			RETURNING treatment, type
		), orphaned AS (
			INSERT INTO orphans (treatment, type, class, session, channel, at, columns)
			SELECT treatment, type, class, session, channel, at, columns
			FROM given WHERE NOT found ORDER BY place LIMIT $8
			ON CONFLICT (treatment, type) DO NOTHING
			RETURNING treatment, type
		)
		SELECT g.place, g.found, k.treatment IS NOT NULL AS fresh, coalesce(o.at = g.at AND o.session = g.session, false) AS same,
			a.treatment IS NOT NULL OR b.kept IS NOT NULL AS orphan, g.level, g.customer, g.offer, g.contact_session AS session
		FROM given g
		LEFT JOIN recorded k ON k.treatment = g.treatment AND k.type = g.type
		LEFT JOIN orphaned a ON a.treatment = g.treatment AND a.type = g.type
		LEFT JOIN LATERAL (SELECT at, session FROM responses WHERE treatment = g.treatment AND type = g.type LIMIT 1) o ON true
		LEFT JOIN LATERAL (SELECT true AS kept FROM orphans WHERE NOT g.found AND treatment = g.treatment AND type = g.type LIMIT 1) b ON true`,
		pq.Array(treatments), pq.Array(types), pq.Array(classes), pq.Array(sessions), pq.Array(channels), pq.Array(columns),
		pq.Array(times), g.orphans); err != nil {
		return fmt.Errorf("insert responses: %w", err)
	}
	g.orphaned = 0
	for _, row := range rows {
		r := &g.responses[row.Place-1]
		r.kept = history.Kept{State: history.Orphaned}
		if !row.Found && !row.Orphan {
			r.kept.State = history.Refused
		}
		if !row.Found && row.Orphan {
			g.orphaned++
		}
		if row.Found {
			r.kept = history.Kept{
				State: history.Repeated, CrossSession: row.Session != r.Session,
				Level: row.Level, Customer: row.Customer, Offer: row.Offer, Session: row.Session,
			}
		}
		if r.fresh = row.Fresh; row.Fresh || row.Same {
			r.kept.State = history.Recorded
		}
	}
	return nil
}
