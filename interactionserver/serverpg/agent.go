package serverpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// mediumRow is a row of agent_media.
type mediumRow struct {
	Agent        string         `db:"agent"`
	DoNotDisturb bool           `db:"do_not_disturb"`
	Medium       string         `db:"medium"`
	State        string         `db:"state"`
	Reason       string         `db:"reason"`
	Assigned     pq.StringArray `db:"assigned"`
	IdleSince    time.Time      `db:"idle_since"`
	ChangedAt    time.Time      `db:"changed_at"`
}

func (r *mediumRow) medium() interactionserver.Medium {
	return interactionserver.Medium{
		Name:      r.Medium,
		State:     interactionserver.MediumState(r.State),
		Reason:    r.Reason,
		Assigned:  len(r.Assigned),
		IdleSince: r.IdleSince.UTC(),
		ChangedAt: r.ChangedAt.UTC(),
	}
}

// agentsOf groups rows that are sorted by agent.
func agentsOf(rows []mediumRow) []interactionserver.AgentRecord {
	var agents []interactionserver.AgentRecord
	for i := range rows {
		row := &rows[i]
		id := tenants.AccountID(row.Agent)
		if len(agents) == 0 || agents[len(agents)-1].ID != id {
			agents = append(agents, interactionserver.AgentRecord{
				ID: id, DoNotDisturb: row.DoNotDisturb, Media: map[string]interactionserver.Medium{},
			})
		}
		if row.Medium != "" {
			agents[len(agents)-1].Media[row.Medium] = row.medium()
		}
	}
	return agents
}

// Ready returns the agents that may be offered something, and the time.
func (s *Store) Ready(ctx context.Context) ([]interactionserver.AgentRecord, time.Time, error) {
	type readyRow struct {
		mediumRow
		Now time.Time `db:"now"`
	}
	var rows []readyRow
	if err := s.all(ctx, "read ready agents", &rows, `
		SELECT c.now, coalesce(m.agent::text, '') AS agent, false AS do_not_disturb, coalesce(m.medium, '') AS medium,
			coalesce(m.state, '') AS state, coalesce(m.reason, '') AS reason, coalesce(m.assigned, '{}') AS assigned,
			coalesce(m.idle_since, c.now) AS idle_since, coalesce(m.changed_at, c.now) AS changed_at
		FROM (SELECT clock_timestamp() AS now) c LEFT JOIN agent_media m ON NOT m.do_not_disturb
		ORDER BY m.agent`); err != nil {
		return nil, time.Time{}, err
	}
	media := make([]mediumRow, 0, len(rows))
	for _, row := range rows {
		if row.Agent != "" {
			media = append(media, row.mediumRow)
		}
	}
	return agentsOf(media), rows[0].Now.UTC(), nil
}

// FindAgents returns the states and the assignments of agents.
func (s *Store) FindAgents(ctx context.Context, ids []tenants.AccountID) ([]interactionserver.AgentRecord, error) {
	var rows []mediumRow
	if err := s.all(ctx, "find agents", &rows, `
		SELECT a.agent, a.do_not_disturb, coalesce(m.medium, '') AS medium, coalesce(m.state, '') AS state,
			coalesce(m.reason, '') AS reason, coalesce(m.assigned, '{}') AS assigned,
			coalesce(m.idle_since, a.changed_at) AS idle_since, coalesce(m.changed_at, a.changed_at) AS changed_at
		FROM agents a LEFT JOIN agent_media m ON m.agent = a.agent
		WHERE a.agent = ANY($1) ORDER BY a.agent, m.medium`, pq.Array(ids)); err != nil {
		return nil, err
	}
	agents := agentsOf(rows)
	return agents, s.addAssignments(ctx, agents, rows)
}

// addAssignments reads what the media rows name.
func (s *Store) addAssignments(ctx context.Context, agents []interactionserver.AgentRecord, media []mediumRow) error {
	var ids []string
	for i := range media {
		ids = append(ids, media[i].Assigned...)
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []interactionRow
	if err := s.all(ctx, "find assignments", &rows,
		`SELECT `+columns+` FROM interactions WHERE id = ANY($1) ORDER BY id`, pq.Array(ids)); err != nil {
		return err
	}
	byAgent := make(map[tenants.AccountID]int, len(agents))
	for i := range agents {
		byAgent[agents[i].ID] = i
	}
	for i := range rows {
		in, err := rows[i].interaction()
		if err != nil {
			return err
		}
		// It may have left the agent since the media were read.
		if at, ok := byAgent[in.Agent]; ok {
			agents[at].Assignments = append(agents[at].Assignments, in)
		}
	}
	return nil
}

// lockAgent makes the agent's row, or locks it, so that the statements that
// change several rows of one agent follow one another.
const lockAgent = `
INSERT INTO agents (agent, changed_at) VALUES ($1, clock_timestamp())
ON CONFLICT (agent) DO UPDATE SET changed_at = clock_timestamp()`

// inAgent runs unit while the agent's row is locked.
func (s *Store) inAgent(ctx context.Context, what string, agent tenants.AccountID, unit postgres.Unit) error {
	err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, lockAgent, agent); err != nil {
			return err
		}
		return unit(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, postgres.Classify(err))
	}
	return nil
}

const setMedium = `
WITH changed AS (
	INSERT INTO agent_media (agent, medium, state, reason, do_not_disturb, idle_since, changed_at)
	SELECT agent, $2, $3, $4, do_not_disturb, clock_timestamp(), clock_timestamp() FROM agents WHERE agent = $1
	ON CONFLICT (agent, medium) DO UPDATE SET state = $3, reason = $4, changed_at = clock_timestamp(),
		idle_since = CASE WHEN agent_media.state <> 'ready' AND $3 = 'ready' THEN clock_timestamp() ELSE agent_media.idle_since END
	WHERE (agent_media.state, agent_media.reason) <> ($3, $4)
	RETURNING agent, medium, state, reason, changed_at
)
INSERT INTO events (at, kind, agent, actor, server, reason, detail)
SELECT changed_at, 'medium-changed', agent, agent, $5, nullif(reason, ''), jsonb_build_object('medium', medium, 'state', state)
FROM changed`

// SetMedium changes an agent's state for a medium.
func (s *Store) SetMedium(ctx context.Context, agent tenants.AccountID, medium string, c interactionserver.MediumChange) error {
	return s.inAgent(ctx, "set medium", agent, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, setMedium, agent, medium, c.State, c.Reason, s.server)
		return err
	})
}

const setDoNotDisturb = `
WITH changed AS (
	UPDATE agents SET do_not_disturb = $2 WHERE agent = $1 AND do_not_disturb <> $2
	RETURNING agent, changed_at
), media AS (
	UPDATE agent_media m SET do_not_disturb = $2 FROM changed c WHERE m.agent = c.agent
)
INSERT INTO events (at, kind, agent, actor, server, detail)
SELECT changed_at, 'do-not-disturb-changed', agent, agent, $3, jsonb_build_object('doNotDisturb', $2::boolean) FROM changed`

// SetDoNotDisturb switches the offers to an agent off or on.
func (s *Store) SetDoNotDisturb(ctx context.Context, agent tenants.AccountID, on bool) error {
	return s.inAgent(ctx, "set do-not-disturb", agent, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, setDoNotDisturb, agent, on, s.server)
		return err
	})
}
