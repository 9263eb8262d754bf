package learning

import (
	"math"
)

// Logged is a presentation of which it is known what came of it, and what another
// policy would have done.
type Logged struct {
	// Reward is what came of it: 1 for an acceptance, else 0, or a value.
	Reward float64
	// Propensity is the probability with which the offer was chosen.
	Propensity float64
	// Target is the probability with which the other policy chooses it.
	Target float64
	// Predicted is the reward of this offer that a model predicts, and Expected that
	// of the other policy: the predictions of all offers, each times the probability
	// that the policy chooses it. Only DoublyRobust reads them. The model is not to
	// have seen this presentation.
	Predicted, Expected float64
}

// Estimate is the mean reward of a policy and what is known of its error.
type Estimate struct {
	Value         float64
	StandardError float64
	// Low and High bound the confidence interval.
	Low, High float64
	// Presentations is the number of them, Effective the number of equally weighted
	// ones that would tell as much (Kish 1965). An interval of few effective ones is
	// too narrow.
	Presentations int
	Effective     float64
}

// InversePropensity weights rewards by Target/Propensity. It is unbiased where the
// propensities are right and positive wherever the policy chooses. The interval is
// that of the normal distribution. Confidence is below 1: 0.95. What has no
// propensity is left out.
func InversePropensity(logged []Logged, confidence float64) Estimate {
	var s series
	for _, l := range logged {
		if w, ok := l.weight(); ok {
			s.add(w*l.Reward, w)
		}
	}
	return s.estimate(confidence)
}

// DoublyRobust takes what a model predicts, and corrects it by the weighted
// difference to what came of it: right where the propensities or the predictions
// are, and with right propensities better than InversePropensity the better the
// predictions are.
func DoublyRobust(logged []Logged, confidence float64) Estimate {
	var s series
	for _, l := range logged {
		if w, ok := l.weight(); ok {
			s.add(l.Expected+w*(l.Reward-l.Predicted), w)
		}
	}
	return s.estimate(confidence)
}

// SelfNormalized divides the weighted sum of rewards by that of the weights: it has
// a small bias, of the order of 1/n, and varies less. The interval is that of a
// ratio of means.
func SelfNormalized(logged []Logged, confidence float64) Estimate {
	var weighted, weights, squares float64
	n := 0
	for _, l := range logged {
		if w, ok := l.weight(); ok {
			weighted, weights, squares, n = weighted+w*l.Reward, weights+w, squares+w*w, n+1
		}
	}
	if weights == 0 {
		return Estimate{Presentations: n, StandardError: math.Inf(1), Low: math.Inf(-1), High: math.Inf(1)}
	}
	value, residuals := weighted/weights, 0.0
	for _, l := range logged {
		if w, ok := l.weight(); ok {
			r := w * (l.Reward - value)
			residuals += r * r
		}
	}
	deviation := math.Sqrt(residuals) / weights
	if n < 2 {
		deviation = math.Inf(1)
	}
	return interval(value, deviation, confidence, n, weights*weights/squares)
}

func (l *Logged) weight() (float64, bool) {
	ok := l.Propensity > 0 && l.Propensity <= 1 && l.Target >= 0 && l.Target <= 1
	return l.Target / l.Propensity, ok
}

// series is a mean and a variance, summed up as Welford 1962.
type series struct {
	n                 int
	mean, squares     float64
	weights, weights2 float64
}

func (s *series) add(x, weight float64) {
	s.n++
	difference := x - s.mean
	s.mean += difference / float64(s.n)
	s.squares += difference * (x - s.mean)
	s.weights += weight
	s.weights2 += weight * weight
}

func (s *series) estimate(confidence float64) Estimate {
	deviation, effective := math.Inf(1), 0.0
	if s.n > 1 {
		deviation = math.Sqrt(s.squares / float64(s.n-1) / float64(s.n))
	}
	if s.weights2 > 0 {
		effective = s.weights * s.weights / s.weights2
	}
	return interval(s.mean, deviation, confidence, s.n, effective)
}

func interval(value, deviation, confidence float64, n int, effective float64) Estimate {
	half := deviation * quantile((1+min(max(confidence, 0), 1-1e-12))/2)
	return Estimate{Value: value, StandardError: deviation, Low: value - half, High: value + half, Presentations: n, Effective: effective}
}
