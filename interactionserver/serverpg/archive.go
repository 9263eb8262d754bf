package serverpg

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

const insertInteraction = `
WITH inserted AS (
	INSERT INTO interactions (id, media_source, external_id, media_type, type, subtype, process, process_version,
		priority, properties, submitted_by, submitted_at, state, changed_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now(), 'submitted', now())
	ON CONFLICT (media_source, external_id) WHERE external_id IS NOT NULL DO NOTHING
	RETURNING ` + columns + `
), logged AS (
	INSERT INTO events (at, kind, interaction, actor, server)
	SELECT submitted_at, 'submitted', id, submitted_by, $12 FROM inserted
), posted AS (
	INSERT INTO outbox (kind, interaction, process, media_type, server, created_at)
	SELECT 'start', id, process, media_type, $12, submitted_at FROM inserted
)
SELECT ` + columns + ` FROM inserted`

// Insert writes a submitted interaction or returns the first one of its name.
func (s *Store) Insert(ctx context.Context, in interactionserver.Interaction) (interactionserver.Interaction, bool, error) {
	properties, err := json.Marshal(in.Properties)
	if err != nil {
		return in, false, err
	}
	var row interactionRow
	created, err := s.one(ctx, "insert interaction", &row, insertInteraction, in.ID, in.MediaSource,
		nullable(in.ExternalID), in.MediaType, in.Type, in.Subtype, in.Process, in.ProcessVersion, in.Priority,
		string(properties), in.SubmittedBy, s.server)
	switch {
	case postgres.IsUniqueViolation(err, "interactions_pkey"):
		// The driver repeated the statement after its first run had committed.
		stored, found, err := s.Find(ctx, in.ID)
		return stored, found, err
	case err != nil:
		return in, false, err
	case !created:
		stored, err := s.findExternal(ctx, in.MediaSource, in.ExternalID)
		return stored, false, err
	}
	stored, err := row.interaction()
	return stored, true, err
}

func (s *Store) findExternal(ctx context.Context, source, externalID string) (interactionserver.Interaction, error) {
	var row interactionRow
	if _, err := s.one(ctx, "find interaction by external id", &row,
		`SELECT `+columns+` FROM interactions WHERE media_source = $1 AND external_id = $2`, source, externalID); err != nil {
		return interactionserver.Interaction{}, err
	}
	return row.interaction()
}

// Find returns an interaction.
func (s *Store) Find(ctx context.Context, id interactionserver.InteractionID) (interactionserver.Interaction, bool, error) {
	var row interactionRow
	found, err := s.one(ctx, "find interaction", &row, `SELECT `+columns+` FROM interactions WHERE id = $1`, id)
	if err != nil || !found {
		return interactionserver.Interaction{}, false, err
	}
	in, err := row.interaction()
	return in, true, err
}

// List returns the newest interactions first. Its statement has the filter's
// conditions only, so that the planner sees which index fits.
func (s *Store) List(ctx context.Context, processes []tenants.Name, f interactionserver.Filter, p interactionserver.Page) ([]interactionserver.Interaction, error) {
	var query strings.Builder
	query.WriteString("SELECT " + columns + " FROM interactions WHERE process = ANY($1)")
	args := []any{pq.Array(processes)}
	where := func(condition string, value any) {
		args = append(args, value)
		query.WriteString(" AND " + strings.Replace(condition, "?", placeholder(len(args)), 1))
	}
	if p.After != "" {
		where("id < ?", p.After)
	}
	if len(f.States) > 0 {
		where("state = ANY(?)", pq.Array(f.States))
	}
	if f.Process != "" {
		where("process = ?", f.Process)
	}
	if f.Queue != "" {
		process, queue := f.Queue.Split()
		where("process = ?", process)
		where("queue = ?", queue)
	}
	if f.Agent != "" {
		// What an agent holds has not stopped: this lets the index of open
		// interactions be used.
		where("agent = ? AND stopped_at IS NULL AND state IN ('delivering', 'handling')", f.Agent)
	}
	if f.MediaType != "" {
		where("media_type = ?", f.MediaType)
	}
	if f.MediaSource != "" {
		where("media_source = ?", f.MediaSource)
	}
	if f.ExternalID != "" {
		where("external_id = ?", f.ExternalID)
	}
	args = append(args, p.Limit)
	query.WriteString(" ORDER BY id DESC LIMIT " + placeholder(len(args)))

	var rows []interactionRow
	if err := s.all(ctx, "list interactions", &rows, query.String(), args...); err != nil {
		return nil, err
	}
	return interactionsOf(rows)
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// eventRow is a row of events.
type eventRow struct {
	ID         int64     `db:"id"`
	At         time.Time `db:"at"`
	Kind       string    `db:"kind"`
	Agent      string    `db:"agent"`
	Actor      string    `db:"actor"`
	Assignment int64     `db:"assignment"`
	Reason     string    `db:"reason"`
	Detail     []byte    `db:"detail"`
}

// Events returns an interaction's events, oldest first.
func (s *Store) Events(ctx context.Context, id interactionserver.InteractionID, after int64, limit int) ([]interactionserver.Event, error) {
	var rows []eventRow
	if err := s.all(ctx, "list events", &rows, `
		SELECT id, at, kind, coalesce(agent::text, '') AS agent, coalesce(actor::text, '') AS actor,
			coalesce(assignment, 0) AS assignment, coalesce(reason, '') AS reason, detail
		FROM events WHERE interaction = $1 AND id > $2 ORDER BY id LIMIT $3`, id, after, limit); err != nil {
		return nil, err
	}
	events := make([]interactionserver.Event, len(rows))
	for i, row := range rows {
		events[i] = interactionserver.Event{
			ID:          row.ID,
			At:          row.At.UTC(),
			Kind:        interactionserver.EventKind(row.Kind),
			Interaction: id,
			Agent:       tenants.AccountID(row.Agent),
			Actor:       tenants.AccountID(row.Actor),
			Assignment:  row.Assignment,
			Reason:      row.Reason,
			Detail:      row.Detail,
		}
	}
	return events, nil
}

var stopInteraction = `
WITH changed AS (
	UPDATE interactions SET state = 'stopped', stopped_at = clock_timestamp(), changed_at = clock_timestamp(),
		stop_reason = $3, waits_for = 'nothing', news = NULL, wakes_at = NULL, expires_at = NULL,
		assignment_end = CASE WHEN agent IS NOT NULL THEN coalesce(assignment_end, 'stopped') END
	WHERE id = $1 AND stopped_at IS NULL
	RETURNING ` + columns + `
), ` + releasing("idle_since = clock_timestamp()") + `, logged AS (
	INSERT INTO events (at, kind, interaction, agent, actor, server, assignment, reason)
	SELECT c.changed_at, 'stopped', c.id, r.agent, $2, $4, CASE WHEN r.agent IS NOT NULL THEN c.assignment END, $3
	FROM changed c LEFT JOIN released r ON r.id = c.id
), posted AS (
	INSERT INTO outbox (kind, interaction, process, media_type, server, created_at)
	SELECT 'nudge', id, process, media_type, $4, changed_at FROM changed
)
SELECT ` + columns + ` FROM changed`

// Stop ends an interaction.
func (s *Store) Stop(ctx context.Context, id interactionserver.InteractionID, actor tenants.AccountID, reason string) (interactionserver.Interaction, bool, error) {
	return s.change(ctx, "stop interaction", stopInteraction, id, nullable(actor), reason, s.server)
}
