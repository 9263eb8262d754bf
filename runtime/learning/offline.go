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
	// Visitor numbers from 1 those whose outcomes may hang together; presentations
	// of 0 stand alone. A standard error takes each visitor as one.
	Visitor int
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
	return mean(logged, confidence, func(l *Logged, w float64) float64 { return w * l.Reward })
}

// DoublyRobust takes what a model predicts, and corrects it by the weighted
// difference to what came of it: right where the propensities or the predictions
// are, and with right propensities better than InversePropensity the better the
// predictions are.
func DoublyRobust(logged []Logged, confidence float64) Estimate {
	return mean(logged, confidence, (*Logged).doublyRobust)
}

// Gain is how much more the policy earns than what was presented: DoublyRobust less
// the mean reward of the same presentations.
func Gain(logged []Logged, confidence float64) Estimate {
	return mean(logged, confidence, func(l *Logged, w float64) float64 { return l.doublyRobust(w) - l.Reward })
}

// Coverage is the mean of the weights, which is 1 to be expected where the
// propensities are right and positive wherever the policy chooses.
func Coverage(logged []Logged, confidence float64) Estimate {
	return mean(logged, confidence, func(_ *Logged, w float64) float64 { return w })
}

// SelfNormalized divides the weighted sum of rewards by that of the weights: it has
// a small bias, of the order of 1/n, and varies less. The interval is that of a
// ratio of means.
func SelfNormalized(logged []Logged, confidence float64) Estimate {
	weighted, weights := 0.0, 0.0
	for i := range logged {
		if w, ok := logged[i].weight(); ok {
			weighted, weights = weighted+w*logged[i].Reward, weights+w
		}
	}
	if weights == 0 {
		e := mean(logged, confidence, func(*Logged, float64) float64 { return 0 })
		e.StandardError, e.Low, e.High = math.Inf(1), math.Inf(-1), math.Inf(1)
		return e
	}
	value := weighted / weights
	e := mean(logged, confidence, func(l *Logged, w float64) float64 { return w * (l.Reward - value) })
	return interval(value, e.StandardError*float64(e.Presentations)/weights, confidence, e)
}

func (l *Logged) doublyRobust(w float64) float64 { return l.Expected + w*(l.Reward-l.Predicted) }

func (l *Logged) weight() (float64, bool) {
	ok := l.Propensity > 0 && l.Propensity <= 1 && l.Target >= 0 && l.Target <= 1
	return l.Target / l.Propensity, ok
}

// mean estimates the mean of a term of each presentation. The visitors are taken
// to be independent of each other (Liang and Zeger 1986).
func mean(logged []Logged, confidence float64, term func(l *Logged, weight float64) float64) Estimate {
	var e Estimate
	sum, weights, squares, visitors := 0.0, 0.0, 0.0, 0
	for i := range logged {
		if w, ok := logged[i].weight(); ok {
			e.Presentations++
			sum, weights, squares = sum+term(&logged[i], w), weights+w, squares+w*w
			visitors = max(visitors, logged[i].Visitor)
		}
	}
	if squares > 0 {
		e.Effective = weights * weights / squares
	}
	n := float64(max(e.Presentations, 1))
	value := sum / n
	independent, variance := 0.0, 0.0
	deviations, seen := make([]float64, visitors+1), make([]bool, visitors+1)
	for i := range logged {
		w, ok := logged[i].weight()
		if !ok {
			continue
		}
		deviation := term(&logged[i], w) - value
		switch v := logged[i].Visitor; {
		case v <= 0:
			variance += deviation * deviation
			independent++
		case !seen[v]:
			seen[v] = true
			independent++
			fallthrough
		default:
			deviations[v] += deviation
		}
	}
	for _, d := range deviations {
		variance += d * d
	}
	deviation := math.Inf(1)
	if independent > 1 {
		deviation = math.Sqrt(variance*independent/(independent-1)) / n
	}
	return interval(value, deviation, confidence, e)
}

// interval completes an estimate.
func interval(value, deviation, confidence float64, e Estimate) Estimate {
	half := deviation * quantile((1+min(max(confidence, 0), 1-1e-12))/2)
	e.Value, e.StandardError, e.Low, e.High = value, deviation, value-half, value+half
	return e
}
