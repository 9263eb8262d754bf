package decision_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// visitsPerModel times the number of checks are compared: 100,000 models, with five
// times as many visits, with -rapid.checks=100000.
const visitsPerModel = 5

// enough decisions are those in which all occurs that the generator draws.
const enough = 500

// TestDecideAndExplainAgreeWithThePlainImplementation compares both with the plain
// one on random models and visits: chosen offers, what became of every candidate,
// and computed attributes. It is of use only as long as what is to be compared
// occurs, so that it counts.
func TestDecideAndExplainAgreeWithThePlainImplementation(t *testing.T) {
	t.Parallel()
	s, seen := scopes(t), tally{}
	rapid.Check(t, func(t *rapid.T) { checkModel(t, s, seen) })
	seen.report(t)
	if seen["decisions"] < enough {
		return
	}
	for _, feature := range features() {
		require.NotZero(t, seen[feature], "no decision has %q: the generator draws it too seldom", feature)
	}
}

func FuzzDecideAndExplainAgreeWithThePlainImplementation(f *testing.F) {
	s := scopes(f)
	for seed := range byte(4) { // a model takes some 100 KiB, to which a fuzzer would hardly come
		random := make([]byte, 256<<10)
		_, _ = rand.NewChaCha8([32]byte{seed}).Read(random)
		f.Add(random)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { checkModel(t, s, tally{}) }))
}

func checkModel(t *rapid.T, s *scope.Scope, seen tally) {
	d := drawDefinitions(t)
	m, err := decision.Compile(s, d)
	require.NoError(t, err)
	seen.model(m)
	for range visitsPerModel {
		in := drawInput(t, s)
		allow := rapid.Bool().Draw(t, "duplicates")
		for at, name := range several(t, "points", 1, 2, []string{"banner", "box", "smart"}) {
			in.Point, _ = m.Point(name)
			want := reference{scope: s, d: d, m: m, in: in}.decide()
			decided := compare(t, m, in, want)
			compareAttributes(t, reference{scope: s, d: d, m: m, in: in}, decided, seen)
			seen.decision(in, want, decided)
			if at > 0 {
				seen.count(!allow, "further point without duplicates")
				seen.count(allow, "further point with duplicates")
			}
			if !allow {
				for _, c := range decided.Offers {
					in.Exclude = append(in.Exclude, c.Offer)
				}
			}
		}
	}
}

func compare(t *rapid.T, m *decision.Model, in *decision.Input, want []outcome) decision.Result {
	t.Helper()
	x := m.Explain(in)
	require.Len(t, x.Candidates, len(want))
	for i, c := range x.Candidates {
		got := outcome{offer: c.Offer, origin: c.Origin, reason: c.Reason, score: c.Score, source: c.Source, rank: c.Rank}
		if c.Origin == decision.OriginRule {
			got.rule = c.Rule.Strategy + "/" + c.Rule.Name
		}
		if got != want[i] { // else require.Equal costs more than all that is tested
			require.Equal(t, want[i], got)
		}
	}

	decided := m.Decide(in)
	require.Equal(t, x.Result, decided, "Explain decides as Decide does")
	won := 0
	for _, o := range want {
		if o.reason != decision.Won {
			continue
		}
		won++
		require.LessOrEqual(t, o.rank, len(decided.Offers))
		c := decided.Offers[o.rank-1]
		rule := ""
		if c.Rule != decision.NoRule {
			rule = m.Rule(c.Rule).Strategy + "/" + m.Rule(c.Rule).Name
		}
		if c.Code != o.offer || c.Score != o.score || c.Source != o.source || rule != o.rule {
			require.Fail(t, "another choice", "%+v is %+v", o, c)
		}
	}
	require.Len(t, decided.Offers, won)
	if won == 0 {
		require.Equal(t, in.Point.Default, decided.Default)
	}
	compareBaseline(t, m, in, decided)
	return decided
}

func compareAttributes(t *rapid.T, r reference, decided decision.Result, seen tally) {
	t.Helper()
	for _, c := range decided.Offers {
		var rule *definition.TreatmentRule
		if c.Rule != decision.NoRule {
			rule = r.m.Definition(c.Rule)
		}
		want, wantFailed := r.attributes(c.Code, rule)
		got, failed := r.m.Attributes(r.in, c)
		require.Equal(t, want, got)
		if fixed, ok := r.m.FixedAttributes(r.in, c); ok {
			require.Equal(t, want, fixed)
		}
		for name := range failed {
			require.Contains(t, wantFailed, name)
		}
		require.Len(t, failed, len(wantFailed))
		seen.count(len(failed) > 0, "computed attribute fails")
		seen.count(rule != nil && len(rule.Computed) > 0, "attribute computed by the rule")
		seen.count(len(r.d.Offers[c.Code].Computed) > 0, "attribute computed by the offer")
	}
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
