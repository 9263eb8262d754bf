package schedulepg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/schedule"
)

// Write implements schedule.Writer.
func (s *Store) Write(ctx context.Context, m schedule.Moment) ([]bool, error) {
	w, err := newWriting(s, m)
	if err != nil {
		return nil, err
	}
	if w.most > 0 {
		if err := s.room(ctx, w.most); err != nil {
			return nil, err
		}
	}
	for attempt := 1; ; attempt++ {
		err := postgres.InTx(ctx, s.db, w.write)
		if errors.Is(err, errForgotten) && attempt < attempts {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("write what an event leaves: %w", postgres.Classify(err))
		}
		return w.met, nil
	}
}

// errForgotten says that a Cleaner has dropped a state that was there a moment ago.
var errForgotten = errors.New("the state of a pattern was dropped meanwhile")

// attempts bounds how often a moment is written anew because of that. The state is
// made anew then, and new ones are not dropped.
const attempts = 3

// writing is what one transaction writes.
type writing struct {
	schedule.Moment
	server string
	taken  time.Duration
	most   int // actions that wait, if all patterns are met
	works  map[schedule.ID]string
	met    []bool // set anew by each attempt
}

func newWriting(s *Store, m schedule.Moment) (*writing, error) {
	w := &writing{Moment: m, server: s.server, taken: s.o.Taken, works: map[schedule.ID]string{}}
	most := len(m.Actions)
	lists := [][]schedule.Action{m.Actions}
	for _, step := range m.Steps {
		lists, most = append(lists, step.IfMet), most+len(step.IfMet)
	}
	if most > schedule.MaxOfMoment {
		return nil, fault.New(fault.TooMany, "too-many-delayed-actions", "an event leaves %d actions, at most %d are kept", most, schedule.MaxOfMoment)
	}
	for _, list := range lists {
		for i := range list {
			if !list[i].Taken {
				w.most++
			}
			work, err := list[i].Encode()
			if err != nil {
				return nil, err
			}
			w.works[list[i].ID] = string(work)
		}
	}
	return w, nil
}

// write is the transaction.
func (w *writing) write(ctx context.Context, tx *sqlx.Tx) error {
	w.met = make([]bool, len(w.Steps))
	if err := forget(ctx, tx, w.Done); err != nil {
		return err
	}
	if len(w.Steps) > 0 {
		if err := w.step(ctx, tx); err != nil {
			return err
		}
	}
	actions := slices.Clone(w.Actions)
	for i, met := range w.met {
		if met {
			actions = append(actions, w.Steps[i].IfMet...)
		}
	}
	if len(actions) == 0 {
		return nil
	}
	return w.put(ctx, tx, actions)
}

// step locks the states, in the order of their patterns, and goes on with them.
func (w *writing) step(ctx context.Context, tx *sqlx.Tx) error {
	patterns := make([]string, len(w.Steps))
	for i, step := range w.Steps {
		patterns[i] = step.Pattern
	}
	slices.Sort(patterns)
	patterns = slices.Compact(patterns)
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO pattern_states (level, customer, channel, pattern, state)
		SELECT $1, $2, $3, g.pattern, '{}' FROM unnest($4::text[]) AS g (pattern) ORDER BY g.pattern
		ON CONFLICT DO NOTHING`, w.Level, w.Customer, w.Channel, pq.Array(patterns)); err != nil {
		return fmt.Errorf("make states of patterns: %w", err)
	}
	var rows []struct {
		Pattern string `db:"pattern"`
		State   []byte `db:"state"`
	}
	if err := tx.SelectContext(ctx, &rows, `
		SELECT pattern, state FROM pattern_states
		WHERE level = $1 AND customer = $2 AND channel = $3 AND pattern = ANY ($4::text[])
		ORDER BY pattern FOR UPDATE`, w.Level, w.Customer, w.Channel, pq.Array(patterns)); err != nil {
		return fmt.Errorf("lock states of patterns: %w", err)
	}
	if len(rows) < len(patterns) {
		return errForgotten
	}
	states := make(map[string]eventpattern.State, len(rows))
	for _, row := range rows {
		var state eventpattern.State
		if err := json.Unmarshal(row.State, &state); err != nil {
			state = eventpattern.State{} // nobody can read it: the pattern starts anew
		}
		states[row.Pattern] = state
	}
	for i, step := range w.Steps {
		states[step.Pattern], w.met[i] = step.Apply(states[step.Pattern])
	}
	texts := make([]string, len(patterns))
	for i, pattern := range patterns {
		text, err := json.Marshal(states[pattern])
		if err != nil {
			return fmt.Errorf("write the state of pattern %s: %w", pattern, err)
		}
		texts[i] = string(text)
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE pattern_states p SET state = g.state, changed_at = now()
		FROM unnest($4::text[], $5::json[]) AS g (pattern, state)
		WHERE p.level = $1 AND p.customer = $2 AND p.channel = $3 AND p.pattern = g.pattern`,
		w.Level, w.Customer, w.Channel, pq.Array(patterns), pq.Array(texts)); err != nil {
		return fmt.Errorf("write states of patterns: %w", err)
	}
	return nil
}

