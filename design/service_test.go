package design_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

func TestPut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, gold := t.Context(), of(definition.KindOffer, "gold")
	put := func(version int64, description string) (design.Object, bool, error) {
		return b.Put(ctx, ada, b.tenant, gold, version, design.Draft{DisplayName: "Gold", Spec: definition.Offer{Description: description}})
	}

	_, _, err := put(1, "first")
	require.True(t, fault.Is(err, fault.PreconditionFailed), "%v", err)
	made, created, err := put(design.NoVersion, "first")
	require.NoError(t, err)
	require.True(t, created)
	require.EqualValues(t, 1, made.Version)
	got, err := b.Get(ctx, b.tenant, gold)
	require.NoError(t, err)
	require.Equal(t, made, got)

	_, _, err = put(design.NoVersion, "second")
	require.True(t, fault.Is(err, fault.PreconditionRequired), "%v", err)
	same, created, err := put(1, "first")
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, made, same, "what is there already changes nothing")
	changed, _, err := put(1, "second")
	require.NoError(t, err)
	require.EqualValues(t, 2, changed.Version)
	_, _, err = put(1, "third")
	require.True(t, fault.Is(err, fault.PreconditionFailed), "%v", err)
}

// TestConcurrentEdits holds that of edits made on the same version one wins and
// the others learn of it.
func TestConcurrentEdits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.mustSave("gold", definition.Offer{})
	var wait sync.WaitGroup
	results := make(chan error, 8)
	for i := range cap(results) {
		wait.Go(func() {
			_, _, err := b.Put(t.Context(), ada, b.tenant, o.Reference, o.Version,
				design.Draft{Spec: definition.Offer{Description: fmt.Sprint("edit ", i)}})
			results <- err
		})
	}
	wait.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
			continue
		}
		require.True(t, fault.Is(err, fault.PreconditionFailed), "%v", err)
	}
	require.Equal(t, 1, won)
	after, err := b.Get(t.Context(), b.tenant, o.Reference)
	require.NoError(t, err)
	require.Equal(t, o.Version+1, after.Version)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	ctx, strategy := t.Context(), of(definition.KindStrategy, "winback")
	edited := winback("profile.age > 30")
	b.mustSave("winback", edited)
	_, err := b.Mark(ctx, ada, b.tenant, strategy, tenants.AnyVersion, design.ForDeployment)
	require.NoError(t, err)
	_, err = b.Unmark(ctx, ada, b.tenant, strategy, tenants.AnyVersion)
	require.NoError(t, err)
	require.NoError(t, b.Delete(ctx, ada, b.tenant, strategy, tenants.AnyVersion))

	first, err := b.Changes(ctx, b.tenant, strategy, paging.Request{Limit: 2})
	require.NoError(t, err)
	rest, err := b.Changes(ctx, b.tenant, strategy, paging.Request{After: first.Next})
	require.NoError(t, err)
	changes := slices.Concat(first.Items, rest.Items)
	var what []design.What
	for i, c := range changes {
		what = append(what, c.What)
		require.EqualValues(t, 5-i, c.Number)
		require.Equal(t, "ada", c.By)
		require.WithinDuration(t, time.Now(), c.At, time.Minute)
	}
	require.Equal(t, []design.What{design.Deleted, design.Unmarked, design.Marked, design.Edited, design.Created}, what)
	require.Empty(t, changes[4].Differences)
	require.Len(t, changes[3].Differences, 1)
	difference := changes[3].Differences[0]
	require.Contains(t, difference.Path, "when")
	require.Contains(t, difference.From, "offer.annual_fee < 20.0")
	require.Contains(t, difference.To, "profile.age > 30")

	marked, err := b.Change(ctx, b.tenant, strategy, 3)
	require.NoError(t, err)
	spec, err := design.Decode[definition.Strategy](design.Object{Spec: marked.Spec})
	require.NoError(t, err)
	require.Equal(t, edited, spec, "a mark leaves the definition as it was")
	_, err = b.Change(ctx, b.tenant, strategy, 6)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = b.Changes(ctx, b.tenant, of(definition.KindStrategy, "none"), paging.Request{})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func TestCopy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	b.mustSave("phone", web)
	ctx, strategy := t.Context(), of(definition.KindStrategy, "winback")
	_, err := b.Mark(ctx, ada, b.tenant, strategy, tenants.AnyVersion, design.ForDeployment)
	require.NoError(t, err)
	original, err := b.Get(ctx, b.tenant, strategy)
	require.NoError(t, err)

	copied, err := b.Copy(ctx, ada, b.tenant, strategy, of(definition.KindStrategy, "winback-2"), "")
	require.NoError(t, err)
	require.Nil(t, copied.Mark)
	require.Equal(t, original.Spec, copied.Spec)
	require.NotEqual(t, original.ID, copied.ID)
	_, err = b.Copy(ctx, ada, b.tenant, strategy, of(definition.KindStrategy, "winback-2"), "")
	requireFault(t, "name-taken", err)

	elsewhere := definition.Reference{Kind: definition.KindStrategy, Channel: "phone", Name: "winback"}
	_, err = b.Copy(ctx, ada, b.tenant, strategy, elsewhere, "")
	requireFault(t, "missing-reference", err, "spec.rules[0].zone")
	elsewhere.Channel = "desk"
	_, err = b.Copy(ctx, ada, b.tenant, strategy, elsewhere, "")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = b.Copy(ctx, ada, b.tenant, strategy, of(definition.KindZone, "winback"), "")
	requireFault(t, "invalid-input", err)
}

