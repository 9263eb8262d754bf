package historypg

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
)

// copyStatement has the columns of contactLine.
const copyStatement = `COPY contacts (treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, source,
	learning, hash, columns, score, propensity, deployment, at) FROM STDIN`

// copyContacts writes the contacts, none of which may be there: the fastest way. A
// treatment that is there is a unique violation.
func (g *group) copyContacts(ctx context.Context, c postgres.Copier) error {
	lines := make([]byte, 0, len(g.contacts)*512)
	for i := range g.contacts {
		lines = g.contacts[i].line(lines)
	}
	if err := c.Copy(ctx, copyStatement, string(lines)); err != nil {
		return fmt.Errorf("copy contacts: %w", err)
	}
	for i := range g.contacts {
		g.fresh = append(g.fresh, g.contacts[i].Contact)
	}
	return nil
}

// line appends the contact as COPY reads it.
func (c *contact) line(to []byte) []byte {
	to = hex.AppendEncode(to, c.Treatment[:]) // uuid takes it without dashes
	for _, text := range [...]string{c.Session, c.Channel, c.Point, c.Zone, c.Level, c.Customer, c.Offer, c.Strategy, c.Rule, c.Segment,
		string(c.Source), c.Learning, c.Hash, c.columns} {
		to = postgres.AppendCopied(append(to, '\t'), text)
	}
	to = strconv.AppendFloat(append(to, '\t'), c.Score, 'g', -1, 64)
	to = strconv.AppendFloat(append(to, '\t'), c.Propensity, 'g', -1, 64)
	to = strconv.AppendInt(append(to, '\t'), c.Deployment, 10)
	to = c.At.UTC().AppendFormat(append(to, '\t'), "2006-01-02 15:04:05.999999Z")
	return append(to, '\n')
}

// insertContacts inserts those contacts that are not there, and notes which.
func (g *group) insertContacts(ctx context.Context, tx *sqlx.Tx) error {
	n := len(g.contacts)
	treatments, sessions, channels, points, zones := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	levels, customers, offers, strategies, rules := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	segments, sources, learning, hashes, columns := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	scores, propensities := make([]float64, n), make([]float64, n)
	deployments, times := make([]int64, n), make([]int64, n)
	for i, c := range g.contacts {
		treatments[i], sessions[i], channels[i], points[i], zones[i] = c.Treatment.String(), c.Session, c.Channel, c.Point, c.Zone
		levels[i], customers[i], offers[i], strategies[i], rules[i] = c.Level, c.Customer, c.Offer, c.Strategy, c.Rule
		segments[i], sources[i], learning[i], hashes[i], columns[i] = c.Segment, string(c.Source), c.Learning, c.Hash, c.columns
		scores[i], propensities[i], deployments[i], times[i] = c.Score, c.Propensity, c.Deployment, c.At.UnixMicro()
	}
	var written struct {
		Count      int            `db:"count"`
		Treatments pq.StringArray `db:"treatments"` // only where some were there: it is rare
	}
	if err := tx.GetContext(ctx, &written, `
		WITH written AS (INSERT INTO contacts (treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, source,
			learning, hash, columns, score, propensity, deployment, at)
		SELECT g.treatment, g.session, g.channel, g.point, g.zone, g.level, g.customer, g.offer, g.strategy, g.rule, g.segment, g.source,
			g.learning, g.hash, g.columns, g.score, g.propensity, g.deployment, timestamptz 'epoch' + g.at * interval '1 microsecond'
		FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
			$11::text[], $12::text[], $13::text[], $14::text[], $15::jsonb[], $16::float8[], $17::float8[], $18::bigint[], $19::bigint[])
			AS g (treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, source, learning, hash, columns,
				score, propensity, deployment, at)
		ON CONFLICT (treatment) DO NOTHING
		RETURNING treatment)
		SELECT count(*) AS count, CASE WHEN count(*) < $20 THEN array_agg(treatment::text) END AS treatments FROM written`,
		pq.Array(treatments), pq.Array(sessions), pq.Array(channels), pq.Array(points), pq.Array(zones), pq.Array(levels), pq.Array(customers),
		pq.Array(offers), pq.Array(strategies), pq.Array(rules), pq.Array(segments), pq.Array(sources), pq.Array(learning), pq.Array(hashes),
		pq.Array(columns), pq.Array(scores), pq.Array(propensities), pq.Array(deployments), pq.Array(times), n); err != nil {
		return fmt.Errorf("insert contacts: %w", err)
	}
	g.fresh = make([]*history.Contact, 0, written.Count)
	for i := range g.contacts {
		if written.Count == n || slices.Contains(written.Treatments, treatments[i]) {
			g.fresh = append(g.fresh, g.contacts[i].Contact)
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
