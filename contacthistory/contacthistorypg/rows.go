package contacthistorypg

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/runtime/history"
)

// outcomes are the first times of new responses, by class and treatment, in
// microseconds since 1970.
type outcomes map[history.Class]map[string]int64

func (o outcomes) note(class history.Class, treatment string, at int64) {
	if class == history.Neither {
		return
	}
	if o[class] == nil {
		o[class] = map[string]int64{}
	}
	if first, ok := o[class][treatment]; !ok || at < first {
		o[class][treatment] = at
	}
}

// written is a response that was new.
type written struct {
	Treatment string        `db:"treatment"`
	Class     history.Class `db:"class"`
	At        int64         `db:"at"`
}

func (m *move) note(responses []written) {
	for _, w := range responses {
		m.outcome.note(w.Class, w.Treatment, w.At)
	}
	m.counts.Responses += int64(len(responses))
}

const returnWritten = ` ON CONFLICT DO NOTHING
	RETURNING treatment, class, (extract(epoch FROM at) * 1000000)::bigint AS at`

func (m *move) writeContacts(ctx context.Context, tx *sqlx.Tx) error {
	r := m.contacts
	if len(r.places) == 0 {
		return nil
	}
	args := append(m.unnested(r, "treatment", "session", "channel", "point", "zone", "level", "customer", "offer", "strategy", "rule",
		"segment", "source", "learning", "hash", "columns"), pq.Array(r.numbers["score"]), pq.Array(r.numbers["propensity"]),
		pq.Array(r.counts["deployment"]), pq.Array(r.counts["at"]))
	unlessThere := ""
	if m.some {
		unlessThere = ` ON CONFLICT DO NOTHING`
	}
	n, err := controldb.Exec(ctx, tx, `
		INSERT INTO contact_history (tenant_id, group_id, epoch, position, treatment, session, channel, point, zone, level, customer, offer,
			strategy, rule, segment, source, learning, hash, columns, score, propensity, deployment, at)
		SELECT $1, $2, $3, $4 + 1 + g.place, g.treatment, g.session, g.channel, g.point, g.zone, g.level, g.customer, g.offer,
			g.strategy, g.rule, g.segment, g.source, g.learning, g.hash, g.columns, g.score, g.propensity, g.deployment,
			timestamptz 'epoch' + g.at * interval '1 microsecond'
		FROM unnest($5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
			$14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::jsonb[], $21::float8[], $22::float8[],
			$23::bigint[], $24::bigint[])
			AS g (place, treatment, session, channel, point, zone, level, customer, offer, strategy, rule, segment, source, learning, hash,
				columns, score, propensity, deployment, at)`+unlessThere, args...)
	if err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	m.counts.Contacts = n
	return nil
}

// adoptOrphans makes responses of the orphans whose contacts have come now, from
// another group or in another order than they were recorded.
func (m *move) adoptOrphans(ctx context.Context, tx *sqlx.Tx) error {
	if m.counts.Contacts == 0 {
		return nil
	}
	treatments := pq.Array(m.contacts.texts["treatment"])
	waiting, err := controldb.Many[int](ctx, tx, `SELECT count(*) FROM orphan_history
		WHERE tenant_id = $1 AND treatment = ANY ($2::uuid[])`, m.tenant, treatments)
	if err != nil || waiting[0] == 0 {
		return err
	}
	base, err := m.positions(ctx, tx, waiting[0])
	if err != nil {
		return err
	}
	adopted, err := controldb.Many[written](ctx, tx, `
		WITH adopted AS (
			DELETE FROM orphan_history WHERE tenant_id = $1 AND treatment = ANY ($2::uuid[]) RETURNING *
		)
		INSERT INTO response_history (tenant_id, treatment, type, position, group_id, epoch, class, session, cross_session, channel,
			posted_in, level, customer, offer, at, columns)
		SELECT o.tenant_id, o.treatment, o.type, $3 + row_number() OVER (ORDER BY o.position), o.group_id, o.epoch, o.class, o.session,
			o.session <> c.session, c.channel, o.channel, c.level, c.customer, c.offer, o.at, o.columns
		FROM adopted o JOIN contact_history c USING (tenant_id, treatment)`+returnWritten, m.tenant, treatments, base)
	if err != nil {
		return fmt.Errorf("orphans whose contacts have come: %w", err)
	}
	m.note(adopted)
	return nil
}

