package learningpg

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/postgres"
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

// Learn returns how contacts and responses are noted that a transaction writes, none
// of which were there before; nil where none has a part in learning: contacts without
// a trace have none, nor responses that are no acceptance or whose contact has none.
func Learn(contacts []*history.Contact, answers []history.Answer) postgres.Unit {
	var o observations
	for _, c := range contacts {
		if trace, ok := traceOf(c); ok {
			o.add(c.Learning, c.Offer, trace, c.At, 1, 0)
		}
	}
	accepted := map[string]*history.Contact{}
	for _, a := range answers {
		if _, ok := traceOf(a.Contact); ok && a.Class == history.Accept {
			accepted[a.Treatment.String()] = a.Contact
		}
	}
	if len(o.order) == 0 && len(accepted) == 0 {
		return nil
	}
	return func(ctx context.Context, tx *sqlx.Tx) error {
		if err := o.accept(ctx, tx, accepted); err != nil {
			return err
		}
		return o.write(ctx, tx)
	}
}

// traceOf is what the model saw of the visitor; false of a contact that has no part
// in learning.
func traceOf(c *history.Contact) (trace string, ok bool) {
	trace, ok = c.Columns[learning.TraceColumn].(string)
	return trace, ok && c.Learning != "" && len(trace) <= learning.MaxTrace
}

// accept counts acceptances of presentations, by treatment, that were not accepted
// before.
func (o *observations) accept(ctx context.Context, tx *sqlx.Tx, accepted map[string]*history.Contact) error {
	if len(accepted) == 0 {
		return nil
	}
	// In one order everywhere, so that two do not wait for each other.
	treatments := slices.Sorted(maps.Keys(accepted))
	var first []string
	if err := tx.SelectContext(ctx, &first, `
		INSERT INTO learning_acceptances (treatment) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING treatment`,
		pq.Array(treatments)); err != nil {
		return fmt.Errorf("count acceptances: %w", err)
	}
	for _, treatment := range first {
		c := accepted[treatment]
		trace, _ := traceOf(c)
		o.add(c.Learning, c.Offer, trace, c.At, 0, 1)
	}
	return nil
}

func (o *observations) write(ctx context.Context, tx *sqlx.Tx) error {
	n := len(o.order)
	if n == 0 {
		return nil
	}
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
