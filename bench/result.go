package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// result is one figure beside its limit.
type result struct {
	Name       string  `json:"name"`
	Value      float64 `json:"value"`
	Unit       string  `json:"unit"`
	Limit      string  `json:"limit"`
	LimitValue float64 `json:"limitValue"`
	// Ratio is value over limit value.
	Ratio float64 `json:"ratio"`
	// Beside are figures of the same run that belong to it.
	Beside map[string]float64 `json:"beside,omitempty"`
}

func newResult(name, unit string, value float64, limit string, limitValue float64) result {
	return result{
		Name: name, Unit: unit, Limit: limit,
		Value: rounded(value), LimitValue: rounded(limitValue), Ratio: rounded(value / limitValue),
	}
}

func (r result) print(w io.Writer) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode result %s: %w", r.Name, err)
	}
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

// rounded keeps four significant digits.
func rounded(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
