package serverpg

import (
	"context"
	"encoding/json"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/tenants"
)

// releasing is the expression "released": it takes the interactions of "changed"
// from the agents that have them, and sets something else of those. Each agent
// may occur once in "changed".
func releasing(set string) string {
	return `released AS (
	UPDATE agent_media m SET assigned = array_remove(m.assigned, c.id), ` + set + `
	FROM changed c WHERE m.agent = c.agent AND m.medium = c.media_type AND c.id = ANY(m.assigned)
	RETURNING c.id, m.agent
)`
}

const acceptAssignment = `
WITH changed AS (
	UPDATE interactions SET state = 'handling', changed_at = clock_timestamp(), expires_at = NULL,
		accepted_at = coalesce(accepted_at, clock_timestamp())
	WHERE id = $1 AND agent = $2 AND assignment = $3 AND state = 'delivering' AND expires_at > clock_timestamp()
	RETURNING ` + columns + `
), logged AS (
	INSERT INTO events (at, kind, interaction, agent, actor, server, assignment)
	SELECT changed_at, 'accepted', id, agent, agent, $4, assignment FROM changed
)
SELECT ` + columns + ` FROM changed`

// Accept turns a valid offer into handling.
func (s *Store) Accept(ctx context.Context, a interactionserver.Answer) (interactionserver.Interaction, bool, error) {
	return s.change(ctx, "accept interaction", acceptAssignment, a.Interaction, a.Agent, a.Assignment, s.server)
}

// An agent that turns an offer down keeps its idle time; the interaction keeps
// its place in the queue.
var rejectAssignment = `
WITH changed AS (
	UPDATE interactions SET state = 'routing', changed_at = clock_timestamp(), expires_at = NULL,
		assignment_end = 'rejected',
		tried = coalesce(tried, '{}') || jsonb_build_object(agent::text, clock_timestamp())
	WHERE id = $1 AND agent = $2 AND assignment = $3 AND state = 'delivering'
	RETURNING ` + columns + `
), ` + releasing("changed_at = m.changed_at") + `, logged AS (
	INSERT INTO events (at, kind, interaction, agent, actor, server, assignment, reason)
	SELECT changed_at, 'rejected', id, agent, agent, $5, assignment, nullif($4, '') FROM changed
)
SELECT ` + columns + ` FROM changed`

// Reject takes an offer back to its place.
func (s *Store) Reject(ctx context.Context, a interactionserver.Answer, reason string) (interactionserver.Interaction, bool, error) {
	return s.change(ctx, "reject interaction", rejectAssignment, a.Interaction, a.Agent, a.Assignment, reason, s.server)
}

var completeAssignment = `
WITH changed AS (
	UPDATE interactions SET state = 'routing', changed_at = clock_timestamp(), completed_at = clock_timestamp(),
		assignment_end = 'completed', outcome = $4, properties = properties || $5::jsonb, waits_for = 'process',
		news = json_build_object('kind', 'completed', 'sequence', sequence, 'outcome', $4::text, 'agent', $6::text)
	WHERE id = $1 AND agent = $2 AND assignment = $3 AND state = 'handling'
	RETURNING ` + columns + `
), ` + releasing("idle_since = clock_timestamp()") + `, logged AS (
	INSERT INTO events (at, kind, interaction, agent, actor, server, assignment, detail)
	SELECT changed_at, 'completed', id, agent, agent, $7, assignment, jsonb_build_object('outcome', outcome) FROM changed
), posted AS (
	INSERT INTO outbox (kind, interaction, process, media_type, server, created_at)
	SELECT 'nudge', id, process, media_type, $7, changed_at FROM changed
)
SELECT ` + columns + ` FROM changed`

// Complete ends handling and leaves the outcome as news for the process.
func (s *Store) Complete(ctx context.Context, a interactionserver.Answer, agentName string, c interactionserver.Completion) (interactionserver.Interaction, bool, error) {
	properties := "{}"
	if len(c.Properties) > 0 {
		text, err := json.Marshal(c.Properties)
		if err != nil {
			return interactionserver.Interaction{}, false, err
		}
		properties = string(text)
	}
	return s.change(ctx, "complete interaction", completeAssignment,
		a.Interaction, a.Agent, a.Assignment, c.Outcome, properties, agentName, s.server)
}

