package bundletest

import (
	"fmt"
	"strings"
	"time"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Size of a synthetic package. Every rule has a condition of Clauses clauses.
type Size struct{ Rules, Clauses, Offers, Flowcharts, Zones int }

// Usual is the size that the aims are given for.
var Usual = Size{Rules: 1000, Clauses: 4, Offers: 500, Flowcharts: 50, Zones: 10}

// Segment is the name of a segment that flowchart i assigns: of its high, middle
// and low branch for j from 0 to 2.
func Segment(flowchart, j int) string {
	return fmt.Sprintf("segment-%d-%s", flowchart, []string{"high", "middle", "low"}[j])
}

// Offer is the name of the i-th offer.
func Offer(i int) string { return fmt.Sprintf("offer-%d", i) }

// Zone is the name of the i-th zone.
func Zone(i int) string { return fmt.Sprintf("zone-%d", i) }

// Point is the name of the interaction point in the i-th zone.
func Point(i int) string { return fmt.Sprintf("point-%d", i) }

// Now is a time at which all dates of the package count.
var Now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// Profile is what is known of the i-th of many different visitors.
func Profile(i int) map[string]any {
	return map[string]any{
		"customer": fmt.Sprintf("c%d", i),
		"age":      int64(18 + i*7%70),
		"income":   float64(i*7919%100_000) + .5,
		"country":  countries[i%len(countries)],
		"member":   i%3 == 0,
		"since":    Now.AddDate(0, -(i % 120), 0),
		"tags":     []string{countries[i%len(countries)], "t" + fmt.Sprint(i%5)},
		"visits":   int64(i % 40),
	}
}

var countries = []string{"at", "be", "ch", "de", "es", "fr", "it", "nl"}

// Synthetic makes a package of at least one rule, offer, flowchart and zone; the
// same size gives the same package. Rules are in strategies of 100, every condition
// is another one, as those that people write are.
func Synthetic(size Size) *bundle.Package {
	p := &bundle.Package{Format: bundle.Format, Tenant: "0190c5a0-0000-7000-8000-000000000001", Channel: "web"}
	p.Content = bundle.Content{
		AudienceLevels: map[string]definition.AudienceLevel{"individual": level()},
		Macros: map[string]definition.Macro{
			"adult": {AudienceLevel: "individual", Type: definition.Boolean, Expression: "profile.age >= 18"},
			"valuable": {AudienceLevel: "individual", Type: definition.Number,
				Expression: "macro.adult ? profile.income / 1000.0 : 0.0"},
		},
		OfferAttributes: map[string]definition.OfferAttribute{
			"headline": {Type: definition.Text},
			"fee":      {Type: definition.Number, Default: 0.0},
		},
		Campaigns: map[string]definition.Campaign{"spring": {Start: at(2026, 3), End: at(2026, 12)}},
		LearningModels: map[string]definition.LearningModel{
			"clicks": {Algorithm: definition.BetaBernoulli, AudienceLevel: "individual", Attributes: []string{"country"}, Exploration: .1},
		},
		HistoryMappings: map[string]definition.HistoryMapping{
			"individual": {AudienceLevel: "individual", Contact: map[string]string{"country": "profile.country"}},
		},
		Channel:           definition.Channel{Solution: "cards", AudienceLevels: []string{"individual"}, PresentationsPerVisit: 3},
		Segments:          map[string]definition.Segment{},
		Offers:            map[string]definition.Offer{},
		Zones:             map[string]definition.Zone{},
		InteractionPoints: map[string]definition.InteractionPoint{},
		Events: map[string]definition.Event{
			"clicked": {Actions: []definition.EventAction{{Do: definition.LogAcceptance}}},
			"paid": {
				Parameters: []definition.Attribute{{Name: "amount", Type: definition.Number}},
				Actions: []definition.EventAction{
					{Do: definition.SetProfile, When: "event.amount > 0.0", Set: map[string]string{"income": "profile.income + event.amount"}},
					{Do: definition.ReSegment},
				},
			},
		},
		Flowcharts: map[string]definition.Flowchart{},
		Strategies: map[string]definition.Strategy{},
	}
	for i := range size.Zones {
		p.Content.Zones[Zone(i)] = definition.Zone{}
		p.Content.InteractionPoints[Point(i)] = definition.InteractionPoint{Zone: Zone(i), Default: "nothing today"}
	}
	for i := range size.Offers {
		p.Content.Offers[Offer(i)] = offer(i)
	}
	for i := range size.Flowcharts {
		for j := range 3 {
			p.Content.Segments[Segment(i, j)] = definition.Segment{}
		}
		p.Content.Flowcharts[fmt.Sprintf("flowchart-%d", i)] = flowchart(i)
	}
	for i := range size.Rules {
		name := fmt.Sprintf("strategy-%d", i/100)
		strategy := p.Content.Strategies[name]
		strategy.Rules = append(strategy.Rules, rule(i, size))
		p.Content.Strategies[name] = strategy
	}
	return p
}

func at(year int, month time.Month) *time.Time {
	t := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return &t
}

func level() definition.AudienceLevel {
	return definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "customer", Type: definition.Text}},
		Profile: []definition.Attribute{
			{Name: "age", Type: definition.Whole},
			{Name: "income", Type: definition.Number, Default: 0.0},
			{Name: "country", Type: definition.Text},
			{Name: "member", Type: definition.Boolean, Default: false},
			{Name: "since", Type: definition.Timestamp},
			{Name: "tags", Type: definition.Texts},
			{Name: "visits", Type: definition.Whole, Default: int64(0)},
		},
	}
}

