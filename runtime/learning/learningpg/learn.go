package learningpg

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/learning"
)

// observation is a row of learning_observations, without its counts.
type observation struct {
	model, offer, trace string
	at                  int64 // microseconds since 1970, whole seconds
}

type counts struct{ presented, accepted int64 }

// observations are those of a transaction, in the order in which they came.
type observations struct {
	counts map[observation]counts
	order  []observation
}

// add counts. Instants are cut to seconds, those of a presentation and of its
// acceptance alike, so that equal contexts are one row.
func (o *observations) add(model, offer, trace string, at time.Time, presented, accepted int64) {
	if o.counts == nil {
		o.counts = map[observation]counts{}
	}
	key := observation{model, offer, trace, at.Truncate(time.Second).UnixMicro()}
	sum, ok := o.counts[key]
	if !ok {
		o.order = append(o.order, key)
	}
	o.counts[key] = counts{sum.presented + presented, sum.accepted + accepted}
}

// Learn notes contacts and responses that tx has written, none of which were there
// before. What has no part in learning is left out: contacts without a trace, and
// responses that are no acceptance or whose contact has none.
func Learn(ctx context.Context, tx *sqlx.Tx, contacts []*history.Contact, responses []*history.Response) error {
	var o observations
	for _, c := range contacts {
		if trace, ok := c.Columns[learning.TraceColumn].(string); ok && c.Learning != "" && len(trace) <= learning.MaxTrace {
			o.add(c.Learning, c.Offer, trace, c.At, 1, 0)
		}
	}
	if err := o.accept(ctx, tx, responses); err != nil {
		return err
	}
	if len(o.order) == 0 {
		return nil
	}
	return o.write(ctx, tx)
}

// accept counts acceptances of presentations that were not accepted before.
func (o *observations) accept(ctx context.Context, tx *sqlx.Tx, responses []*history.Response) error {
	var accepted []history.Treatment
	for _, r := range responses {
		if r.Class == history.Accept {
			accepted = append(accepted, r.Treatment)
		}
	}
	if len(accepted) == 0 {
		return nil
	}
	// In one order everywhere, so that two do not wait for each other.
	slices.SortFunc(accepted, func(a, b history.Treatment) int { return bytes.Compare(a[:], b[:]) })
	accepted = slices.Compact(accepted)
	treatments := make([]string, len(accepted))
	for i, t := range accepted {
		treatments[i] = t.String()
	}
	var rows []struct {
		Model string    `db:"model"`
		Offer string    `db:"offer"`
		Trace string    `db:"trace"`
		At    time.Time `db:"at"`
	}
	if err := tx.SelectContext(ctx, &rows, `
		WITH learned AS MATERIALIZED (
			SELECT c.treatment, c.learning AS model, c.offer, c.columns ->> $2 AS trace, c.at
			FROM unnest($1::uuid[]) WITH ORDINALITY AS g (treatment, place)
			JOIN contacts c USING (treatment)
			WHERE c.learning <> '' AND octet_length(c.columns ->> $2) <= $3
			ORDER BY g.place
		), first AS (
			INSERT INTO learning_acceptances (treatment) SELECT treatment FROM learned ON CONFLICT DO NOTHING RETURNING treatment
		)
		SELECT l.model, l.offer, l.trace, l.at FROM learned l JOIN first USING (treatment)`,
		pq.Array(treatments), learning.TraceColumn, learning.MaxTrace); err != nil {
		return fmt.Errorf("count acceptances: %w", err)
	}
	for _, r := range rows {
		o.add(r.Model, r.Offer, r.Trace, r.At, 0, 1)
	}
	return nil
}

func (o *observations) write(ctx context.Context, tx *sqlx.Tx) error {
	n := len(o.order)
	models, offers, traces := make([]string, n), make([]string, n), make([]string, n)
	times, presented, accepted := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, key := range o.order {
		models[i], offers[i], traces[i], times[i] = key.model, key.offer, key.trace, key.at
		presented[i], accepted[i] = o.counts[key].presented, o.counts[key].accepted
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO learning_observations (model, offer, trace, presented, accepted, at)
		SELECT g.model, g.offer, g.trace, g.presented, g.accepted, timestamptz 'epoch' + g.at * interval '1 microsecond'
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) AS g (model, offer, trace, presented, accepted, at)`,
		pq.Array(models), pq.Array(offers), pq.Array(traces), pq.Array(presented), pq.Array(accepted), pq.Array(times)); err != nil {
		return fmt.Errorf("note observations: %w", err)
	}
	return nil
}
