package learning

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/definition"
)

func TestScoresAreTheSameForASeedInWhateverOrder(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			d := model(algorithm, 0, "job")
			d.Exploration = 0.3
			w := newWorld(d, 3, 4, 6)
			s := w.snapshot(w.learned(400))
			differ := 0
			for seed := range uint64(200) {
				_, c := w.visitor()
				var a, b, other Draw
				a.Begin(s, c, seed)
				b.Begin(s, c, seed)
				other.Begin(s, c, seed+1_000_000)
				for o := range 6 {
					x, _ := a.Score(o)
					b.Score(5 - o)
					again, _ := a.Score(o)
					require.InDelta(t, x, again, 0)
				}
				for o := range 6 {
					x, _ := a.Score(o)
					y, _ := b.Score(o)
					z, _ := other.Score(o)
					require.InDelta(t, x, y, 0)
					if x != z {
						differ++
					}
				}
			}
			require.Greater(t, differ, 1000)
		})
	}
}

func TestSnapshotsAreNeverNaNAndPropensitiesAreProbabilities(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := layouts(t, rapid.Bool().Draw(t, "with half-life"))
		l.exploration = rapid.SampledFrom([]float64{0, 0.05, 1}).Draw(t, "exploration")
		l.minimum = rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "minimum")
		s := NewStatistics(l.Shape())
		for _, o := range observations(t, l) {
			huge := rapid.SampledFrom([]int64{1, 1, 1000, 1e12}).Draw(t, "times")
			o.Presented, o.Accepted = o.Presented*huge, o.Accepted*huge
			s.Add(o)
		}
		// A row from elsewhere, whose sums do not fit each other.
		row := Row{Offer: "offer-1", Cell: Whole, Weight: rapid.Float64Range(0, maxSum).Draw(t, "weight"), Accepted: rapid.Float64Range(0, maxSum).Draw(t, "accepted"), At: noon}
		for range moments(l.Shape().Features) {
			row.Moments = append(row.Moments, rapid.Float64Range(-maxSum, maxSum).Draw(t, "moment"))
		}
		if rapid.Bool().Draw(t, "garbage") {
			require.True(t, s.Put(row))
		}
		offers := []Offer{{Code: "offer-0", Awaited: []Span{{}}}, {Code: "offer-1"}, {Code: "offer-2"}, {Code: "never seen"}}
		made := NewSnapshot(l, s, offers, noon.Add(time.Duration(rapid.Int64Range(-1e3, 1e6).Draw(t, "minutes"))*time.Minute))
		var d Draw
		for range 5 {
			var c Context
			l.Context(&c, profile(t), noon)
			d.Begin(made, &c, rapid.Uint64().Draw(t, "seed"))
			chosen := best(&d, len(offers), rapid.IntRange(1, 4).Draw(t, "wanted"))
			for o := range offers {
				score, known := d.Score(o)
				require.False(t, math.IsNaN(score) || math.IsInf(score, 0))
				require.Equal(t, d.Explores() || !made.Waiting(), known)
				mean := made.Mean(&c, o)
				require.False(t, math.IsNaN(mean) || math.IsInf(mean, 0))
			}
			for _, p := range d.Propensities(nil, chosen, func(offer int) bool { return offer == 0 }) {
				require.True(t, p > 0 && p <= 1, "%v", p)
			}
		}
	})
}

func TestUnknownOffersAndCellsShrinkToWhatIsKnown(t *testing.T) {
	t.Parallel()
	l := NewLayout(model(definition.BetaBernoulli, 0, "job"), declared)
	nurse, clerk := Context{}, Context{}
	l.Context(&nurse, map[string]any{"job": "nurse"}, noon)
	l.Context(&clerk, map[string]any{"job": "clerk"}, noon)
	s := NewStatistics(l.Shape())
	s.Add(Observation{Offer: "a", Context: nurse, Presented: 98, Accepted: 19, At: noon})
	made := NewSnapshot(l, s, []Offer{{Code: "a"}, {Code: "new"}}, noon)
	require.Equal(t, belief{1, 1}, made.belief(&clerk, 1), "nothing is known of the offer")
	require.Equal(t, belief{4, 16}, made.belief(&clerk, 0), "20 of 100, with the weight of 20")
	require.Equal(t, belief{4 + 19, 16 + 79}, made.belief(&nurse, 0))
}

