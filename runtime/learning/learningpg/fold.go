package learningpg

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/learning"
)

// foldLock is the advisory lock of the statistics.
const foldLock = 7_201_954_132

// maxFold bounds the observations that are folded in one transaction.
const maxFold = 10_000

// Folded is what a Fold has done.
type Folded struct {
	Observations int
	// Broken are those among them whose traces cannot be read; they are left out.
	Broken int
	// More says that there may be more.
	More bool
}

// Fold adds what was noted to the statistics, a bounded number of observations.
// While another server does so it does nothing.
func (s *Store) Fold(ctx context.Context) (Folded, error) {
	var folded Folded
	if err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		folded, err = fold(ctx, tx)
		return err
	}); err != nil {
		return Folded{}, fmt.Errorf("fold learning observations: %w", postgres.Classify(err))
	}
	return folded, nil
}

// noted is a row of learning_observations.
type noted struct {
	ID        int64     `db:"id"`
	Model     string    `db:"model"`
	Offer     string    `db:"offer"`
	Trace     string    `db:"trace"`
	Presented int64     `db:"presented"`
	Accepted  int64     `db:"accepted"`
	At        time.Time `db:"at"`
}

// group are the statistics of a model under one shape.
type group struct {
	model string
	shape learning.Shape
}

func fold(ctx context.Context, tx *sqlx.Tx) (Folded, error) {
	var mine bool
	if err := tx.GetContext(ctx, &mine, fmt.Sprintf(`SELECT pg_try_advisory_xact_lock(%d)`, foldLock)); err != nil {
		return Folded{}, fmt.Errorf("lock the statistics: %w", err)
	}
	if !mine {
		return Folded{}, nil
	}
	var rows []noted
	if err := tx.SelectContext(ctx, &rows, `
		DELETE FROM learning_observations WHERE id IN (SELECT id FROM learning_observations ORDER BY id LIMIT $1)
		RETURNING id, model, offer, trace, presented, accepted, at`, maxFold); err != nil {
		return Folded{}, fmt.Errorf("take observations: %w", err)
	}
	folded := Folded{Observations: len(rows), More: len(rows) == maxFold}
	slices.SortFunc(rows, func(a, b noted) int { return cmp.Compare(a.ID, b.ID) })
	sums := map[group]*learning.Statistics{}
	for _, r := range rows {
		trace, err := learning.ParseTrace(r.Trace)
		if err != nil {
			folded.Broken++
			continue
		}
		key := group{r.Model, trace.Shape}
		if sums[key] == nil {
			sums[key] = learning.NewStatistics(trace.Shape)
		}
		sums[key].Add(learning.Observation{Offer: r.Offer, Context: trace.Context, Presented: r.Presented, Accepted: r.Accepted, At: r.At.UTC()})
	}
	for _, key := range slices.SortedFunc(maps.Keys(sums), compare) {
		if err := merge(ctx, tx, key, sums[key]); err != nil {
			return Folded{}, err
		}
	}
	return folded, nil
}

func compare(a, b group) int {
	return cmp.Or(cmp.Compare(a.model, b.model), cmp.Compare(a.shape.Key, b.shape.Key), cmp.Compare(a.shape.HalfLife, b.shape.HalfLife))
}

// merge adds statistics to those that are there.
func merge(ctx context.Context, tx *sqlx.Tx, of group, added *learning.Statistics) error {
	changed := added.Rows()
	offers, cells := make([]string, len(changed)), make([]int64, len(changed))
	for i, r := range changed {
		offers[i], cells[i] = r.Offer, int64(r.Cell)
	}
	var rows []row
	if err := tx.SelectContext(ctx, &rows, `
		SELECT `+columns+` FROM learning_statistics JOIN unnest($3::text[], $4::integer[]) AS g (offer, cell) USING (offer, cell)
		WHERE model = $1 AND key = $2`, of.model, of.shape.Key, pq.Array(offers), pq.Array(cells)); err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	for i := range rows {
		added.Put(rows[i].learned()) // a broken one begins anew
	}
	return put(ctx, tx, of, added.Rows())
}

func put(ctx context.Context, tx *sqlx.Tx, of group, rows []learning.Row) error {
	n := len(rows)
	offers, cells, times, moments := make([]string, n), make([]int64, n), make([]int64, n), make([][]byte, n)
	presentations, weights, accepted := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, r := range rows {
		offers[i], cells[i], times[i], moments[i] = r.Offer, int64(r.Cell), r.At.UnixMicro(), written(r.Moments)
		presentations[i], weights[i], accepted[i] = r.Presentations, r.Weight, r.Accepted
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO learning_statistics (model, key, offer, cell, presentations, weight, accepted, moments, at)
		SELECT $1, $2, g.offer, g.cell, g.presentations, g.weight, g.accepted, g.moments, timestamptz 'epoch' + g.at * interval '1 microsecond'
		FROM unnest($3::text[], $4::integer[], $5::float8[], $6::float8[], $7::float8[], $8::bytea[], $9::bigint[])
			AS g (offer, cell, presentations, weight, accepted, moments, at)
		ON CONFLICT (model, key, offer, cell) DO UPDATE SET presentations = excluded.presentations, weight = excluded.weight,
			accepted = excluded.accepted, moments = excluded.moments, at = excluded.at, revision = nextval('learning_revision')`,
		of.model, of.shape.Key, pq.Array(offers), pq.Array(cells), pq.Array(presentations), pq.Array(weights), pq.Array(accepted),
		pq.Array(moments), pq.Array(times)); err != nil {
		return fmt.Errorf("write statistics: %w", err)
	}
	return nil
}