func offer(i int) definition.Offer {
	o := definition.Offer{
		Description: fmt.Sprintf("The offer number %d of the catalogue", i),
		Attributes:  map[string]any{"headline": fmt.Sprintf("Take number %d", i), "fee": float64(i%20) + .5},
		Effective:   at(2026, 1),
		Expires:     at(2027, 1),
	}
	if i%5 == 0 {
		o.Campaign = "spring"
	}
	if i%7 == 0 {
		o.Suppress = &definition.Suppression{OnAccept: true, AfterPresentations: 10}
	}
	return o
}

func flowchart(i int) definition.Flowchart {
	return definition.Flowchart{Boxes: []definition.Box{
		{Name: "start", Type: definition.BoxInteraction, Next: []string{"known"}},
		{Name: "known", Type: definition.BoxSelect, When: fmt.Sprintf("profile.visits >= %d", i%3),
			Derive: []definition.DerivedField{{Name: "value", Type: definition.Number,
				Expression: fmt.Sprintf("macro.valuable + double(profile.visits) * %d.5", i)}},
			Next: []string{"value"}},
		{Name: "value", Type: definition.BoxDecision, Branches: []definition.Branch{
			{Name: "high", When: fmt.Sprintf("derived.value > %d.0", 50+i), Next: []string{"high"}},
			{Name: "middle", When: fmt.Sprintf("derived.value > %d.0 && profile.member", 20+i), Next: []string{"sample"}},
		}, Otherwise: []string{"low"}},
		{Name: "sample", Type: definition.BoxSample, Branches: []definition.Branch{
			{Name: "part", Share: 80, Next: []string{"middle"}},
		}, Otherwise: []string{"low"}},
		{Name: "high", Type: definition.BoxSegment, Segment: Segment(i, 0)},
		{Name: "middle", Type: definition.BoxSegment, Segment: Segment(i, 1)},
		{Name: "low", Type: definition.BoxSegment, Segment: Segment(i, 2)},
	}}
}

func rule(i int, size Size) definition.TreatmentRule {
	score := float64(i % 101)
	r := definition.TreatmentRule{
		Name:    fmt.Sprintf("rule-%d", i),
		Segment: Segment(i%size.Flowcharts, i/size.Flowcharts%3),
		Offer:   Offer(i % size.Offers),
		Score:   &score,
		When:    condition(i, size.Clauses),
	}
	if i%10 != 0 {
		r.Zone = Zone(i % size.Zones)
	}
	if i%20 == 0 {
		r.ScoreExpression = fmt.Sprintf("score + profile.income / %d.0", 1000+i)
	}
	return r
}

// condition joins clauses of different sorts and numbers.
func condition(i, clauses int) string {
	forms := []string{
		fmt.Sprintf("profile.country in ['%s', '%s', '%s']", countries[i%8], countries[(i+3)%8], countries[(i+5)%8]),
		fmt.Sprintf("profile.age >= %d", 18+i%30),
		fmt.Sprintf("profile.income > %d.5", i*13%50_000),
		fmt.Sprintf("(profile.member || profile.visits > %d)", i%9),
		fmt.Sprintf("!('t%d' in profile.tags)", i%7),
		fmt.Sprintf("macro.valuable > %d.0", i%60),
		fmt.Sprintf("profile.since < timestamp('2026-0%d-01T00:00:00Z')", 1+i%6),
	}
	chosen := make([]string, clauses)
	for j := range chosen {
		chosen[j] = forms[(i+j)%len(forms)]
	}
	return strings.Join(chosen, " && ")
}
