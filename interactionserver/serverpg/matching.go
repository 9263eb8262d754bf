package serverpg

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/tenants"
)

const waiting = `SELECT ` + processColumns + ` FROM interactions
	WHERE process = ANY($1) AND state = 'routing' AND waits_for = 'agent'`

// Waiting returns what waits for an agent.
func (s *Store) Waiting(ctx context.Context, processes []tenants.Name, ids []interactionserver.InteractionID) ([]interactionserver.Record, error) {
	var rows []recordRow
	var err error
	if ids == nil {
		err = s.all(ctx, "read waiting interactions", &rows, waiting+` AND stopped_at IS NULL`, pq.Array(processes))
	} else {
		err = s.all(ctx, "read waiting interactions", &rows, waiting+` AND id = ANY($2)`, pq.Array(processes), pq.Array(ids))
	}
	if err != nil {
		return nil, err
	}
	return recordsOf(rows)
}

// An offer is made when the interaction waits as it did when the offer was
// decided on, and the agent is ready, undisturbed and has capacity left. The
// interaction is locked first; one that another statement is changing is left to
// it. An agent who occurs twice in a medium gets one offer; the other one is not
// made.
const invite = `
WITH offer AS (
	SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::int[], $7::bigint[])
		AS o (interaction, sequence, assignment, agent, medium, capacity, timeout)
), waiting AS MATERIALIZED (
	SELECT i.id, o.agent, o.medium, o.capacity, o.timeout
	FROM interactions i JOIN offer o ON o.interaction = i.id
	WHERE i.state = 'routing' AND i.waits_for = 'agent' AND i.sequence = o.sequence AND i.assignment = o.assignment
	ORDER BY i.id
	FOR UPDATE OF i SKIP LOCKED
), taken AS (
	UPDATE agent_media m SET assigned = m.assigned || w.id
	FROM waiting w
	WHERE m.agent = w.agent AND m.medium = w.medium AND m.state = 'ready' AND NOT m.do_not_disturb
		AND cardinality(m.assigned) < w.capacity
	RETURNING w.id, m.agent, w.timeout
), changed AS (
	UPDATE interactions i SET state = 'delivering', agent = t.agent, assignment = i.assignment + 1, assignment_end = NULL,
		changed_at = clock_timestamp(), invited_at = clock_timestamp(),
		expires_at = clock_timestamp() + t.timeout * interval '1 microsecond'
	FROM taken t WHERE i.id = t.id
	RETURNING i.*
), logged AS (
	INSERT INTO events (at, kind, interaction, agent, server, assignment, detail)
	SELECT changed_at, 'agent-invited', id, agent, $8, assignment, jsonb_build_object('expiresAt', expires_at) FROM changed
)
SELECT ` + columns + ` FROM changed`

// Invite makes the offers that are still possible.
func (s *Store) Invite(ctx context.Context, offers []interactionserver.Invitation) ([]interactionserver.Interaction, error) {
	n := len(offers)
	ids, agents, media := make([]string, n), make([]string, n), make([]string, n)
	sequences, assignments, capacities, timeouts := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, o := range offers {
		ids[i], sequences[i], assignments[i] = string(o.Interaction), o.Sequence, o.Assignment
		agents[i], media[i], capacities[i] = string(o.Agent), o.Medium, int64(o.Capacity)
		timeouts[i] = micros(o.Timeout)
	}
	var rows []interactionRow
	if err := s.all(ctx, "invite agents", &rows, invite, pq.Array(ids), pq.Array(sequences), pq.Array(assignments),
		pq.Array(agents), pq.Array(media), pq.Array(capacities), pq.Array(timeouts), s.server); err != nil {
		return nil, err
	}
	return interactionsOf(rows)
}

// assigned are the ids of all that agents have, which are few: offers are found
// through them, so that no index has to follow expires_at.
const assigned = `ARRAY(SELECT unnest(m.assigned) FROM agent_media m WHERE m.assigned <> '{}')`

