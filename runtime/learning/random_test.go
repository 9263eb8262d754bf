package learning

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuantilesAreThoseOfTheNormalDistribution(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{1e-300, 1e-16, 1e-8, 0.001, 0.02425, 0.074, 0.076, 0.3, 0.5, 0.8, 0.975, 0.99999} {
		back := math.Erfc(-quantile(p)/math.Sqrt2) / 2
		require.InEpsilon(t, p, back, 1e-11, "%v", p)
	}
	require.InDelta(t, 1.959963984540054, quantile(0.975), 1e-12)
}

// TestBetaSamplesFollowTheirDistribution compares the distribution of samples with
// the integral of the density (Kolmogorov and Smirnov, at a level of 1e-4).
func TestBetaSamplesFollowTheirDistribution(t *testing.T) {
	t.Parallel()
	for _, shape := range [][2]float64{{1, 1}, {0.3, 2.5}, {2, 0.5}, {5, 95}, {40, 60}, {300, 9700}, {1.5, 1.5}} {
		const n = 50_000
		samples := make([]float64, n)
		from := stream(7, 7)
		for i := range samples {
			samples[i] = from.beta(shape[0], shape[1])
		}
		slices.Sort(samples)
		worst := 0.0
		for i, cumulated := range cumulatedBeta(shape[0], shape[1], samples) {
			worst = max(worst, math.Abs(cumulated-(float64(i)+0.5)/n))
		}
		require.Less(t, worst, 2.23/math.Sqrt(n), "%v", shape)
	}
}

// cumulatedBeta integrates the density by steps in the logit, where it is smooth.
func cumulatedBeta(a, b float64, at []float64) []float64 {
	const steps, edge = 400_000, 60.0
	exponent := func(z float64) float64 { return -a*math.Log1p(math.Exp(-z)) - b*math.Log1p(math.Exp(z)) }
	peak := exponent(math.Log(a / b))
	density := func(z float64) float64 { return math.Exp(exponent(z) - peak) }
	width := 2 * edge / steps
	sums := make([]float64, steps+1)
	for i := range steps {
		sums[i+1] = sums[i] + width*density(-edge+(float64(i)+0.5)*width)
	}
	cumulated := make([]float64, len(at))
	for i, x := range at {
		z := math.Log(x) - math.Log1p(-x)
		step := min(max((z+edge)/width, 0), steps-1)
		low := int(step)
		cumulated[i] = (sums[low] + (step-float64(low))*(sums[low+1]-sums[low])) / sums[steps]
	}
	return cumulated
}

func TestExtremeBetaSamplesAreProbabilities(t *testing.T) {
	t.Parallel()
	from := stream(1, 2)
	for _, shape := range [][2]float64{{1e-15, 10}, {10, 1e-15}, {1e15, 1}, {1, 1e15}, {1e15, 1e15}} {
		for range 1000 {
			x := from.beta(shape[0], shape[1])
			require.True(t, x >= 0 && x <= 1, "%v of %v", x, shape)
		}
	}
}
