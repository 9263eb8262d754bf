package learning

import (
	"math"
	"time"
)

// Whole is the cell of the row of an offer itself.
const Whole = -1

// Row are the sums of an offer, or of an offer in a cell, as of an instant.
type Row struct {
	Offer string `json:"offer"`
	// Cell is one of the cells, or Whole.
	Cell int `json:"cell"`
	// Presentations are counted in full whatever their age; of the whole only.
	Presentations float64 `json:"presentations,omitempty"`
	// Weight of the presentations, and of those that were accepted.
	Weight   float64 `json:"weight"`
	Accepted float64 `json:"accepted"`
	// Moments of a linear model, of the whole only: the lower triangle of Σ x·xᵀ, row
	// by row, then Σ reward·x.
	Moments []float64 `json:"moments,omitempty"`
	// At is the instant; zero for a row without anything.
	At time.Time `json:"at"`
}

// triangle is the number of entries on and below the diagonal.
func triangle(n int) int { return n * (n + 1) / 2 }

// moments is the number of moments of a linear model.
func moments(features int) int {
	if features == 0 {
		return 0
	}
	return triangle(features) + features
}

// aged is what a weight becomes with time.
func aged(from, to time.Time, halfLife time.Duration) float64 {
	age := to.Sub(from)
	if halfLife <= 0 || age <= 0 || from.IsZero() {
		return 1
	}
	return math.Exp2(-float64(age) / float64(halfLife))
}

// age brings the row to a later instant.
func (r *Row) age(to time.Time, halfLife time.Duration) {
	if !to.After(r.At) {
		return
	}
	if factor := aged(r.At, to, halfLife); factor < 1 {
		r.Weight *= factor
		r.Accepted *= factor
		for i := range r.Moments {
			r.Moments[i] *= factor
		}
	}
	r.At = to
}

// merge adds another row of the same offer and cell, which it leaves as it is.
func (r *Row) merge(other *Row, halfLife time.Duration) {
	r.age(other.At, halfLife)
	factor := aged(other.At, r.At, halfLife)
	r.Presentations += other.Presentations
	r.Weight += other.Weight * factor
	r.Accepted += other.Accepted * factor
	if len(r.Moments) == 0 && len(other.Moments) > 0 {
		r.Moments = make([]float64, len(other.Moments))
	}
	if len(r.Moments) == len(other.Moments) {
		for i, m := range other.Moments {
			r.Moments[i] += m * factor
		}
	}
}

// sound reports whether a row can be computed with: one that came from elsewhere
// may have anything in it.
func (r *Row) sound(features int) bool {
	if !within(r.Presentations) || !within(r.Weight) || !within(r.Accepted) || r.Cell < Whole || r.Cell >= Cells {
		return false
	}
	if n := len(r.Moments); n > 0 && n != moments(features) {
		return false
	}
	for _, m := range r.Moments {
		if !within(math.Abs(m)) {
			return false
		}
	}
	return true
}

// maxSum bounds sums so that products of them are finite.
const maxSum = 1e15

func within(sum float64) bool { return sum >= 0 && sum <= maxSum }
