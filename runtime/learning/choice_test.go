package learning

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAChoiceIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	c := Choice{Propensity: 0.746, Exploration: 0.1, Baseline: "gold-card", Segments: []string{"affluent", "young"}, Candidates: []string{"car-loan", "gold-card"}}
	require.Equal(t, "0.746 0.1 gold-card affluent,young car-loan,gold-card", c.String())
	name := rapid.StringMatching(`[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20})?`)
	rapid.Check(t, func(t *rapid.T) {
		want := Choice{
			Propensity: rapid.Float64Range(1e-6, 1).Draw(t, "propensity"), Exploration: rapid.Float64Range(0, 1).Draw(t, "exploration"),
			Baseline: rapid.OneOf(rapid.Just(""), name).Draw(t, "baseline"),
			Segments: rapid.SliceOfN(name, 0, 30).Draw(t, "segments"), Candidates: rapid.SliceOfN(name, 0, 120).Draw(t, "candidates"),
		}
		text := want.String()
		require.LessOrEqual(t, len(text), MaxChoice)
		got, err := ParseChoice(text)
		require.NoError(t, err)
		require.InEpsilon(t, want.Propensity, got.Propensity, 1e-5)
		require.InDelta(t, want.Exploration, got.Exploration, 1e-5)
		require.Equal(t, want.Baseline, got.Baseline)
		require.True(t, slices.Equal(want.Segments[:len(got.Segments)], got.Segments), "as many as there is room for")
		if len(strings.Join(want.Segments, ",")) < maxSegments {
			require.Len(t, got.Segments, len(want.Segments))
		}
		if len(got.Candidates) > 0 || len(strings.Join(want.Candidates, ",")) < MaxChoice/2 {
			require.True(t, slices.Equal(want.Candidates, got.Candidates), "all or none")
		}
	})
}

func FuzzParseChoice(f *testing.F) {
	for _, text := range []string{"0.5 0.1 a b c,d", "1 0 - - -", "0 0 - - -", "NaN 0 - - -", "2 0 - - -", "1  - - -", "1 0 - -", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseChoice(text)
		if err != nil {
			return
		}
		require.True(t, c.Propensity > 0 && c.Propensity <= 1 && c.Exploration >= 0 && c.Exploration <= 1)
		require.LessOrEqual(t, len(c.String()), MaxChoice)
	})
}

// TestTheFirstPlaceIsWeightedRight weighs each decision by 1 over the propensity
// of the offer that came first: every offer then has the weight of all decisions.
func TestTheFirstPlaceIsWeightedRight(t *testing.T) {
	t.Parallel()
	const decisions, offers = 6_000, 5
	for _, algorithm := range algorithms {
		for _, minimum := range []int{0, 1_000_000} {
			for _, wanted := range []int{1, 3, offers} {
				d := model(algorithm, 0, "job")
				d.Exploration, d.MinimumPresentations = 0.2, minimum
				w := newWorld(d, 11, 3, offers)
				made := w.snapshot(w.learned(300))
				const marketers = 2
				weights, squares := [offers]float64{}, [offers]float64{}
				var draw Draw
				for seed := range uint64(decisions) {
					_, c := w.visitor()
					draw.Begin(made, c, seed)
					chosen := best(&draw, offers, wanted)
					if made.Waiting() && !draw.Explores() {
						chosen = append([]int{marketers}, slices.DeleteFunc(chosen, func(o int) bool { return o == marketers })...)[:wanted]
					}
					if seed%2 == 0 { // whether asked for before or not
						list := draw.Propensities(nil, chosen, func(o int) bool { return o == marketers })
						if wanted == 1 {
							require.InDelta(t, list[0], draw.First(chosen[0], chosen[0] == marketers), 1e-12)
						}
					}
					p := draw.First(chosen[0], chosen[0] == marketers)
					require.True(t, p > 0 && p <= 1)
					require.GreaterOrEqual(t, p, 0.2/offers-1e-12)
					weights[chosen[0]] += 1 / p
					squares[chosen[0]] += 1 / (p * p)
				}
				for o := range weights {
					mean := weights[o] / decisions
					deviation := math.Sqrt((squares[o]/decisions - mean*mean) / decisions)
					require.InDelta(t, 1, mean, 4.5*deviation+1e-9, "%s, minimum %d, %d wanted, offer %d", algorithm, minimum, wanted, o)
				}
			}
		}
	}
}
