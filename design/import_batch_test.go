package design_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// counting counts what a change asks of the store.
type counting struct {
	design.Store
	asked *int
}

func (c counting) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w design.Writer) error) error {
	return c.Store.Change(ctx, tenant, func(ctx context.Context, w design.Writer) error {
		*c.asked = 0
		return fn(ctx, countingWriter{w, c.asked})
	})
}

// countingWriter counts the calls that are made for objects and their checks.
type countingWriter struct {
	design.Writer
	asked *int
}

func (w countingWriter) Object(ctx context.Context, of definition.Reference) (design.Object, error) {
	*w.asked++
	return w.Writer.Object(ctx, of)
}

func (w countingWriter) Find(ctx context.Context, of []definition.Reference) ([]design.Object, error) {
	*w.asked++
	return w.Writer.Find(ctx, of)
}

func (w countingWriter) OfKinds(ctx context.Context, kinds ...definition.Kind) ([]design.Object, error) {
	*w.asked++
	return w.Writer.OfKinds(ctx, kinds...)
}

func (w countingWriter) OfKind(ctx context.Context, kind definition.Kind, channel tenants.Name) ([]design.Object, error) {
	*w.asked++
	return w.Writer.OfKind(ctx, kind, channel)
}

func (w countingWriter) Hashes(ctx context.Context, kinds ...definition.Kind) (map[definition.Reference]string, error) {
	*w.asked++
	return w.Writer.Hashes(ctx, kinds...)
}

func (w countingWriter) Count(ctx context.Context, kind definition.Kind, channel tenants.Name) (int, error) {
	*w.asked++
	return w.Writer.Count(ctx, kind, channel)
}

func (w countingWriter) Missing(ctx context.Context, of []definition.Reference) ([]definition.Reference, error) {
	*w.asked++
	return w.Writer.Missing(ctx, of)
}

func (w countingWriter) LastChanges(ctx context.Context, of ...definition.Reference) (map[definition.Reference]int64, error) {
	*w.asked++
	return w.Writer.LastChanges(ctx, of...)
}

func (w countingWriter) Insert(ctx context.Context, objects ...design.Object) error {
	*w.asked++
	return w.Writer.Insert(ctx, objects...)
}

func (w countingWriter) Update(ctx context.Context, objects ...design.Object) error {
	*w.asked++
	return w.Writer.Update(ctx, objects...)
}

func (w countingWriter) SetUses(ctx context.Context, uses ...design.Uses) error {
	*w.asked++
	return w.Writer.SetUses(ctx, uses...)
}

func (w countingWriter) InsertChanges(ctx context.Context, changes ...design.ChangeOf) error {
	*w.asked++
	return w.Writer.InsertChanges(ctx, changes...)
}

func (w countingWriter) Record(ctx context.Context, events ...audit.Event) error {
	*w.asked++
	return w.Writer.Record(ctx, events...)
}

// TestImportOfMany holds that an import asks the store for many objects at a time:
// while it goes on, nobody else can change anything of the tenant.
func TestImportOfMany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := 0
	b.Service = design.NewService(counting{designpg.New(b.db), &asked}, groups{})
	b.basics()
	many := func(fee float64) (objects []design.Incoming) {
		for i := range 450 {
			objects = append(objects, incoming(fmt.Sprint("offer-", i), definition.Offer{Attributes: map[string]any{"annual-fee": fee}}))
		}
		for i := range 50 {
			objects = append(objects,
				incoming(fmt.Sprint("strategy-", i), definition.Strategy{Rules: []definition.TreatmentRule{
					{Name: "a", Segment: "adults", Offer: fmt.Sprint("offer-", i), When: fmt.Sprint("profile.age > ", fee)},
				}}),
				incoming(fmt.Sprint("event-", i), definition.Event{Actions: []definition.EventAction{{Do: definition.ReSegment, When: fmt.Sprint("profile.age > ", fee)}}}))
		}
		return objects
	}
	for _, round := range []struct {
		fee  float64
		want design.What
	}{{1, design.Created}, {2, design.Edited}, {2, ""}} {
		outcomes, err := b.Import(t.Context(), ada, b.tenant, many(round.fee), false)
		require.NoError(t, err)
		require.Len(t, outcomes, 550)
		for _, outcome := range outcomes {
			require.Equal(t, round.want, outcome.What, outcome.Reference)
		}
		require.Less(t, asked, 50)
	}

	strategy := of(definition.KindStrategy, "strategy-7")
	changes, err := b.Changes(t.Context(), b.tenant, strategy, paging.Request{})
	require.NoError(t, err)
	require.Len(t, changes.Items, 2)
	require.Equal(t, []design.Difference{{Path: "spec.rules[a].when", From: `"profile.age > 1"`, To: `"profile.age > 2"`}}, changes.Items[0].Differences)
	first, err := b.Change(t.Context(), b.tenant, strategy, 1)
	require.NoError(t, err)
	require.Contains(t, string(first.Spec), "profile.age > 1")
	requireFault(t, "in-use", b.Delete(t.Context(), ada, b.tenant, of(definition.KindOffer, "offer-7"), 2),
		"channels/web/strategies/strategy-7.rules[0].offer")
}