// Several offers of one agent may run out at once.
const expire = `
WITH due AS MATERIALIZED (
	SELECT i.id FROM interactions i
	WHERE i.id = ANY (` + assigned + `) AND i.state = 'delivering' AND i.expires_at <= clock_timestamp()
	ORDER BY i.id
	FOR UPDATE OF i SKIP LOCKED
), changed AS (
	UPDATE interactions i SET state = 'routing', changed_at = clock_timestamp(), expires_at = NULL,
		assignment_end = 'not-answered',
		tried = coalesce(i.tried, '{}') || jsonb_build_object(i.agent::text, clock_timestamp())
	FROM due WHERE i.id = due.id
	RETURNING i.*
), lost AS (
	SELECT agent, media_type, array_agg(id) AS ids, max(changed_at) AS at FROM changed GROUP BY agent, media_type
), released AS (
	UPDATE agent_media m SET state = 'not-ready', reason = 'no-answer', changed_at = l.at,
		assigned = coalesce((SELECT array_agg(id ORDER BY n) FROM unnest(m.assigned) WITH ORDINALITY AS a (id, n)
			WHERE id <> ALL (l.ids)), '{}')
	FROM lost l WHERE m.agent = l.agent AND m.medium = l.media_type
	RETURNING m.agent, m.medium, m.changed_at
), logged AS (
	INSERT INTO events (at, kind, interaction, agent, server, assignment)
	SELECT changed_at, 'not-answered', id, agent, $1, assignment FROM changed
), logged_agent AS (
	INSERT INTO events (at, kind, agent, server, reason, detail)
	SELECT changed_at, 'medium-changed', agent, $1, 'no-answer', jsonb_build_object('medium', medium, 'state', 'not-ready')
	FROM released
)
SELECT ` + columns + ` FROM changed`

const nextExpiry = `
SELECT min(expires_at) FROM interactions WHERE id = ANY (` + assigned + `) AND state = 'delivering'`

// ExpireInvitations takes back the offers whose time is over.
func (s *Store) ExpireInvitations(ctx context.Context) ([]interactionserver.Interaction, time.Time, error) {
	var rows []interactionRow
	if err := s.all(ctx, "expire invitations", &rows, expire, s.server); err != nil {
		return nil, time.Time{}, err
	}
	expired, err := interactionsOf(rows)
	if err != nil {
		return nil, time.Time{}, err
	}
	var next sql.NullTime
	_, err = s.one(ctx, "find next expiry", &next, nextExpiry)
	return expired, timeOf(next), err
}

const exhaust = `
WITH over AS (
	SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS o (interaction, sequence, assignment)
), changed AS (
	UPDATE interactions i SET waits_for = 'process', changed_at = clock_timestamp(),
		news = json_build_object('kind', 'no-target', 'sequence', i.sequence)
	FROM over o
	WHERE i.id = o.interaction AND i.state = 'routing' AND i.waits_for = 'agent'
		AND i.sequence = o.sequence AND i.assignment = o.assignment
	RETURNING i.id, i.process, i.media_type, i.changed_at
), logged AS (
	INSERT INTO events (at, kind, interaction, server) SELECT changed_at, 'no-target', id, $4 FROM changed
), posted AS (
	INSERT INTO outbox (kind, interaction, process, media_type, server, created_at)
	SELECT 'nudge', id, process, media_type, $4, changed_at FROM changed
)
SELECT count(*) FROM changed`

// ExhaustTargets leaves "no target" as news.
func (s *Store) ExhaustTargets(ctx context.Context, records []interactionserver.Record) (int, error) {
	ids := make([]string, len(records))
	sequences, assignments := make([]int64, len(records)), make([]int64, len(records))
	for i, r := range records {
		ids[i], sequences[i], assignments[i] = string(r.ID), r.Sequence, r.Assignment
	}
	var changed int
	_, err := s.one(ctx, "exhaust targets", &changed, exhaust, pq.Array(ids), pq.Array(sequences), pq.Array(assignments), s.server)
	return changed, err
}

// changeRow is the part of an event that Changes tells, and the newest event's id.
type changeRow struct {
	Newest      int64  `db:"newest"`
	ID          int64  `db:"id"`
	Kind        string `db:"kind"`
	Interaction string `db:"interaction"`
	Agent       string `db:"agent"`
}

// Changes returns what other servers of the group wrote.
func (s *Store) Changes(ctx context.Context, after int64, limit int) ([]interactionserver.Change, int64, error) {
	var rows []changeRow
	if err := s.all(ctx, "read changes", &rows, `
		SELECT coalesce(n.id, 0) AS newest, coalesce(e.id, 0) AS id, coalesce(e.kind, '') AS kind,
			coalesce(e.interaction::text, '') AS interaction, coalesce(e.agent::text, '') AS agent
		FROM (SELECT max(id) AS id FROM events) n
		LEFT JOIN events e ON e.id > $1 AND e.id <= n.id AND e.server <> $2
		ORDER BY e.id LIMIT $3`, after, s.server, limit); err != nil {
		return nil, after, err
	}
	newest := after
	changes := make([]interactionserver.Change, 0, len(rows))
	for _, row := range rows {
		newest = row.Newest
		if row.ID == 0 {
			continue // nothing but the newest id
		}
		changes = append(changes, interactionserver.Change{
			Event:       row.ID,
			Kind:        interactionserver.EventKind(row.Kind),
			Interaction: interactionserver.InteractionID(row.Interaction),
			Agent:       tenants.AccountID(row.Agent),
		})
	}
	if len(changes) == limit {
		newest = changes[limit-1].Event
	}
	return changes, newest, nil
}
