package decision_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// sessionsPerModel times the number of checks are compared: 100,000 of them with
// -rapid.checks=4000.
const sessionsPerModel = 25

// TestDecideAndExplainAgreeWithThePlainImplementation compares both with the plain
// one on random models and sessions: chosen offers, and what became of every
// candidate.
func TestDecideAndExplainAgreeWithThePlainImplementation(t *testing.T) {
	t.Parallel()
	s := scopes(t)
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinitions(t)
		m, err := decision.Compile(s, d)
		require.NoError(t, err)
		for range sessionsPerModel {
			in := drawInput(t, s, m)
			want := reference{scope: s, d: d, m: m, in: in}.decide()
			compare(t, m, in, want)
		}
	})
}

func compare(t *rapid.T, m *decision.Model, in *decision.Input, want []outcome) {
	t.Helper()
	x := m.Explain(in)
	var got []outcome
	for _, c := range x.Candidates {
		o := outcome{offer: c.Offer, origin: c.Origin, reason: c.Reason, score: c.Score, source: c.Source, rank: c.Rank}
		if c.Origin == decision.OriginRule {
			o.rule = c.Rule.Strategy + "/" + c.Rule.Name
		}
		got = append(got, o)
	}
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i])
	}

	decided := m.Decide(in)
	require.Equal(t, x.Result, decided, "Explain decides as Decide does")
	ranked := map[int]string{}
	for _, o := range want {
		if o.reason == decision.Won {
			ranked[o.rank] = fmt.Sprintf("%s %v %s", o.offer, o.score, o.source)
		}
	}
	require.Len(t, decided.Offers, len(ranked))
	for i, c := range decided.Offers {
		require.Equal(t, ranked[i+1], fmt.Sprintf("%s %v %s", c.Code, c.Score, c.Source))
	}
	if len(ranked) == 0 {
		require.Equal(t, in.Point.Default, decided.Default)
	}
	compareBaseline(t, m, in, decided)
}

// compareBaseline decides again, without what was learned.
func compareBaseline(t *rapid.T, m *decision.Model, in *decision.Input, decided decision.Result) {
	t.Helper()
	all := *in
	all.Count = len(offers)
	keeps := slices.ContainsFunc(m.Decide(&all).Offers, func(c decision.Chosen) bool { return c.Learning == "" })
	learns := slices.ContainsFunc(m.Decide(&all).Offers, func(c decision.Chosen) bool { return c.Learning != "" })
	alone := *in
	alone.Learned = nil
	first := m.Decide(&alone)
	switch {
	case len(decided.Offers) == 0 || !learns && decided.Baseline == "":
		require.Empty(t, decided.Baseline)
	case len(first.Offers) == 0: // their scores fail, what was learned stands
		require.Empty(t, decided.Baseline)
	default:
		require.Equal(t, first.Offers[0].Code, decided.Baseline)
		require.True(t, decided.Mixed || !keeps, "all that compete learn")
	}
}