func (m *move) writeResponses(ctx context.Context, tx *sqlx.Tx) error {
	r := m.responses
	if len(r.places) == 0 {
		return nil
	}
	args := append(m.unnested(r, "treatment", "type", "class", "session", "channel", "level", "customer", "offer", "columns"),
		pq.Array(r.counts["at"]), pq.Array(r.flags["cross_session"]))
	responses, err := controldb.Many[written](ctx, tx, `
		INSERT INTO response_history (tenant_id, group_id, epoch, position, treatment, type, class, session, cross_session, channel,
			posted_in, level, customer, offer, at, columns)
		SELECT $1, $2, $3, $4 + 1 + g.place, g.treatment, g.type, g.class, g.session, g.cross_session, coalesce(c.channel, g.channel),
			g.channel, g.level, g.customer, g.offer, timestamptz 'epoch' + g.at * interval '1 microsecond', g.columns
		FROM unnest($5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
			$14::jsonb[], $15::bigint[], $16::boolean[])
			AS g (place, treatment, type, class, session, channel, level, customer, offer, columns, at, cross_session)
		LEFT JOIN contact_history c ON c.tenant_id = $1 AND c.treatment = g.treatment`+returnWritten, args...)
	if err != nil {
		return fmt.Errorf("responses: %w", err)
	}
	m.note(responses)
	return nil
}

// writeOrphans writes those whose contact the tenant knows as responses: the group
// has lost it, or another one has it.
func (m *move) writeOrphans(ctx context.Context, tx *sqlx.Tx) error {
	r := m.orphans
	if len(r.places) == 0 {
		return nil
	}
	args := append(m.unnested(r, "treatment", "type", "class", "session", "channel", "columns"), pq.Array(r.counts["at"]))
	const given = `
		WITH given AS (
			SELECT g.place, g.treatment, g.type, g.class, g.session, g.channel, g.columns,
				timestamptz 'epoch' + g.at * interval '1 microsecond' AS at
			FROM unnest($5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::bigint[])
				AS g (place, treatment, type, class, session, channel, columns, at)
		)`
	responses, err := controldb.Many[written](ctx, tx, given+`
		INSERT INTO response_history (tenant_id, group_id, epoch, position, treatment, type, class, session, cross_session, channel,
			posted_in, level, customer, offer, at, columns)
		SELECT $1, $2, $3, $4 + 1 + g.place, g.treatment, g.type, g.class, g.session, g.session <> c.session, c.channel,
			g.channel, c.level, c.customer, c.offer, g.at, g.columns
		FROM given g JOIN contact_history c ON c.tenant_id = $1 AND c.treatment = g.treatment`+returnWritten, args...)
	if err != nil {
		return fmt.Errorf("orphans that are responses: %w", err)
	}
	m.note(responses)
	m.counts.Orphans, err = controldb.Exec(ctx, tx, given+`
		INSERT INTO orphan_history (tenant_id, group_id, epoch, position, treatment, type, class, session, channel, at, columns)
		SELECT $1, $2, $3, $4 + 1 + g.place, g.treatment, g.type, g.class, g.session, g.channel, g.at, g.columns
		FROM given g WHERE NOT EXISTS (SELECT FROM contact_history c WHERE c.tenant_id = $1 AND c.treatment = g.treatment)
		ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return fmt.Errorf("orphans: %w", err)
	}
	return nil
}

// noteOutcomes writes down with the contacts what came of them.
func (m *move) noteOutcomes(ctx context.Context, tx *sqlx.Tx) error {
	for class, column := range map[history.Class]string{history.Accept: "accepted_at", history.Reject: "rejected_at", history.Seen: "seen_at"} {
		treatments, times := make([]string, 0, len(m.outcome[class])), make([]int64, 0, len(m.outcome[class]))
		for treatment, at := range m.outcome[class] {
			treatments, times = append(treatments, treatment), append(times, at)
		}
		if len(treatments) == 0 {
			continue
		}
		if _, err := controldb.Exec(ctx, tx, `UPDATE contact_history c SET `+column+` = least(c.`+column+`, g.at)
			FROM (SELECT treatment, timestamptz 'epoch' + at * interval '1 microsecond' AS at
				FROM unnest($2::uuid[], $3::bigint[]) AS u (treatment, at)) g
			WHERE c.tenant_id = $1 AND c.treatment = g.treatment`, m.tenant, pq.Array(treatments), pq.Array(times)); err != nil {
			return fmt.Errorf("outcomes: %w", err)
		}
	}
	return nil
}