func TestPresentationsCountHalfAfterTheHalfLife(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			l := NewLayout(model(algorithm, 24*time.Hour, "job"), declared)
			var c Context
			l.Context(&c, map[string]any{"job": "nurse"}, noon)
			add := func(s *Statistics, n int64, at time.Time) {
				s.Add(Observation{Offer: "a", Context: c, Presented: n, Accepted: n / 4, At: at})
			}
			old, young := NewStatistics(l.Shape()), NewStatistics(l.Shape())
			add(old, 400, noon)
			add(young, 100, noon.Add(48*time.Hour))
			offers := []Offer{{Code: "a"}}
			a, b := NewSnapshot(l, old, offers, noon.Add(48*time.Hour)), NewSnapshot(l, young, offers, noon.Add(48*time.Hour))
			x, y := a.belief(&c, 0), b.belief(&c, 0)
			require.InDelta(t, y.a, x.a, 1e-9)
			require.InDelta(t, y.b, x.b, 1e-9)
			require.InDelta(t, 400, old.Rows()[0].Weight, 0, "a snapshot leaves the statistics as they are")
		})
	}
}

func TestMarketersScoresCountUntilEachOfferHasItsMinimum(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			m := model(algorithm, time.Hour, "job")
			m.MinimumPresentations, m.Exploration = 2, 0.25
			w := newWorld(m, 1, 2, 3)
			w.offers[2].Awaited = []Span{{Until: noon}, {From: noon.Add(time.Second)}}
			s := NewStatistics(w.layout.Shape())
			_, c := w.visitor()
			// Decayed or not: presentations count in full for the minimum.
			s.Add(Observation{Offer: "offer-0", Context: *c, Presented: 2, At: noon.Add(-1000 * time.Hour)})
			s.Add(Observation{Offer: "offer-1", Context: *c, Presented: 1, At: noon})
			made := w.snapshot(s)
			require.True(t, made.Waiting())

			var d Draw
			explored := 0
			for seed := range uint64(4000) {
				d.Begin(made, c, seed)
				_, known := d.Score(0)
				d.Score(1)
				d.Score(2)
				require.Equal(t, d.Explores(), known)
				marketer := func(o int) bool { return o == 1 }
				if d.Explores() {
					explored++
					require.InDeltaSlice(t, []float64{0.25 / 3, 0.75 + 0.25/3}, append(d.Propensities(nil, []int{0}, marketer), d.Propensities(nil, []int{1}, marketer)...), 1e-12)
				} else {
					require.InDelta(t, 0.75+0.25/3, d.Propensities(nil, []int{1}, nil)[0], 1e-12)
				}
			}
			require.InDelta(t, 1000, explored, 4*math.Sqrt(4000*0.25*0.75))

			s.Add(Observation{Offer: "offer-1", Context: *c, Presented: 1, At: noon})
			require.False(t, w.snapshot(s).Waiting(), "offer-2 is not awaited")
		})
	}
}

// TestPropensitiesAreTheFrequenciesOfChoices compares, of each offer, how often it
// is chosen with the mean of the propensities of all decisions: given the samples a
// decision is one of them at random, so that 1/p of what was chosen has the mean 1
// for each offer that can be chosen.
func TestPropensitiesAreTheFrequenciesOfChoices(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			for _, wanted := range []int{1, 2, 4} {
				m := model(algorithm, 0, "job")
				m.Exploration = 0.1
				w := newWorld(m, 11, 1, 5)
				made := w.snapshot(w.learned(150))
				const decisions = 5_000
				frequency, weights, squares := make([]float64, 5), make([]float64, 5), make([]float64, 5)
				var d Draw
				_, c := w.visitor()
				for seed := range uint64(decisions) {
					d.Begin(made, c, seed)
					chosen := best(&d, 5, wanted)
					for i, p := range d.Propensities(nil, chosen, nil) {
						frequency[chosen[i]] += 1.0 / decisions
						weights[chosen[i]] += 1 / p / decisions
						squares[chosen[i]] += 1 / p / p / decisions
					}
				}
				t.Logf("%d of 5: frequencies %.3f, mean weights %.3f", wanted, frequency, weights)
				require.Greater(t, slices.Max(frequency)-slices.Min(frequency), 0.2, "or nothing is shown")
				for o := range 5 {
					deviation := math.Sqrt((squares[o] - weights[o]*weights[o]) / decisions)
					require.InDelta(t, 1, weights[o], 4.5*deviation, "offer %d", o)
				}
			}
		})
	}
}

