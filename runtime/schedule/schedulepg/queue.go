package schedulepg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/schedule"
)

// row is an action of the table.
type row struct {
	ID       uuid.UUID `db:"id"`
	Due      time.Time `db:"due_at"`
	Level    string    `db:"level"`
	Customer string    `db:"customer"`
	Session  string    `db:"session"`
	Work     []byte    `db:"work"`
	Attempts int       `db:"attempts"`
}

// action reads a row. Numbers of the work are json.Number, so that none is changed.
func (r *row) action() (schedule.Action, error) {
	a := schedule.Action{ID: schedule.ID(r.ID), Due: r.Due.UTC(), Level: r.Level, Customer: r.Customer, Session: r.Session}
	d := json.NewDecoder(bytes.NewReader(r.Work))
	d.UseNumber()
	if err := d.Decode(&a.Work); err != nil {
		return a, fmt.Errorf("read delayed action %s: %w", a.ID, err)
	}
	return a, nil
}

// Claim implements schedule.Queue. An action that cannot be read is given up.
func (s *Store) Claim(ctx context.Context, limit int) ([]schedule.Claim, error) {
	var rows []struct {
		row
		Fence int64 `db:"fence"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		WITH due AS MATERIALIZED (
			SELECT id FROM delayed_actions
			WHERE dead_at IS NULL AND ready_at <= now() AND (server = $1 OR ready_at <= now() - $2 * interval '1 microsecond')
			ORDER BY ready_at LIMIT $4 FOR UPDATE SKIP LOCKED
		)
		UPDATE delayed_actions a SET ready_at = now() + $3 * interval '1 microsecond', attempts = a.attempts + 1, fence = a.fence + 1
		FROM due WHERE a.id = due.id
		RETURNING a.id, a.due_at, a.level, a.customer, a.session, a.work, a.attempts, a.fence`,
		s.server, s.o.Inheritance.Microseconds(), s.o.Claim.Microseconds(), limit); err != nil {
		return nil, fmt.Errorf("claim delayed actions: %w", postgres.Classify(err))
	}
	claims := make([]schedule.Claim, 0, len(rows))
	for i := range rows {
		c := schedule.Claim{Attempt: rows[i].Attempts, Fence: rows[i].Fence}
		var err error
		if c.Action, err = rows[i].action(); err != nil {
			s.o.Logger.Error("a delayed action cannot be read", "action", c.ID, "error", err)
			if _, err := s.Bury(ctx, c, schedule.Problem(err)); err != nil {
				s.o.Logger.Warn("cannot give up a delayed action", "action", c.ID, "error", err)
			}
			continue
		}
		claims = append(claims, c)
	}
	return claims, nil
}

// Done implements schedule.Queue.
func (s *Store) Done(ctx context.Context, c schedule.Claim) (bool, error) {
	return s.settle(ctx, c, `DELETE FROM delayed_actions WHERE id = $1 AND fence = $2 AND dead_at IS NULL`)
}

// Postpone implements schedule.Queue.
func (s *Store) Postpone(ctx context.Context, c schedule.Claim, pause time.Duration, problem string) (bool, error) {
	return s.settle(ctx, c, `UPDATE delayed_actions SET ready_at = now() + $3 * interval '1 microsecond', problem = $4
		WHERE id = $1 AND fence = $2 AND dead_at IS NULL`, pause.Microseconds(), problem)
}

// PutAside implements schedule.Queue.
func (s *Store) PutAside(ctx context.Context, c schedule.Claim, pause time.Duration) (bool, error) {
	return s.settle(ctx, c, `UPDATE delayed_actions SET ready_at = now() + $3 * interval '1 microsecond', attempts = attempts - 1
		WHERE id = $1 AND fence = $2 AND dead_at IS NULL`, pause.Microseconds())
}