// change runs a statement that changes at most one interaction.
func (s *Store) change(ctx context.Context, what, query string, args ...any) (interactionserver.Interaction, bool, error) {
	var row interactionRow
	changed, err := s.one(ctx, what, &row, query, args...)
	if err != nil || !changed {
		return interactionserver.Interaction{}, false, err
	}
	in, err := row.interaction()
	return in, true, err
}

// Concerned reports whether an event of the interaction names the agent.
func (s *Store) Concerned(ctx context.Context, id interactionserver.InteractionID, agent tenants.AccountID) (bool, error) {
	return s.one(ctx, "find agent's events", new(bool),
		`SELECT true FROM events WHERE interaction = $1 AND agent = $2 LIMIT 1`, id, agent)
}

// The agent's row is made when it is not there: an agent may pull without ever
// having been ready. Its do-not-disturb is read from agents, which is locked first.
//
// An agent without room does not lock what it cannot take. What others have locked
// is passed over, or waited for.
func pullInteraction(passOver string) string {
	return `
WITH first AS MATERIALIZED (
	SELECT id, media_type, ($4::jsonb ->> media_type)::int AS capacity
	FROM interactions
	WHERE stopped_at IS NULL AND process = $1 AND queue = $2 AND state = 'queued' AND ` + hasRoom + `
	ORDER BY priority DESC, queued_at, id
	LIMIT 1
	FOR UPDATE ` + passOver + `
), known AS (
	INSERT INTO agents (agent, changed_at) SELECT $3, clock_timestamp() FROM first
	ON CONFLICT (agent) DO UPDATE SET agent = excluded.agent
	RETURNING agent, do_not_disturb
), taken AS (
	INSERT INTO agent_media (agent, medium, state, do_not_disturb, assigned, idle_since, changed_at)
	SELECT known.agent, first.media_type, 'not-ready', known.do_not_disturb, ARRAY[first.id], clock_timestamp(), clock_timestamp()
	FROM first, known WHERE first.capacity > 0
	ON CONFLICT (agent, medium) DO UPDATE SET assigned = agent_media.assigned || excluded.assigned
	WHERE cardinality(agent_media.assigned) < (SELECT capacity FROM first)
	RETURNING agent
), changed AS (
	UPDATE interactions i SET state = 'handling', agent = taken.agent, assignment = i.assignment + 1, assignment_end = NULL,
		changed_at = clock_timestamp(), accepted_at = coalesce(i.accepted_at, clock_timestamp())
	FROM first, taken WHERE i.id = first.id
	RETURNING i.*
), logged AS (
	INSERT INTO events (at, kind, interaction, agent, actor, server, assignment)
	SELECT changed_at, 'pulled', id, agent, agent, $5, assignment FROM changed
)
SELECT ` + columns + ` FROM changed`
}

var (
	pullUnlocked = pullInteraction("SKIP LOCKED")
	pullWaiting  = pullInteraction("")
)

// hasRoom says of an interaction that the agent $3 takes one more of its media type,
// with the capacities $4.
const hasRoom = `media_type = ANY (ARRAY(
		SELECT c.medium FROM jsonb_each_text($4::jsonb) AS c (medium, capacity)
		WHERE c.capacity::int > coalesce((SELECT cardinality(m.assigned) FROM agent_media m WHERE m.agent = $3 AND m.medium = c.medium), 0)))`

// Pull gives the first interaction of a queue to an agent.
func (s *Store) Pull(ctx context.Context, agent tenants.AccountID, process tenants.Name, queue string, capacity map[string]int) (_ interactionserver.Interaction, found, changed bool, _ error) {
	capacities, err := json.Marshal(capacity)
	if err != nil {
		return interactionserver.Interaction{}, false, false, err
	}
	in, changed, err := s.change(ctx, "pull interaction", pullUnlocked, process, queue, agent, string(capacities), s.server)
	if err != nil || changed {
		return in, changed, changed, err
	}
	const queued = `SELECT FROM interactions WHERE stopped_at IS NULL AND process = $1 AND queue = $2 AND state = 'queued' AND `
	var forOthers bool
	found, err = s.one(ctx, "look into queue", &forOthers,
		`SELECT NOT EXISTS (`+queued+hasRoom+`) WHERE EXISTS (`+queued+`$4::jsonb ? media_type)`, process, queue, agent, string(capacities))
	if err != nil || !found || forOthers {
		return in, found, false, err
	}
	// Somebody else is just taking it, and may yet be refused it.
	in, changed, err = s.change(ctx, "pull interaction", pullWaiting, process, queue, agent, string(capacities), s.server)
	return in, changed, changed, err
}
