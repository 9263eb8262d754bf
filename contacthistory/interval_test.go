package contacthistory_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/contacthistory"
)

// TestIntervals holds the intervals against published ones: Newcombe, Interval
// estimation for the difference between independent proportions, Statistics in
// Medicine 17 (1998), tables I and II, methods 3 and 10.
func TestIntervals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, m, b, n int64
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{10, 10, 0, 10, 0.6075, 1},
	} {
		d := contacthistory.Difference(contacthistory.Rate(test.a, test.m), contacthistory.Rate(test.b, test.n))
		require.InDelta(t, test.low, d.Low, 0.00005, "%v", test)
		require.InDelta(t, test.high, d.High, 0.00005, "%v", test)
	}
	rate := contacthistory.Rate(15, 148) // the same author's companion paper, table I
	require.InDelta(t, 0.0624, rate.Low, 0.00005)
	require.InDelta(t, 0.1605, rate.High, 0.00005)
}

func TestAnIntervalHasItsEstimate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(1, 1<<40).Draw(r, "n")
		i := contacthistory.Rate(rapid.Int64Range(0, n).Draw(r, "k"), n)
		require.True(r, 0 <= i.Low && i.Low <= i.Value && i.Value <= i.High && i.High <= 1, "%v", i)
	})
}

// TestIntervalsCoverTheTruth draws from known probabilities: about 95 of 100
// intervals have them.
func TestIntervalsCoverTheTruth(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(p float64, n int64) (k int64) {
		for range n {
			if random.Float64() < p {
				k++
			}
		}
		return k
	}
	const runs = 4000
	rates, differences := 0, 0
	for range runs {
		a, b := contacthistory.Rate(draw(0.08, 300), 300), contacthistory.Rate(draw(0.05, 500), 500)
		d := contacthistory.Difference(a, b)
		if a.Low <= 0.08 && 0.08 <= a.High {
			rates++
		}
		if d.Low <= 0.03 && 0.03 <= d.High {
			differences++
		}
	}
	for _, covered := range []int{rates, differences} {
		require.Less(t, math.Abs(float64(covered)/runs-0.95), 0.015)
	}
}
