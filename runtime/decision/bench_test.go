package decision_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/decision/decisiontest"
)

// people are decided for in turn.
const people = 64

func market(t testing.TB, rules int, learning bool) *decisiontest.Market {
	t.Helper()
	m, err := decisiontest.NewMarket(rules, learning)
	require.NoError(t, err)
	return m
}

// BenchmarkDecide decides with rules of four clauses, beside the same rules by hand;
// with what was learned too, where no rule can be left out.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{100, 10000} {
		m := market(b, n, false)
		persons, inputs := m.People(people)
		benchmarkInputs(b, fmt.Sprintf("rules=%d", n), m, inputs)
		b.Run(fmt.Sprintf("closures=%d", n), func(b *testing.B) {
			best := make([]decisiontest.Choice, 0, decisiontest.Wanted)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				best = m.Hand.Decide(persons[i%people], best[:0])
			}
		})
		learned := market(b, n, true)
		_, inputs = learned.People(people)
		for _, in := range inputs {
			in.Learned = func(_ string, id decision.OfferID) (float64, bool) { return float64(id * 37 % 100), true }
		}
		benchmarkInputs(b, fmt.Sprintf("learned=%d", n), learned, inputs)
	}
}

func benchmarkInputs(b *testing.B, name string, m *decisiontest.Market, inputs []*decision.Input) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		var result decision.Result
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.Model.DecideInto(inputs[i%people], &result)
		}
	})
}

// TestTheBenchmarkDecidesAsByHand keeps the two comparable.
func TestTheBenchmarkDecidesAsByHand(t *testing.T) {
	t.Parallel()
	for _, rules := range []int{100, 3000} {
		m := market(t, rules, false)
		persons, inputs := m.People(people)
		given := 0
		for i := range persons {
			got, want := m.Model.Decide(inputs[i]), m.Hand.Decide(persons[i], nil)
			require.True(t, decisiontest.Same(got, want), "%v, by hand %v", got, want)
			given += len(got.Offers)
		}
		require.Greater(t, given, 2*people, "most visitors are given offers")
	}
}