// Forget implements schedule.Writer.
func (s *Store) Forget(ctx context.Context, done []schedule.ID) error {
	if err := forget(ctx, s.db, done); err != nil {
		return postgres.Classify(err)
	}
	return nil
}

// forget removes actions that nobody has claimed since they were written.
func forget(ctx context.Context, db sqlx.ExecerContext, done []schedule.ID) error {
	if len(done) == 0 {
		return nil
	}
	ids := make([]string, len(done))
	for i, id := range done {
		ids[i] = id.String()
	}
	if _, err := db.ExecContext(ctx, `DELETE FROM delayed_actions WHERE id = ANY ($1::uuid[]) AND fence = 0`, pq.Array(ids)); err != nil {
		return fmt.Errorf("forget actions that are done: %w", err)
	}
	return nil
}

// visitor is for whom an action waits.
type visitor struct{ level, customer, session string }

func visitorOf(a *schedule.Action) visitor {
	if a.Customer != "" {
		return visitor{a.Level, a.Customer, ""}
	}
	return visitor{a.Level, "", a.Session}
}

// put puts actions into the queue.
func (w *writing) put(ctx context.Context, tx *sqlx.Tx, actions []schedule.Action) error {
	slices.SortStableFunc(actions, func(a, b schedule.Action) int { return slices.Compare(a.ID[:], b.ID[:]) })
	n := len(actions)
	ids, dues := make([]string, n), make([]int64, n)
	levels, customers, sessions, works := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	taken := make([]bool, n)
	more := map[visitor]int{}
	for i := range actions {
		a := &actions[i]
		ids[i], dues[i], works[i] = uuid.UUID(a.ID).String(), a.Due.UnixMicro(), w.works[a.ID]
		levels[i], customers[i], sessions[i], taken[i] = a.Level, a.Customer, a.Session, a.Taken
		if !a.Taken { // which is gone in a moment
			more[visitorOf(a)]++
		}
	}
	for v, n := range more {
		if err := v.room(ctx, tx, n); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO delayed_actions (id, due_at, ready_at, server, level, customer, session, work)
		SELECT g.id, timestamptz 'epoch' + g.due * interval '1 microsecond',
			CASE WHEN g.taken THEN now() + $9 * interval '1 microsecond' ELSE timestamptz 'epoch' + g.due * interval '1 microsecond' END,
			$1, g.level, g.customer, g.session, g.work
		FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::json[], $8::boolean[])
			AS g (id, due, level, customer, session, work, taken)
		ON CONFLICT (id) DO NOTHING`,
		w.server, pq.Array(ids), pq.Array(dues), pq.Array(levels), pq.Array(customers), pq.Array(sessions), pq.Array(works), pq.Array(taken),
		w.taken.Microseconds()); err != nil {
		return fmt.Errorf("put delayed actions into the queue: %w", err)
	}
	return nil
}

// room refuses actions of a visitor that has too many.
func (v visitor) room(ctx context.Context, tx *sqlx.Tx, more int) error {
	query, by := `SELECT count(*) FROM delayed_actions WHERE level = $1 AND customer = $2`, v.customer
	if v.customer == "" {
		query, by = `SELECT count(*) FROM delayed_actions WHERE level = $1 AND customer = '' AND session = $2`, v.session
	}
	var waiting int
	if err := tx.GetContext(ctx, &waiting, query, v.level, by); err != nil {
		return fmt.Errorf("count the delayed actions of a visitor: %w", err)
	}
	if waiting+more > schedule.MaxOfVisitor {
		return fault.New(fault.TooMany, "too-many-delayed-actions", "%d delayed actions of the visitor wait, at most %d are kept",
			waiting, schedule.MaxOfVisitor)
	}
	return nil
}
