package contacthistory

import "math"

// z95 is the quantile of the normal distribution for 95 % on both sides.
const z95 = 1.959963984540054

// Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Value, Low, High float64
}

// Rate estimates a probability from that many successes of trials, at least one,
// with the score interval of Wilson (1927), which is good also for few trials and
// for shares near 0 and 1.
func Rate(successes, trials int64) Interval {
	n, p := float64(trials), float64(successes)/float64(trials)
	scale := 1 + z95*z95/n
	centre := (p + z95*z95/(2*n)) / scale
	half := z95 * math.Sqrt(p*(1-p)/n+z95*z95/(4*n*n)) / scale
	i := Interval{Value: p, Low: max(0, centre-half), High: min(1, centre+half)}
	// Rounding must not leave the estimate outside.
	i.Low, i.High = min(i.Low, p), max(i.High, p)
	return i
}

// Difference estimates how much greater one probability is than another one, both
// estimated by Rate from different trials: the hybrid score interval, method 10 of
// Newcombe (1998).
func Difference(of, than Interval) Interval {
	d := of.Value - than.Value
	return Interval{
		Value: d,
		Low:   max(-1, d-math.Hypot(of.Value-of.Low, than.High-than.Value)),
		High:  min(1, d+math.Hypot(of.High-of.Value, than.Value-than.Low)),
	}
}
