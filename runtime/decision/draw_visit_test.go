package decision_test

import (
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

func drawInput(t *rapid.T, s *scope.Scope) *decision.Input {
	in := &decision.Input{Level: pick(t, "level", []string{"customer", "customer", "customer", "customer", "customer", "household"}),
		Count: pick(t, "count", []int{-1, 0, 1, 1, 2, 2, 3, 3, 3, 4, 5, 6}), Now: noon.Add(time.Duration(between(t, "now", -1, 1)) * time.Hour),
		Segments: several(t, "segments", 0, 3, []string{"young", "old", "vip", "strange", "young"})}
	level, _ := s.Level(in.Level)
	in.Frame = level.NewFrame()
	in.Frame.SetProfile(drawProfile(t))
	in.Frame.SetParameters(map[string]any{"channel": pick(t, "parameter", []any{"web", "shop", 1.0})})

	ids := []decision.OfferID{0, 1, 2, 3, 4, 5, 6, 7} // the last is unknown
	in.Blocked = several(t, "blocked", 0, 1, ids)
	in.Exclude = several(t, "exclude", 0, 1, ids)
	for id := range decision.OfferID(len(offers)) {
		if between(t, "past", 0, 3) == 0 {
			in.Past = append(in.Past, drawPast(t, id))
		}
	}
	total := int64(between(t, "total", 0, 4))
	in.Totals = func(id decision.OfferID) int64 { return (total + int64(id)) % 5 }
	learned := between(t, "learned", 0, 6)
	in.Learned = func(model string, id decision.OfferID) (float64, bool) {
		return float64(20 * ((int(id)+learned+len(model))%5 + 1)), int(id)%3 != learned%3
	}
	for range between(t, "overrides", 0, 3) {
		in.Overrides = append(in.Overrides, drawOverride(t, level, pick(t, "offer", ids)))
	}
	for range between(t, "defaults", 0, 1) {
		in.Defaults = append(in.Defaults, decision.Default{Offer: pick(t, "default", ids), Score: float64(between(t, "score", 0, 3)) * 20})
	}
	return in
}

func drawProfile(t *rapid.T) map[string]any {
	p := map[string]any{}
	draw := func(name string, values ...any) {
		// The first value stands for none.
		if value := pick(t, name, append([]any{nil}, values...)); value != nil {
			p[name] = value
		}
	}
	draw("region", regions[0], regions[1], regions[2], regions[3], regions[0], regions[1], []string{"north"}) // the last is of another type than declared
	draw("plan", plans[0], plans[1], plans[2], regions[0])
	draw("age", int64(0), int64(20), int64(30), int64(40))
	draw("income", 0.0, 20.0, 40.0, 1e6)
	draw("vip", true, false)
	draw("since", noon, noon.AddDate(0, 0, -2), noon.Add(time.Hour))
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
	rare := func(name string) bool { return below(t, name, 8) == 0 }
	return decision.Past{Offer: id, Shown: between(t, "shown", 0, 2), Accepted: rare("accepted"), Rejected: rare("rejected"),
		Suppressed: rare("suppressed"), AcceptedAt: when("accepted at"), RejectedAt: when("rejected at"),
		Unanswered: between(t, "unanswered", 0, 2), ShownAt: when("shown at"), Presented: int64(between(t, "presented", 0, 4))}
}

func drawOverride(t *rapid.T, level *scope.Level, offer decision.OfferID) decision.Override {
	o := decision.Override{Offer: offer, Score: float64(between(t, "score", 0, 5)) * 20, Adds: rapid.Bool().Draw(t, "adds"),
		Final: below(t, "final", 4) == 0, Zone: pick(t, "zone", []string{"", "", zones[1], zones[2], zones[3]}), Segment: pick(t, "segment", groups[:4])}
	if below(t, "conditional", 4) == 0 {
		source := pick(t, "when", []string{`profile.region == "north"`, `offer.price > 20.0`, `1.0 / profile.income > 0.0`})
		when, err := level.Compile(definition.Expression{Path: "when", Source: source, Sees: definition.SeesRule, Result: definition.Boolean})
		require.NoError(t, err)
		o.When = when
	}
	return o
}