// TestListEndsAPageEarly holds a page to some megabytes, whatever its limit.
func TestListEndsAPageEarly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustSave("customer", customer)
	b.mustSave("web", web)
	point := definition.InteractionPoint{Zone: "top", Default: strings.Repeat("x", 10_000)}
	b.mustSave("top", definition.Zone{})
	for i := range 250 {
		b.mustSave(fmt.Sprintf("point-%d", i), point)
	}
	seen, after, pages := map[string]bool{}, "", 0
	for ; pages == 0 || after != ""; pages++ {
		page, err := b.List(t.Context(), b.tenant, definition.KindInteractionPoint, "web", paging.Request{After: after, Limit: 200})
		require.NoError(t, err)
		require.NotEmpty(t, page.Items)
		for _, o := range page.Items {
			require.False(t, seen[o.Name])
			seen[o.Name] = true
		}
		after = page.Next
	}
	require.Len(t, seen, 250)
	require.Equal(t, 2, pages)
	_, err := b.List(t.Context(), b.tenant, definition.KindZone, "phone", paging.Request{})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	b.mustSave("phone", web)
	_, _, err := b.Put(t.Context(), ada, b.tenant, definition.Reference{Kind: definition.KindZone, Channel: "phone", Name: "menu"},
		design.NoVersion, design.Draft{Spec: definition.Zone{}})
	require.NoError(t, err)
	snapshot, err := b.Snapshot(t.Context(), b.tenant, "web")
	require.NoError(t, err)
	require.Equal(t, web, snapshot.Channel.Spec)
	require.Equal(t, winback("offer.annual_fee < 20.0"), snapshot.Strategies["winback"].Spec)
	require.EqualValues(t, 1, snapshot.Strategies["winback"].Object.Version)
	require.Len(t, snapshot.AudienceLevels, 1)
	require.Len(t, snapshot.Macros, 1)
	require.Len(t, snapshot.OfferAttributes, 1)
	require.Len(t, snapshot.Offers, 1)
	require.Len(t, snapshot.Segments, 1)
	require.Len(t, snapshot.Flowcharts, 1)
	require.Contains(t, snapshot.Zones, "top")
	require.NotContains(t, snapshot.Zones, "menu", "what lies in another channel is not in it")
	_, err = b.Snapshot(t.Context(), b.tenant, "desk")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

// TestTwoTenants holds that equal names of two tenants have nothing to do with each
// other.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	bank := setup(t)
	rival := bank
	rival.tenant = newTenant(t, bank.db, "rival")
	bank.basics()
	for _, kind := range definition.Kinds {
		page, err := rival.listed(kind)
		if kind.InChannel() {
			require.True(t, fault.Is(err, fault.NotFound), "%v", err)
			continue
		}
		require.NoError(t, err)
		require.Empty(t, page.Items)
	}
	_, err := rival.save("gold", definition.Offer{Attributes: map[string]any{"annual-fee": 1}})
	requireFault(t, "missing-reference", err, "spec.attributes.annual-fee")
	rival.mustSave("annual-fee", definition.OfferAttribute{Type: definition.Text})
	rival.mustSave("gold", definition.Offer{Attributes: map[string]any{"annual-fee": "none"}})
	require.NoError(t, rival.Delete(t.Context(), ada, rival.tenant, of(definition.KindOffer, "gold"), tenants.AnyVersion))
	require.NoError(t, rival.Delete(t.Context(), ada, rival.tenant, of(definition.KindOfferAttribute, "annual-fee"), tenants.AnyVersion))
	bank.mustSave("winback", winback("offer.annual_fee > 1.0"))
	_, err = rival.Mark(t.Context(), ada, rival.tenant, of(definition.KindStrategy, "winback"), tenants.AnyVersion, design.ForDeployment)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = rival.Changes(t.Context(), rival.tenant, of(definition.KindStrategy, "winback"), paging.Request{})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

// listed lists the objects of a kind.
func (b testBundle) listed(kind definition.Kind) (paging.Page[design.Object], error) {
	channel := ""
	if kind.InChannel() {
		channel = "web"
	}
	return b.List(b.t.Context(), b.tenant, kind, channel, paging.Request{})
}

// BenchmarkSave edits one strategy in a tenant with 500 offers and 1,000 rules.
func BenchmarkSave(b *testing.B) {
	bundle := setup(b)
	bundle.basics()
	strategy := func(i, score int) definition.Strategy {
		var rules []definition.TreatmentRule
		for j := range 20 {
			points := float64(score % 100)
			rules = append(rules, definition.TreatmentRule{Name: fmt.Sprint("r-", j), Segment: "adults", Zone: "top", Score: &points,
				Offer: fmt.Sprintf("offer-%d", (i*10+j)%500), When: fmt.Sprintf("profile.age > %d && macro.grown_up", i*20+j)})
		}
		return definition.Strategy{Rules: rules}
	}
	for i := range 500 {
		bundle.mustSave(fmt.Sprintf("offer-%d", i), definition.Offer{Attributes: map[string]any{"annual-fee": i}})
	}
	for i := range 50 {
		bundle.mustSave(fmt.Sprintf("strategy-%d", i), strategy(i, 0))
	}
	n := 0
	b.ResetTimer()
	for b.Loop() {
		n++
		bundle.mustSave("strategy-7", strategy(7, n))
	}
}