// TestPropensitiesWithoutExplorationMissWhatIsSaid compares the mean of the weights
// with the documented 1-(1-q)^Draws.
func TestPropensitiesWithoutExplorationMissWhatIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(model(definition.BetaBernoulli, 0, "job"), 11, 1, 4)
	made := w.snapshot(w.learned(150))
	const decisions = 10_000
	frequency, weights := make([]float64, 4), make([]float64, 4)
	var d Draw
	_, c := w.visitor()
	for seed := range uint64(decisions) {
		d.Begin(made, c, seed)
		chosen := best(&d, 4, 1)
		frequency[chosen[0]] += 1.0 / decisions
		weights[chosen[0]] += 1 / d.Propensities(nil, chosen, nil)[0] / decisions
	}
	t.Logf("frequencies %.4f, mean weights %.4f", frequency, weights)
	for o, q := range frequency {
		if q*decisions < 100 {
			continue
		}
		require.InDelta(t, 1-math.Pow(1-q, Draws), weights[o], 5*math.Sqrt(Draws/q/decisions)*q+0.02, "offer %d of frequency %.4f", o, q)
	}
}

func TestManyCandidatesAreSampledLessOften(t *testing.T) {
	t.Parallel()
	w := newWorld(model(definition.BetaBernoulli, 0, "job"), 1, 1, 3000)
	made := w.snapshot(NewStatistics(w.layout.Shape()))
	_, c := w.visitor()
	var d Draw
	d.Begin(made, c, 5)
	chosen := best(&d, 3000, 3)
	for _, p := range d.Propensities(nil, chosen, nil) {
		require.GreaterOrEqual(t, p, 1.0/leastDraws)
	}
	require.Equal(t, 3000, d.Candidates())
}

func TestScoringAllocatesNothing(t *testing.T) {
	for _, algorithm := range algorithms {
		m := model(algorithm, 0, "job", "age", "member")
		m.Exploration = 0.05
		w := newWorld(m, 1, 10, 50)
		made, c, d := w.snapshot(w.learned(5000)), Context{}, Draw{}
		profile := map[string]any{"job": "job 3", "age": int64(44), "member": true}
		propensities, chosen, seed := make([]float64, 0, 3), make([]int, 3), uint64(0)
		decide := func() {
			seed++
			w.layout.Context(&c, profile, noon)
			d.Begin(made, &c, seed)
			for o := range 50 {
				d.Score(o)
			}
			copy(chosen, []int{1, 7, 9})
			propensities = d.Propensities(propensities[:0], chosen, nil)
		}
		decide()
		require.Zero(t, testing.AllocsPerRun(100, decide), algorithm)
	}
}

func BenchmarkScore(b *testing.B) {
	for _, algorithm := range algorithms {
		for _, attributes := range [][]string{{"job"}, {"job", "age", "balance", "member", "since", "interests"}} {
			b.Run(string(algorithm)+"/"+[]string{"", "one", "", "", "", "", "six"}[len(attributes)]+"-attributes", func(b *testing.B) {
				w := newWorld(model(algorithm, 0, attributes...), 1, 10, 100)
				made, c, d := w.snapshot(w.learned(20_000)), Context{}, Draw{}
				w.layout.Context(&c, map[string]any{"job": "job 3", "age": int64(44), "member": true, "balance": 17.0, "since": noon, "interests": []string{"a", "b"}}, noon)
				b.ReportAllocs()
				seed := uint64(0)
				for b.Loop() {
					seed++
					d.Begin(made, &c, seed)
					for o := range 100 {
						d.Score(o)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/candidate")
			})
		}
	}
}

func BenchmarkPropensities(b *testing.B) {
	for _, visitors := range []int{100, 100_000} {
		b.Run(map[int]string{100: "little-known", 100_000: "well-known"}[visitors], func(b *testing.B) {
			w := newWorld(model(definition.BetaBernoulli, 0, "job"), 1, 10, 100)
			made, c, d := w.snapshot(w.learned(visitors)), Context{}, Draw{}
			w.layout.Context(&c, map[string]any{"job": "job 3"}, noon)
			d.Begin(made, &c, 1)
			chosen := best(&d, 100, 3)
			list := make([]float64, 0, 3)
			for b.Loop() {
				list = d.Propensities(list[:0], chosen, nil)
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	for _, algorithm := range algorithms {
		b.Run(string(algorithm), func(b *testing.B) {
			w := newWorld(model(algorithm, time.Hour, "job", "age", "balance", "member"), 1, 100, 100)
			s := w.learned(50_000)
			for b.Loop() {
				w.snapshot(s)
			}
		})
	}
}
