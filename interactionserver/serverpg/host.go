package serverpg

import (
	"context"
	"time"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/tenants"
)

// Load returns an interaction with the state of its business process.
func (s *Store) Load(ctx context.Context, id interactionserver.InteractionID) (interactionserver.Record, bool, error) {
	return s.record(ctx, "load interaction", `SELECT `+processColumns+` FROM interactions WHERE id = $1`, id)
}

func (s *Store) record(ctx context.Context, what, query string, args ...any) (interactionserver.Record, bool, error) {
	var row recordRow
	found, err := s.one(ctx, what, &row, query, args...)
	if err != nil || !found {
		return interactionserver.Record{}, false, err
	}
	record, err := row.record()
	return record, true, err
}

// A step is taken on what was read: the same sequence, and not stopped since.
// Nothing else can have changed, for news are left only where they are awaited
// and stay until a step has read them.
const takeStep = `
WITH changed AS (
	UPDATE interactions SET sequence = $3, machine = $4, news = NULL, step = $5, waits_for = $6, state = $7,
		queue = $8, priority = $9, changed_at = clock_timestamp(),
		queued_at = CASE WHEN $10::boolean THEN clock_timestamp() ELSE queued_at END,
		routed_at = CASE WHEN $6 = 'agent' THEN clock_timestamp() END,
		tried     = NULL,
		wakes_at  = CASE WHEN $6 = 'timer' THEN clock_timestamp() + $11::bigint * interval '1 microsecond' END,
		stopped_at  = CASE WHEN $7 = 'stopped' THEN clock_timestamp() END,
		stop_reason = $12
	WHERE id = $1 AND sequence = $2 AND stopped_at IS NULL
	RETURNING *
), logged AS (
	INSERT INTO events (at, kind, interaction, server, reason, detail)
	SELECT changed_at, $13, id, $14, nullif($12, ''), $15 FROM changed
)
SELECT ` + processColumns + ` FROM changed`

// TakeStep writes a step of the business process.
func (s *Store) TakeStep(ctx context.Context, step interactionserver.Step) (interactionserver.Record, bool, error) {
	machine, err := object(step.Machine)
	if err != nil {
		return interactionserver.Record{}, false, err
	}
	detail, err := object(step.Detail)
	if err != nil {
		return interactionserver.Record{}, false, err
	}
	return s.record(ctx, "take step", takeStep, step.Interaction, step.Sequence, step.Machine.Sequence, machine,
		step.Machine.Step, step.WaitsFor, step.State, step.Queue, step.Priority, step.Enters, micros(step.Wait),
		step.StopReason, step.Event, s.server, detail)
}

const respond = `
WITH changed AS (
	UPDATE interactions SET news = $3, waits_for = 'process', changed_at = clock_timestamp()
	WHERE id = $1 AND sequence = $2 AND waits_for = 'call'
	RETURNING id, changed_at
), logged AS (
	INSERT INTO events (at, kind, interaction, server, reason, detail)
	SELECT changed_at, 'responded', id, $4, nullif($5, ''), $6 FROM changed
)
SELECT true FROM changed`

// Respond leaves the result of a call as news.
func (s *Store) Respond(ctx context.Context, id interactionserver.InteractionID, e process.Event) (bool, error) {
	news, err := object(e)
	if err != nil {
		return false, err
	}
	detail, err := object(map[string]any{"status": e.Status})
	if err != nil {
		return false, err
	}
	return s.one(ctx, "record response", new(bool), respond, id, e.Sequence, news, s.server, e.Problem, detail)
}

// outboxRow is a row of outbox.
type outboxRow struct {
	ID          int64  `db:"id"`
	Kind        string `db:"kind"`
	Interaction string `db:"interaction"`
	Process     string `db:"process"`
	MediaType   string `db:"media_type"`
}

// Outbox returns entries to deliver, oldest first.
func (s *Store) Outbox(ctx context.Context, processes []tenants.Name, grace time.Duration, limit int) ([]interactionserver.OutboxEntry, error) {
	var rows []outboxRow
	if err := s.all(ctx, "read outbox", &rows, `
		SELECT id, kind, interaction, process, media_type FROM outbox
		WHERE process = ANY($1) AND (server = $2 OR created_at < clock_timestamp() - $3::bigint * interval '1 microsecond')
		ORDER BY id LIMIT $4`, pq.Array(processes), s.server, micros(grace), limit); err != nil {
		return nil, err
	}
	entries := make([]interactionserver.OutboxEntry, len(rows))
	for i, row := range rows {
		entries[i] = interactionserver.OutboxEntry{
			ID:          row.ID,
			Kind:        interactionserver.OutboxKind(row.Kind),
			Interaction: interactionserver.InteractionID(row.Interaction),
			Process:     row.Process,
			MediaType:   row.MediaType,
		}
	}
	return entries, nil
}

// The pauses between reminders of one interaction double, so that a host that is
// only slow is not given ever more to do. What waits for an agent or to be pulled
// does not wait for the host. A call may last longer than the host's patience;
// then the nudge is for nothing and harmless.
const remind = `
WITH clock AS MATERIALIZED (
	SELECT clock_timestamp() AS now
), kept AS (
	SELECT i.id, i.process, i.media_type,
		EXTRACT(epoch FROM c.now - greatest(i.changed_at, i.wakes_at))::numeric * 1000000 / $2::bigint AS waited,
		EXTRACT(epoch FROM $3::timestamptz - greatest(i.changed_at, i.wakes_at))::numeric * 1000000 / $2::bigint AS waited_before
	FROM interactions i, clock c
	WHERE i.stopped_at IS NULL AND i.process = ANY($1) AND i.waits_for IN ('start', 'process', 'timer', 'call')
		AND NOT EXISTS (SELECT FROM outbox o WHERE o.interaction = i.id)
), posted AS (
	INSERT INTO outbox (kind, interaction, process, media_type, server, created_at)
	SELECT 'nudge', k.id, k.process, k.media_type, $4, c.now FROM kept k, clock c
	WHERE floor(log(2, greatest(k.waited, 0.5))) > floor(log(2, greatest(k.waited_before, 0.5)))
	RETURNING 1
)
SELECT now, (SELECT count(*) FROM posted) AS posted FROM clock`

// Remind nudges the processes that are kept waiting.
func (s *Store) Remind(ctx context.Context, processes []tenants.Name, patience time.Duration, since time.Time) (int, time.Time, error) {
	var done struct {
		Now    time.Time `db:"now"`
		Posted int       `db:"posted"`
	}
	_, err := s.one(ctx, "remind the process host", &done, remind, pq.Array(processes), micros(patience), since, s.server)
	return done.Posted, done.Now, err
}

// Settle removes delivered entries.
func (s *Store) Settle(ctx context.Context, ids []int64) error {
	return s.exec(ctx, "settle outbox", `DELETE FROM outbox WHERE id = ANY($1)`, pq.Array(ids))
}