var (
	zones   = []string{"", "top", "side", "learned"}
	groups  = []string{"", "young", "old", "vip", "unseen"}
	offers  = []string{"card", "fund", "gift", "loan", "pen"}
	regions = []string{"north", "south", "east", "west"}
	plans   = []string{"a", "b", "c"}

	// clauses are of every sort that an index could get wrong: equalities, lists,
	// alternatives, negations, failures, other types, missing values, the offer.
	clauses = []string{
		`profile.region == "north"`, `profile.region == "south"`, `"east" == profile.region`, `profile.region in ["north", "west"]`,
		`profile.region in ["west", "south", "west"]`, `profile.plan == "a"`, `profile.plan == "b"`, `profile.plan in ["b", "c", "b"]`,
		`profile.vip == true`, `profile.age == 30`, `profile.age in [20, 30]`, `profile.income == 40.0`,
		`profile.region != "north"`, `!(profile.region == "south")`, `profile.vip`, `!profile.vip`, `profile.age > 30`, `double(profile.age) == 30.0`,
		`profile.income < 50.0 || profile.region == "north"`, `profile.income / profile.income > 0.5`, `profile.income == 0.0`, `10 / profile.age > 0`,
		`"x" in profile.tags`, `"young" in segments`, `size(segments) > 1`, `offer.price > 20.0`, `offer.kind == "gold"`, `offer.code == "card"`,
		`macro.rich`, `macro.rich || profile.plan == "c"`, `true`, `false`, `1 / 0 == 1`, `profile.region == profile.plan`,
		`parameters.channel == "web"`, `now > timestamp("2026-03-02T11:00:00Z")`, `(profile.region == "north" ? profile.vip : profile.plan == "a")`,
	}
	// equalities are the first clauses.
	equalities       = 12
	householdClauses = []string{`profile.region == "north"`, `profile.region == "south"`, `profile.income > 10.0`, `profile.number == 3`, `true`}
	scores           = []string{`score + 1.0`, `profile.income`, `offer.price`, `score / profile.income`, `double(profile.age)`, `profile.vip ? 90.0 : 10.0`}
)

func drawTime(t *rapid.T, name string) *time.Time {
	if rapid.IntRange(0, 3).Draw(t, name+" given") > 0 {
		return nil
	}
	when := noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, name)) * 24 * time.Hour)
	return &when
}

func drawSpan(t *rapid.T, name string) (from, until *time.Time) {
	from, until = drawTime(t, name+" from"), drawTime(t, name+" until")
	if from != nil && until != nil && !from.Before(*until) {
		until = nil
	}
	return from, until
}

func drawLimit(t *rapid.T, name string) *definition.Limit {
	if rapid.IntRange(0, 3).Draw(t, name+" given") > 0 {
		return nil
	}
	l := &definition.Limit{Presentations: rapid.IntRange(1, 4).Draw(t, name), Even: rapid.Bool().Draw(t, name+" even")}
	if rapid.Bool().Draw(t, name+" in time") {
		l.For = of(duration.Duration(time.Hour))
	}
	return l
}

func drawOffer(t *rapid.T) definition.Offer {
	o := definition.Offer{Retired: rapid.IntRange(0, 9).Draw(t, "retired") == 0,
		Campaign:   rapid.SampledFrom([]string{"", "", "", "spring", "winter"}).Draw(t, "campaign"),
		Attributes: map[string]any{"price": rapid.SampledFrom([]float64{5, 25}).Draw(t, "price")}}
	o.Effective, o.Expires = drawSpan(t, "offer")
	if rapid.Bool().Draw(t, "gold") {
		o.Attributes["kind"] = "gold"
	}
	if rapid.IntRange(0, 2).Draw(t, "suppression") == 0 {
		o.Suppress = &definition.Suppression{OnAccept: rapid.Bool().Draw(t, "on accept"), OnReject: rapid.Bool().Draw(t, "on reject"),
			AfterPresentations: rapid.IntRange(0, 2).Draw(t, "after"), Also: rapid.SliceOfN(rapid.SampledFrom(offers), 0, 1).Draw(t, "also")}
		if rapid.Bool().Draw(t, "ends") {
			o.Suppress.For = days(2)
		}
	}
	if customer, total := drawLimit(t, "per customer"), drawLimit(t, "total"); customer != nil || total != nil {
		o.Limits = &definition.OfferLimits{PerCustomer: customer, Total: total}
	}
	return o
}

