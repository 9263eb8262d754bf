package learning

import "math"

// weights is the posterior of a linear model's weights.
type weights struct {
	mean    []float64
	inverse []float64 // A⁻¹, row by row
}

// solve finds the weights by Cholesky's decomposition A = L·Lᵀ with
// A = I + Σ x·xᵀ; nil where rounding has left no such L.
func solve(moments []float64, n int, factor, rate float64) *weights {
	l := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			l[i*n+j] = moments[triangle(i)+j] * factor
		}
		l[i*n+i]++
	}
	if !decompose(l, n) {
		return nil
	}
	invert(l, n)
	w := &weights{mean: make([]float64, n), inverse: make([]float64, n*n)}
	// A⁻¹ = L⁻ᵀ·L⁻¹
	for i := range n {
		for j := range i + 1 {
			sum := 0.0
			for k := i; k < n; k++ {
				sum += l[k*n+i] * l[k*n+j]
			}
			w.inverse[i*n+j], w.inverse[j*n+i] = sum, sum
		}
	}
	rewards := moments[triangle(n):]
	for i := range n {
		sum := w.inverse[i*n] * rate
		for j, r := range rewards {
			sum += w.inverse[i*n+j] * r * factor
		}
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return nil
		}
		w.mean[i] = sum
	}
	return w
}

// decompose replaces the lower triangle by L.
func decompose(l []float64, n int) bool {
	for j := range n {
		row := l[j*n : j*n+j+1]
		d := row[j]
		for _, v := range row[:j] {
			d -= v * v
		}
		if !(d > 0) || math.IsInf(d, 0) {
			return false
		}
		d = math.Sqrt(d)
		row[j] = d
		for i := j + 1; i < n; i++ {
			below := l[i*n : i*n+j+1]
			sum := below[j]
			for k, v := range row[:j] {
				sum -= below[k] * v
			}
			below[j] = sum / d
		}
	}
	return true
}

// invert replaces L by L⁻¹.
func invert(l []float64, n int) {
	for j := range n {
		l[j*n+j] = 1 / l[j*n+j]
		for i := j + 1; i < n; i++ {
			sum := 0.0
			for k := j; k < i; k++ {
				sum += l[i*n+k] * l[k*n+j]
			}
			l[i*n+j] = -sum / l[i*n+i]
		}
	}
}

// linear is the expected reward of a context.
func (o *offer) linear(x []Feature) belief {
	deviation := math.Sqrt(o.rate * (1 - o.rate))
	if o.weights == nil {
		square := 0.0
		for _, f := range x {
			for _, g := range x {
				if f.Index == g.Index {
					square += f.number() * g.number()
				}
			}
		}
		return belief{o.rate, deviation * math.Sqrt(square)}
	}
	n := len(o.weights.mean)
	mean, variance := 0.0, 0.0
	for i, f := range x {
		if f.Index < 0 || f.Index >= n {
			continue
		}
		mean += f.number() * o.weights.mean[f.Index]
		row := o.weights.inverse[f.Index*n : f.Index*n+n]
		sum := row[f.Index] * f.number() / 2
		for _, g := range x[:i] {
			if g.Index >= 0 && g.Index < n {
				sum += row[g.Index] * g.number()
			}
		}
		variance += 2 * f.number() * sum
	}
	return belief{mean, deviation * math.Sqrt(max(variance, 0))}
}
