package decision_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(days int) *time.Time {
	t := noon.AddDate(0, 0, days)
	return &t
}

func of[T any](value T) *T { return &value }

func days(n int) *duration.Duration { return of(duration.Duration(time.Duration(n) * 24 * time.Hour)) }

// scopes has the levels customer and household.
func scopes(t require.TestingT) *scope.Scope {
	profile := []definition.Attribute{
		{Name: "age", Type: definition.Whole}, {Name: "income", Type: definition.Number},
		{Name: "region", Type: definition.Text}, {Name: "plan", Type: definition.Text},
		{Name: "vip", Type: definition.Boolean, Default: false}, {Name: "tags", Type: definition.Texts}, {Name: "since", Type: definition.Timestamp},
	}
	s, err := scope.New(scope.Definitions{
		AudienceLevels: map[string]definition.AudienceLevel{
			"customer":  {Key: []definition.Attribute{{Name: "id", Type: definition.Text}}, Profile: profile},
			"household": {Key: []definition.Attribute{{Name: "number", Type: definition.Whole}}, Profile: profile[1:3]},
		},
		Macros: map[string]definition.Macro{
			"rich": {AudienceLevel: "customer", Type: definition.Boolean, Expression: "profile.income > 100000.0"},
		},
		OfferAttributes: map[string]definition.OfferAttribute{
			"price": {Type: definition.Number, Default: 10.0}, "kind": {Type: definition.Text}, "greeting": {Type: definition.Text},
		},
	})
	require.NoError(t, err)
	return s
}

// shop is what most tests change a little: two zones with a point each.
func shop() decision.Definitions {
	return decision.Definitions{
		Channel: definition.Channel{AudienceLevels: []string{"customer", "household"}},
		Zones:   map[string]definition.Zone{"top": {}, "side": {}, "learned": {Learning: "bandit"}},
		InteractionPoints: map[string]definition.InteractionPoint{
			"banner": {Zone: "top", Default: "hello"}, "box": {Zone: "side", Default: "bye"}, "smart": {Zone: "learned", Default: "hm"},
		},
		Campaigns:  map[string]definition.Campaign{},
		Offers:     map[string]definition.Offer{"card": {}, "loan": {}, "fund": {}},
		Strategies: map[string]definition.Strategy{},
	}
}

// rules puts rules into a strategy; each is named by its offer.
func rules(d *decision.Definitions, rules ...definition.TreatmentRule) {
	for i := range rules {
		if rules[i].Name == "" {
			rules[i].Name = rules[i].Offer
		}
	}
	d.Strategies["main"] = definition.Strategy{Rules: rules}
}

func score(n float64) *float64 { return &n }

// visitor is a customer at the banner who is offered up to three.
func visitor(t require.TestingT, s *scope.Scope, m *decision.Model, profile map[string]any) *decision.Input {
	level, ok := s.Level("customer")
	require.True(t, ok)
	point, ok := m.Point("banner")
	require.True(t, ok)
	frame := level.NewFrame()
	frame.SetProfile(profile)
	return &decision.Input{Level: "customer", Frame: frame, Point: point, Count: 3, Now: noon, Segments: []string{"young"}}
}

func id(t *testing.T, m *decision.Model, code string) decision.OfferID {
	t.Helper()
	offer, ok := m.Offer(code)
	require.True(t, ok, code)
	return offer
}