// Release implements schedule.Queue. Whoever is faster takes it: this server stops.
func (s *Store) Release(ctx context.Context, c schedule.Claim) (bool, error) {
	return s.settle(ctx, c, `UPDATE delayed_actions SET ready_at = now() - $3 * interval '1 microsecond', attempts = attempts - 1
		WHERE id = $1 AND fence = $2 AND dead_at IS NULL`, s.o.Inheritance.Microseconds())
}

// Bury implements schedule.Queue.
func (s *Store) Bury(ctx context.Context, c schedule.Claim, problem string) (bool, error) {
	return s.settle(ctx, c, `UPDATE delayed_actions SET dead_at = now(), problem = $3 WHERE id = $1 AND fence = $2 AND dead_at IS NULL`, problem)
}

func (s *Store) settle(ctx context.Context, c schedule.Claim, statement string, args ...any) (bool, error) {
	result, err := s.db.ExecContext(ctx, statement, append([]any{uuid.UUID(c.ID), c.Fence}, args...)...)
	if err != nil {
		return false, fmt.Errorf("settle delayed action %s: %w", c.ID, postgres.Classify(err))
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Usage implements schedule.Overseer.
func (s *Store) Usage(ctx context.Context) (schedule.Usage, error) {
	var u struct {
		Waiting int64   `db:"waiting"`
		Dead    int64   `db:"dead"`
		Late    float64 `db:"late"`
	}
	if err := s.db.GetContext(ctx, &u, `
		SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(dead_at) AS dead,
			greatest(0, coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE dead_at IS NULL)), 0)) AS late
		FROM delayed_actions`); err != nil {
		return schedule.Usage{}, fmt.Errorf("count delayed actions: %w", postgres.Classify(err))
	}
	return schedule.Usage{Waiting: u.Waiting, Dead: u.Dead, Late: time.Duration(u.Late * float64(time.Second))}, nil
}

// Dead implements schedule.Overseer.
func (s *Store) Dead(ctx context.Context, after schedule.Place, limit int) ([]schedule.Dead, error) {
	var rows []struct {
		row
		Problem string    `db:"problem"`
		At      time.Time `db:"dead_at"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT id, due_at, level, customer, session, work, attempts, problem, dead_at FROM delayed_actions
		WHERE dead_at IS NOT NULL AND ($1 OR (dead_at, id) < ($2, $3)) ORDER BY dead_at DESC, id DESC LIMIT $4`,
		after == schedule.Place{}, after.At, uuid.UUID(after.ID), limit); err != nil {
		return nil, fmt.Errorf("read dead delayed actions: %w", postgres.Classify(err))
	}
	dead := make([]schedule.Dead, len(rows))
	for i := range rows {
		action, err := rows[i].action()
		if err != nil {
			action.Work.Cause = err.Error()
		}
		dead[i] = schedule.Dead{Action: action, Attempts: rows[i].Attempts, Problem: rows[i].Problem, At: rows[i].At.UTC()}
	}
	return dead, nil
}

// Revive implements schedule.Overseer.
func (s *Store) Revive(ctx context.Context, id schedule.ID) error {
	result, err := s.db.ExecContext(ctx, `
		UPDATE delayed_actions SET dead_at = NULL, ready_at = now(), attempts = 0, fence = fence + 1 WHERE id = $1 AND dead_at IS NOT NULL`, uuid.UUID(id))
	if err != nil {
		return fmt.Errorf("revive delayed action %s: %w", id, postgres.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return notDead(id)
	}
	return nil
}

// Discard implements schedule.Overseer.
func (s *Store) Discard(ctx context.Context, id schedule.ID) error {
	result, err := s.db.ExecContext(ctx, `DELETE FROM delayed_actions WHERE id = $1 AND dead_at IS NOT NULL`, uuid.UUID(id))
	if err != nil {
		return fmt.Errorf("discard delayed action %s: %w", id, postgres.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return notDead(id)
	}
	return nil
}

func notDead(id schedule.ID) error {
	return fault.New(fault.NotFound, "unknown-delayed-action", "no delayed action %s was given up", id)
}
