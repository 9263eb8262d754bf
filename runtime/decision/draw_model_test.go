package decision_test

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
)

var (
	zones   = []string{"", "top", "side", "learned"}
	groups  = []string{"", "", "young", "old", "vip", "unseen"}
	offers  = []string{"card", "fund", "gift", "loan", "pen", "stay", "trip"}
	regions = []string{"north", "south", "east", "west"}
	plans   = []string{"a", "b", "c"}

	// clauses are of every sort that an index could get wrong: equalities, lists,
	// alternatives, negations, failures, other types, missing values, dates, the offer.
	clauses = []string{
		`profile.region == "north"`, `profile.region == "south"`, `"east" == profile.region`, `profile.region in ["north", "west"]`,
		`profile.region in ["west", "south", "west"]`, `profile.plan == "a"`, `profile.plan == "b"`, `profile.plan in ["b", "c", "b"]`,
		`profile.vip == true`, `profile.age == 30`, `profile.age in [20, 30]`, `profile.income == 40.0`, `profile.vip`, `!profile.vip`,
		`profile.age in [0, 40]`, `profile.income == 0.0`,
		`profile.region != "north"`, `!(profile.region == "south")`, `profile.vip != true`, `profile.age > 30`, `profile.age <= 30`, `profile.age != 30`,
		`profile.age >= 20`, `profile.age < 40`, `profile.income < 50.0`, `profile.income >= 20.0`, `profile.income > 20.0`, `profile.income <= 40.0`,
		`profile.income != 40.0`, `profile.age in [20, 30, 40, 50]`, `profile.age > 29.5`, `double(profile.age) == 30.0`, `profile.plan < "b"`, `profile.plan >= "b"`,
		`profile.plan.startsWith("n")`, `dyn(profile.age) != null`, `dyn(profile.region) == null`, `dyn(profile.plan) == null || profile.plan == "a"`, `has(profile.age)`, `!has(profile.region)`,
		`has(profile.income) && profile.income > 0.0`, `profile.?region.orValue("north") == "north"`,
		`profile.since < now`, `profile.since >= timestamp("2026-03-02T12:00:00Z")`, `profile.since == timestamp("2026-03-02T12:00:00Z")`,
		`now - profile.since > duration("24h")`, `now > timestamp("2026-03-02T11:00:00Z")`,
		`profile.income < 50.0 || profile.region == "north"`, `profile.income / profile.income > 0.5`, `10 / profile.age > 0`,
		`"x" in profile.tags`, `size(profile.tags) == 0`, `"young" in segments`, `size(segments) > 1`,
		`offer.price > 20.0`, `offer.kind == "gold"`, `offer.code == "card"`, `dyn(offer.kind) == null`,
		`macro.rich`, `macro.rich || profile.plan == "c"`, `true`, `false`, `1 / 0 == 1`, `profile.region == profile.plan`,
		`parameters.channel == "web"`, `(profile.region == "north" ? profile.vip : profile.plan == "a")`,
	}
	// equalities are the first clauses.
	equalities       = 16
	householdClauses = []string{`profile.region == "north"`, `profile.region == "south"`, `profile.income > 10.0`, `profile.number == 3`, `true`}
	scores           = []string{`score + 1.0`, `profile.income`, `offer.price`, `score / profile.income`, `double(profile.age)`, `profile.vip ? 90.0 : 10.0`}
	// Rules of households are for the first offers.
	householdOffers = offers[:3]
	computed        = map[string][]string{
		"price":    {`offer.price * 2.0`, `profile.income / 2.0`, `1.0 / 0.0`, `profile.income > 10.0 ? 1.0 : 2.0`},
		"greeting": {`"hello " + profile.region`, `offer.code`, `profile.?region.orValue("nowhere")`},
		"kind":     {`profile.region`, `profile.income == 0.0 ? "none" : offer.kind`},
	}
	customerGreeting = `profile.vip ? "dear " + profile.plan : "hello"`
)

func drawTime(t *rapid.T, name string) *time.Time {
	if between(t, name+" given", 0, 3) > 0 {
		return nil
	}
	when := noon.Add(time.Duration(between(t, name, -3, 3)) * 24 * time.Hour)
	return &when
}

func drawSpan(t *rapid.T, name string) (from, until *time.Time) {
	from, until = drawTime(t, name+" from"), drawTime(t, name+" until")
	if from != nil && from.After(noon) && below(t, name+" now", 2) == 0 {
		from = of(noon.AddDate(0, 0, -1))
	}
	if until != nil && until.Before(noon) && below(t, name+" now", 2) == 0 {
		until = of(noon.AddDate(0, 0, 2))
	}
	if from != nil && until != nil && !from.Before(*until) {
		until = nil
	}
	return from, until
}

func drawLimit(t *rapid.T, name string) *definition.Limit {
	if between(t, name+" given", 0, 3) > 0 {
		return nil
	}
	l := &definition.Limit{Presentations: between(t, name, 1, 4), Even: rapid.Bool().Draw(t, name+" even")}
	if rapid.Bool().Draw(t, name+" in time") {
		l.For = of(duration.Duration(time.Hour))
	}
	return l
}

