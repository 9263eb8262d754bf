package learning

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// synthetic is a truth in which everything is known: contexts, the policy that
// logged, and the one that is judged.
type synthetic struct {
	rates, logging, target [][]float64 // by context and offer
	predicted              [][]float64
}

const truthContexts, truthOffers = 4, 5

func newSynthetic(random *rand.Rand) *synthetic {
	s := &synthetic{}
	for range truthContexts {
		rates, predicted := make([]float64, truthOffers), make([]float64, truthOffers)
		for o := range rates {
			rates[o] = 0.05 + 0.6*random.Float64()
			predicted[o] = rates[o] + 0.1*(random.Float64()-0.5)
		}
		s.rates, s.predicted = append(s.rates, rates), append(s.predicted, predicted)
		s.logging = append(s.logging, softmax(random, 1))
		s.target = append(s.target, softmax(random, 1.5))
	}
	return s
}

func softmax(random *rand.Rand, spread float64) []float64 {
	p, sum := make([]float64, truthOffers), 0.0
	for o := range p {
		p[o] = math.Exp(spread * random.NormFloat64())
		sum += p[o]
	}
	for o := range p {
		p[o] /= sum
	}
	return p
}

func pick(random *rand.Rand, p []float64) int {
	left := random.Float64()
	for i, share := range p {
		if left -= share; left < 0 {
			return i
		}
	}
	return len(p) - 1
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// truth is what the judged policy earns.
func (s *synthetic) truth() float64 {
	sum := 0.0
	for c := range s.rates {
		sum += dot(s.target[c], s.rates[c]) / truthContexts
	}
	return sum
}

func (s *synthetic) log(random *rand.Rand, n int) []Logged {
	logged := make([]Logged, n)
	for i := range logged {
		c := random.IntN(truthContexts)
		o := pick(random, s.logging[c])
		logged[i] = Logged{Propensity: s.logging[c][o], Target: s.target[c][o], Predicted: s.predicted[c][o], Expected: dot(s.target[c], s.predicted[c])}
		if random.Float64() < s.rates[c][o] {
			logged[i].Reward = 1
		}
	}
	return logged
}

var estimators = map[string]func([]Logged, float64) Estimate{
	"inverse propensity": InversePropensity, "self-normalized": SelfNormalized, "doubly robust": DoublyRobust,
}

// TestConfidenceIntervalsHaveTheTruthAsOftenAsTheySay counts it over many truths.
func TestConfidenceIntervalsHaveTheTruthAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	const truths, presentations = 1000, 1000
	for _, confidence := range []float64{0.8, 0.95} {
		within, widths := map[string]int{}, map[string]float64{}
		for seed := range uint64(truths) {
			random := rand.New(rand.NewPCG(seed, 99))
			s := newSynthetic(random)
			logged := s.log(random, presentations)
			for name, estimate := range estimators {
				e := estimate(logged, confidence)
				if e.Low <= s.truth() && s.truth() <= e.High {
					within[name]++
				}
				widths[name] += (e.High - e.Low) / truths
				require.Equal(t, presentations, e.Presentations)
				require.LessOrEqual(t, e.Effective, float64(presentations)*(1+1e-12))
			}
		}
		t.Logf("intervals of %.0f %%: truth within %v of %d, mean width %v", 100*confidence, within, truths, widths)
		// Four standard deviations of the count, and 2 % for weights that are skewed.
		slack := 4*math.Sqrt(confidence*(1-confidence)/truths) + 0.02
		for name := range estimators {
			require.InDelta(t, confidence, float64(within[name])/truths, slack, name)
		}
		require.Less(t, widths["doubly robust"], widths["inverse propensity"])
	}
}

func TestDoublyRobustIsRightWhereEitherIs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s := newSynthetic(random)
	misled := func(change func(l *Logged)) Estimate {
		logged := s.log(random, 200_000)
		for i := range logged {
			change(&logged[i])
		}
		return DoublyRobust(logged, 0.9999)
	}
	badPredictions := misled(func(l *Logged) { l.Predicted, l.Expected = 0.9, 0.9 })
	require.True(t, badPredictions.Low < s.truth() && s.truth() < badPredictions.High)

	s.predicted = s.rates
	badPropensities := misled(func(l *Logged) { l.Propensity = min(1, l.Propensity*2) })
	require.True(t, badPropensities.Low < s.truth() && s.truth() < badPropensities.High)

	both := s.log(random, 200_000)
	for i := range both {
		both[i].Propensity, both[i].Predicted, both[i].Expected = min(1, both[i].Propensity*2), 0.9, 0.9
	}
	wrong := DoublyRobust(both, 0.9999)
	require.False(t, wrong.Low < s.truth() && s.truth() < wrong.High, "this test can fail")
}

// TestWhatASamplerLoggedJudgesOtherPolicies goes the whole way: a model decides and
// logs its propensities, and what policies earn that choose otherwise is estimated
// of that.
func TestWhatASamplerLoggedJudgesOtherPolicies(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			m := model(algorithm, 0, "job")
			m.Exploration = 0.2
			w := newWorld(m, 21, 3, 4)
			made, other := w.snapshot(w.learned(300)), w.snapshot(w.learned(300))
			policies := map[string]func(c *Context) int{
				"always the third": func(*Context) int { return 2 },
				"the most likely":  func(c *Context) int { return mostLikely(other, c) },
				"the least likely": func(c *Context) int {
					least := 0
					for o := range 4 {
						if other.Mean(c, o) < other.Mean(c, least) {
							least = o
						}
					}
					return least
				},
			}
			type seen struct {
				context    *Context
				job, offer int
				propensity float64
				reward     float64
			}
			var log []seen
			var d Draw
			for seed := range uint64(12_000) {
				job, c := w.visitor()
				d.Begin(made, c, seed)
				chosen := best(&d, 4, 1)
				log = append(log, seen{c, job, chosen[0], d.Propensities(nil, chosen, nil)[0], float64(w.accepts(job, chosen[0]))})
			}
			for name, choose := range policies {
				var logged []Logged
				truth := 0.0
				for _, p := range log {
					choice := choose(p.context)
					truth += w.rates[p.job][choice] / float64(len(log))
					l := Logged{Reward: p.reward, Propensity: p.propensity, Predicted: other.Mean(p.context, p.offer), Expected: other.Mean(p.context, choice)}
					if choice == p.offer {
						l.Target = 1
					}
					logged = append(logged, l)
				}
				for estimator, estimate := range estimators {
					e := estimate(logged, 0.9999)
					t.Logf("%s, %s: %.3f to %.3f, in truth %.3f", name, estimator, e.Low, e.High, truth)
					require.True(t, e.Low <= truth && truth <= e.High, "%s, %s", name, estimator)
					require.Less(t, e.High-e.Low, 0.25)
				}
			}
		})
	}
}

func mostLikely(s *Snapshot, c *Context) int {
	most := 0
	for o := range s.Offers() {
		if s.Mean(c, o) > s.Mean(c, most) {
			most = o
		}
	}
	return most
}

func TestNothingIsKnownOfTooFewPresentations(t *testing.T) {
	t.Parallel()
	for name, estimate := range estimators {
		for _, logged := range [][]Logged{nil, {{Reward: 1, Propensity: 0.5, Target: 1}}, {{Propensity: 0, Target: 1}, {Propensity: math.NaN(), Target: 1}}} {
			e := estimate(logged, 0.95)
			require.False(t, math.IsNaN(e.Value), name)
			require.True(t, math.IsInf(e.Low, -1) && math.IsInf(e.High, 1), "%s: %+v", name, e)
		}
	}
}