func drawRule(t *rapid.T, i int, clauses []string, scores []string) definition.TreatmentRule {
	r := definition.TreatmentRule{Name: fmt.Sprintf("r%d", i),
		Segment: rapid.SampledFrom(groups).Draw(t, "segment"), Zone: rapid.SampledFrom(zones).Draw(t, "zone"),
		Offer: rapid.SampledFrom(offers).Draw(t, "offer"), Disabled: rapid.IntRange(0, 9).Draw(t, "disabled") == 0}
	if rapid.Bool().Draw(t, "scored") {
		r.Score = of(float64(rapid.IntRange(0, 3).Draw(t, "score")) * 20)
	}
	if rapid.IntRange(0, 4).Draw(t, "computed") == 0 && len(scores) > 0 {
		r.ScoreExpression = rapid.SampledFrom(scores).Draw(t, "score expression")
	}
	r.When = strings.Join(rapid.SliceOfN(rapid.SampledFrom(clauses), 0, 3).Draw(t, "when"), " && ")
	if rapid.IntRange(0, 3).Draw(t, "dated") == 0 {
		r.Effective, r.Expires = drawSpan(t, "rule")
	}
	if rapid.IntRange(0, 3).Draw(t, "keeps its score") == 0 {
		r.Learning = of(false)
	}
	return r
}

func drawDefinitions(t *rapid.T) decision.Definitions {
	d := shop()
	d.Channel.PresentationsPerVisit = rapid.IntRange(0, 2).Draw(t, "per visit")
	d.Channel.Learning = rapid.SampledFrom([]string{"", "", "linear"}).Draw(t, "learning")
	d.Zones["side"] = definition.Zone{Learning: definition.LearningOff}
	d.Campaigns["spring"], d.Campaigns["winter"] = definition.Campaign{Start: drawTime(t, "start")}, definition.Campaign{End: drawTime(t, "end")}
	for _, code := range offers {
		d.Offers[code] = drawOffer(t)
	}
	for _, name := range []string{"main", "more"} {
		d.Strategies[name] = drawStrategy(t)
	}
	house := definition.Strategy{AudienceLevel: "household"}
	for i := range rapid.IntRange(0, 6).Draw(t, "rules of households") {
		house.Rules = append(house.Rules, drawRule(t, i, householdClauses, nil))
	}
	d.Strategies["house"] = house
	return d
}

// drawStrategy draws few rules of all sorts, or many that an index groups deeply:
// in one place, with equalities.
func drawStrategy(t *rapid.T) definition.Strategy {
	strategy := definition.Strategy{}
	if rapid.Bool().Draw(t, "few rules") {
		for i := range rapid.IntRange(0, 10).Draw(t, "rules") {
			strategy.Rules = append(strategy.Rules, drawRule(t, i, clauses, scores))
		}
		return strategy
	}
	for i := range rapid.IntRange(20, 60).Draw(t, "rules") {
		when := rapid.SliceOfN(rapid.SampledFrom(clauses[:equalities]), 1, 2).Draw(t, "when")
		strategy.Rules = append(strategy.Rules, definition.TreatmentRule{Name: fmt.Sprintf("r%d", i),
			Offer: rapid.SampledFrom(offers).Draw(t, "offer"), When: strings.Join(when, " && ")})
	}
	return strategy
}