func drawOffer(t *rapid.T) definition.Offer {
	o := definition.Offer{Retired: below(t, "retired", 16) == 0,
		Campaign:   pick(t, "campaign", []string{"", "", "", "", "", "", "spring", "winter"}),
		Attributes: map[string]any{"price": pick(t, "price", []float64{5, 25})}}
	o.Effective, o.Expires = drawSpan(t, "offer")
	if rapid.Bool().Draw(t, "gold") {
		o.Attributes["kind"] = "gold"
	}
	if between(t, "suppression", 0, 2) == 0 {
		o.Suppress = &definition.Suppression{OnAccept: rapid.Bool().Draw(t, "on accept"), OnReject: rapid.Bool().Draw(t, "on reject"),
			AfterPresentations: between(t, "after", 0, 2), Also: several(t, "also", 0, 1, offers)}
		if rapid.Bool().Draw(t, "ends") {
			o.Suppress.For = days(2)
		}
	}
	if between(t, "computes", 0, 2) == 0 {
		o.Computed = drawComputed(t)
	}
	if customer, total := drawLimit(t, "per customer"), drawLimit(t, "total"); customer != nil || total != nil {
		o.Limits = &definition.OfferLimits{PerCustomer: customer, Total: total}
	}
	return o
}

// drawCondition joins up to three clauses; the third follows from the others, so that
// there are not more conditions than can be compiled and kept.
func drawCondition(t *rapid.T, clauses []string) string {
	n, first, second := between(t, "clauses", 0, 3), below(t, "clause", len(clauses)), below(t, "clause", len(clauses))
	third := (7*first + second) % len(clauses)
	return strings.Join([]string{clauses[first], clauses[second], clauses[third]}[:n], " && ")
}

func drawComputed(t *rapid.T) map[string]string {
	found := map[string]string{}
	for _, name := range several(t, "computed", 1, 2, []string{"price", "greeting", "kind"}) {
		found[name] = pick(t, "source", computed[name])
	}
	return found
}

func drawRule(t *rapid.T, i int, clauses, scores, offers []string) definition.TreatmentRule {
	r := definition.TreatmentRule{Name: fmt.Sprintf("r%d", i),
		Segment: pick(t, "segment", groups), Zone: pick(t, "zone", zones),
		Offer: pick(t, "offer", offers), Disabled: below(t, "disabled", 16) == 0}
	if rapid.Bool().Draw(t, "scored") {
		r.Score = of(float64(between(t, "score", 0, 3)) * 20)
	}
	if between(t, "computed", 0, 4) == 0 && len(scores) > 0 {
		r.ScoreExpression = pick(t, "score expression", scores)
	}
	r.When = drawCondition(t, clauses)
	if below(t, "dated", 2) == 0 {
		r.Effective, r.Expires = drawSpan(t, "rule")
	}
	if between(t, "keeps its score", 0, 3) == 0 {
		r.Learning = of(false)
	}
	if below(t, "computes", 4) == 0 {
		r.Computed = drawComputed(t)
	}
	return r
}

func drawDefinitions(t *rapid.T) decision.Definitions {
	d := shop()
	d.Channel.PresentationsPerVisit = between(t, "per visit", 0, 2)
	d.Channel.Learning = pick(t, "learning", []string{"", "", "linear"})
	d.Zones["side"] = definition.Zone{Learning: definition.LearningOff}
	d.Campaigns["spring"], d.Campaigns["winter"] = definition.Campaign{Start: drawTime(t, "start")}, definition.Campaign{End: drawTime(t, "end")}
	for _, code := range offers {
		d.Offers[code] = drawOffer(t)
	}
	if pen := d.Offers["pen"]; rapid.Bool().Draw(t, "greets customers") {
		pen.Computed = map[string]string{"greeting": customerGreeting}
		d.Offers["pen"] = pen
	}
	for _, name := range []string{"main", "more"} {
		d.Strategies[name] = drawStrategy(t)
	}
	house := definition.Strategy{AudienceLevel: "household"}
	for i := range between(t, "rules of households", 0, 8) {
		house.Rules = append(house.Rules, drawRule(t, i, householdClauses, nil, householdOffers))
	}
	d.Strategies["house"] = house
	return d
}

// drawStrategy draws few rules of all sorts, or many that an index groups deeply:
// in one place, with equalities.
func drawStrategy(t *rapid.T) definition.Strategy {
	strategy := definition.Strategy{}
	if rapid.Bool().Draw(t, "few rules") {
		for i := range between(t, "rules", 0, 10) {
			strategy.Rules = append(strategy.Rules, drawRule(t, i, clauses, scores, offers))
		}
		return strategy
	}
	everywhere := rapid.Bool().Draw(t, "everywhere")
	for i := range between(t, "rules", 16, 143) {
		rule := definition.TreatmentRule{Name: fmt.Sprintf("r%d", i), Offer: pick(t, "offer", offers),
			When: drawCondition(t, clauses[:equalities])}
		how := between(t, "how", 0, 127)
		if how < 96 {
			rule.Score = of(float64(how))
		}
		if how%4 == 0 {
			rule.Learning = of(false)
		}
		if how%16 == 1 {
			rule.ScoreExpression = scores[how/16%len(scores)]
		}
		if !everywhere {
			rule.Zone, rule.Segment = zones[how%len(zones)], groups[how/8%len(groups)]
		}
		strategy.Rules = append(strategy.Rules, rule)
	}
	return strategy
}
