package serverpg

import (
	"context"
	"database/sql"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/tenants"
)

// QueueCounts returns how full queues are.
func (s *Store) QueueCounts(ctx context.Context, processes []tenants.Name) ([]interactionserver.Queue, error) {
	var rows []struct {
		Process    string       `db:"process"`
		Queue      string       `db:"queue"`
		Queued     int          `db:"queued"`
		Routing    int          `db:"routing"`
		Delivering int          `db:"delivering"`
		Handling   int          `db:"handling"`
		OldestAt   sql.NullTime `db:"oldest_at"`
	}
	if err := s.all(ctx, "count queues", &rows, `
		SELECT process, queue,
			count(*) FILTER (WHERE state = 'queued') AS queued,
			count(*) FILTER (WHERE state = 'routing') AS routing,
			count(*) FILTER (WHERE state = 'delivering') AS delivering,
			count(*) FILTER (WHERE state = 'handling') AS handling,
			min(queued_at) FILTER (WHERE state IN ('queued', 'routing')) AS oldest_at
		FROM interactions
		WHERE stopped_at IS NULL AND process = ANY($1) AND queue <> '' AND waits_for IN ('agent', 'pull')
		GROUP BY process, queue ORDER BY process, queue`, pq.Array(processes)); err != nil {
		return nil, err
	}
	queues := make([]interactionserver.Queue, len(rows))
	for i, row := range rows {
		queues[i] = interactionserver.Queue{
			Name: interactionserver.NewQueueName(row.Process, row.Queue), Process: row.Process,
			Queued: row.Queued, Routing: row.Routing, Delivering: row.Delivering, Handling: row.Handling,
			OldestAt: timeOf(row.OldestAt),
		}
	}
	return queues, nil
}

// Statistics returns figures over all interactions of the processes.
func (s *Store) Statistics(ctx context.Context, processes []tenants.Name) ([]interactionserver.Statistics, error) {
	var rows []struct {
		Process   string `db:"process"`
		Submitted int64  `db:"submitted"`
		Refused   int64  `db:"refused"`
		Routed    int64  `db:"routed"`
		Handled   int64  `db:"handled"`
		Stopped   int64  `db:"stopped"`
		Waiting   int64  `db:"waiting"`
		Live      int64  `db:"live"`
		P50       int64  `db:"p50"`
		P95       int64  `db:"p95"`
		Max       int64  `db:"max"`
	}
	if err := s.all(ctx, "compute statistics", &rows, `
		SELECT p.process, coalesce(i.submitted, 0) AS submitted, coalesce(r.refused, 0) AS refused,
			coalesce(i.routed, 0) AS routed, coalesce(i.handled, 0) AS handled, coalesce(i.stopped, 0) AS stopped,
			coalesce(i.waiting, 0) AS waiting, coalesce(i.live, 0) AS live,
			coalesce(i.waits[1], 0)::bigint AS p50, coalesce(i.waits[2], 0)::bigint AS p95, coalesce(i.waits[3], 0)::bigint AS max
		FROM unnest($1::text[]) AS p (process)
		LEFT JOIN (
			SELECT process, count(*) AS submitted,
				count(*) FILTER (WHERE invited_at IS NOT NULL) AS routed,
				count(*) FILTER (WHERE completed_at IS NOT NULL) AS handled,
				count(*) FILTER (WHERE state = 'stopped') AS stopped,
				count(*) FILTER (WHERE state IN ('submitted', 'queued', 'routing')) AS waiting,
				count(*) FILTER (WHERE state IN ('delivering', 'handling')) AS live,
				percentile_disc(ARRAY[0.5, 0.95, 1]) WITHIN GROUP (
					ORDER BY round(extract(epoch FROM accepted_at - submitted_at) * 1000)) AS waits
			FROM interactions WHERE process = ANY($1) GROUP BY process
		) i ON i.process = p.process
		LEFT JOIN (
			SELECT process, sum(count)::bigint AS refused FROM refusals WHERE process = ANY($1) GROUP BY process
		) r ON r.process = p.process
		ORDER BY p.process`, pq.Array(processes)); err != nil {
		return nil, err
	}
	statistics := make([]interactionserver.Statistics, len(rows))
	for i, row := range rows {
		statistics[i] = interactionserver.Statistics{
			Process: row.Process, Submitted: row.Submitted, Refused: row.Refused, Routed: row.Routed, Handled: row.Handled,
			Stopped: row.Stopped, Waiting: row.Waiting, Live: row.Live,
			Wait: interactionserver.WaitingTime{P50: row.P50, P95: row.P95, Max: row.Max},
		}
	}
	return statistics, nil
}

// AddRefusals adds to the counts of refused submits.
func (s *Store) AddRefusals(ctx context.Context, counts map[interactionserver.Refusal]int64) error {
	processes, reasons, numbers := make([]string, 0, len(counts)), make([]string, 0, len(counts)), make([]int64, 0, len(counts))
	for refusal, n := range counts {
		processes = append(processes, refusal.Process)
		reasons = append(reasons, refusal.Reason)
		numbers = append(numbers, n)
	}
	return s.exec(ctx, "add refusals", `
		INSERT INTO refusals AS r (process, reason, count)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (process, reason, count) ORDER BY 1, 2
		ON CONFLICT (process, reason) DO UPDATE SET count = r.count + excluded.count`,
		pq.Array(processes), pq.Array(reasons), pq.Array(numbers))
}