func drawInput(t *rapid.T, s *scope.Scope, m *decision.Model) *decision.Input {
	in := &decision.Input{Level: rapid.SampledFrom([]string{"customer", "customer", "customer", "household"}).Draw(t, "level"),
		Count: rapid.IntRange(-1, 6).Draw(t, "count"), Now: noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "now")) * time.Hour),
		Segments: rapid.SliceOfN(rapid.SampledFrom([]string{"young", "old", "vip", "strange", "young"}), 0, 3).Draw(t, "segments")}
	level, _ := s.Level(in.Level)
	in.Frame = level.NewFrame()
	in.Frame.SetProfile(drawProfile(t))
	in.Frame.SetParameters(map[string]any{"channel": rapid.SampledFrom([]any{"web", "shop", 1.0}).Draw(t, "parameter")})
	in.Point, _ = m.Point(rapid.SampledFrom([]string{"banner", "box", "smart"}).Draw(t, "point"))

	anyOffer := rapid.Map(rapid.IntRange(0, len(offers)), func(i int) decision.OfferID { return decision.OfferID(i) }) // one is unknown
	in.Blocked = rapid.SliceOfN(anyOffer, 0, 1).Draw(t, "blocked")
	in.Exclude = rapid.SliceOfN(anyOffer, 0, 1).Draw(t, "exclude")
	for id := range decision.OfferID(len(offers)) {
		if rapid.IntRange(0, 3).Draw(t, "past") == 0 {
			in.Past = append(in.Past, drawPast(t, id))
		}
	}
	total := int64(rapid.IntRange(0, 4).Draw(t, "total"))
	in.Totals = func(id decision.OfferID) int64 { return (total + int64(id)) % 5 }
	learned := rapid.IntRange(0, 6).Draw(t, "learned")
	in.Learned = func(model string, id decision.OfferID) (float64, bool) {
		return float64(20 * ((int(id)+learned+len(model))%5 + 1)), int(id)%3 != learned%3
	}
	for range rapid.IntRange(0, 2).Draw(t, "overrides") {
		in.Overrides = append(in.Overrides, drawOverride(t, level, anyOffer.Draw(t, "offer")))
	}
	for range rapid.IntRange(0, 1).Draw(t, "defaults") {
		in.Defaults = append(in.Defaults, decision.Default{Offer: anyOffer.Draw(t, "default"), Score: float64(rapid.IntRange(0, 3).Draw(t, "score")) * 20})
	}
	return in
}

func drawProfile(t *rapid.T) map[string]any {
	p := map[string]any{}
	draw := func(name string, values ...any) {
		// The first value stands for none.
		if value := rapid.SampledFrom(append([]any{nil}, values...)).Draw(t, name); value != nil {
			p[name] = value
		}
	}
	draw("region", regions[0], regions[1], regions[2], regions[3])
	draw("plan", plans[0], plans[1], plans[2], regions[0])
	draw("age", int64(0), int64(20), int64(30), int64(40))
	draw("income", 0.0, 20.0, 40.0, 1e6)
	draw("vip", true, false)
	draw("tags", []string{"x"}, []string{})
	draw("number", int64(3))
	return p
}

func drawPast(t *rapid.T, id decision.OfferID) decision.Past {
	when := func(name string) time.Time {
		if at := drawTime(t, name); at != nil {
			return *at
		}
		return time.Time{}
	}
	rare := func(name string) bool { return rapid.IntRange(0, 4).Draw(t, name) == 0 }
	return decision.Past{Offer: id, Shown: rapid.IntRange(0, 2).Draw(t, "shown"), Accepted: rare("accepted"), Rejected: rare("rejected"),
		Suppressed: rare("suppressed"), AcceptedAt: when("accepted at"), RejectedAt: when("rejected at"),
		Unanswered: rapid.IntRange(0, 2).Draw(t, "unanswered"), ShownAt: when("shown at"), Presented: int64(rapid.IntRange(0, 4).Draw(t, "presented"))}
}

func drawOverride(t *rapid.T, level *scope.Level, offer decision.OfferID) decision.Override {
	o := decision.Override{Offer: offer, Score: float64(rapid.IntRange(0, 5).Draw(t, "score")) * 20, Adds: rapid.Bool().Draw(t, "adds"),
		Final: rapid.Bool().Draw(t, "final"), Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Segment: rapid.SampledFrom(groups[:3]).Draw(t, "segment")}
	if rapid.Bool().Draw(t, "conditional") {
		source := rapid.SampledFrom([]string{`profile.region == "north"`, `offer.price > 20.0`, `1.0 / profile.income > 0.0`}).Draw(t, "when")
		when, err := level.Compile(definition.Expression{Path: "when", Source: source, Sees: definition.SeesRule, Result: definition.Boolean})
		require.NoError(t, err)
		o.When = when
	}
	return o
}
