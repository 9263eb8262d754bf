package touchpoint_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// forgetful acknowledges and keeps nothing.
type forgetful struct{}

func (forgetful) Record(context.Context, history.Batch) ([]history.Kept, error) { return nil, nil }

func (forgetful) Load(context.Context, string, string) (customer.Customer, error) {
	return customer.Customer{}, nil
}

// warm is a service with so many rules of 4 clauses, and a session of 20 profile
// attributes.
func warm(t testing.TB, rules int) *touchpoint.Service {
	t.Helper()
	p := bundletest.Synthetic(bundletest.Size{Rules: rules, Clauses: 4, Offers: rules / 2, Flowcharts: 1, Zones: 2})
	p.Content.Channel.PresentationsPerVisit = 0
	level := p.Content.AudienceLevels["individual"]
	profile := bundletest.Profile(7)
	for i := len(level.Profile); i < 20; i++ {
		level.Profile = append(level.Profile, definition.Attribute{Name: fmt.Sprint("more", i), Type: definition.Whole})
		profile[fmt.Sprint("more", i)] = i
	}
	p.Content.AudienceLevels["individual"] = level
	compiled, err := bundle.Compile(p)
	require.NoError(t, err)
	served := &served{}
	served.set(&versions.Serving{Version: versions.Version{Channel: "web", Number: 1, Hash: compiled.Hash}, Compiled: compiled})
	s := touchpoint.New(session.NewMemory(session.Limits{}, nil), served, forgetful{}, touchpoint.Options{Customers: forgetful{}})
	id := profile["customer"]
	delete(profile, "customer")
	a := s.StartSession(t.Context(), "s", touchpoint.Start{Channel: "web", Profile: profile,
		Audience: touchpoint.Audience{ID: map[string]any{"customer": id}}})
	require.Empty(t, a.Messages)
	return s
}

func three() touchpoint.GetOffers {
	return touchpoint.GetOffers{Points: []touchpoint.Wanted{{Point: bundletest.Point(0), Count: 3}}}
}

// Allocations of a call do not depend on the number of rules, and are few: 20, and
// some more where the race detector or a collection empties pools.
func TestGetOffersAllocatesLittle(t *testing.T) {
	allocations := map[int]float64{}
	for _, rules := range []int{100, 10_000} {
		s, r := warm(t, rules), three()
		a := s.GetOffers(t.Context(), "s", r)
		require.Equal(t, touchpoint.Success, a.Status, a.Messages)
		require.Len(t, a.OfferLists[0].Offers, 3)
		allocations[rules] = testing.AllocsPerRun(200, func() { s.GetOffers(context.Background(), "s", r) })
	}
	t.Logf("allocations by number of rules: %v", allocations)
	require.InDelta(t, allocations[100], allocations[10_000], 10)
	require.Less(t, allocations[100], 40.0)
}

func BenchmarkGetOffers(b *testing.B) {
	for _, rules := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("rules=%d", rules), func(b *testing.B) {
			s, r := warm(b, rules), three()
			b.ReportAllocs()
			for b.Loop() {
				s.GetOffers(context.Background(), "s", r)
			}
		})
	}
}

func BenchmarkStartSession(b *testing.B) {
	s := warm(b, 100)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		s.StartSession(context.Background(), fmt.Sprint(i), touchpoint.Start{Channel: "web", Profile: map[string]any{"age": 30},
			Audience: touchpoint.Audience{ID: map[string]any{"customer": "c"}}})
	}
}
