package decision_test

import (
	"math/bits"
	"sync"

	"pgregory.net/rapid"
)

// The generators of rapid prefer small numbers and what is first, so that of many
// filters of a decision hardly ever none would drop an offer. These draw all alike.

// indexes are generators of the numbers below n, by n. They are made of truth values,
// which alone are drawn alike.
var indexes sync.Map

func below(t *rapid.T, name string, n int) int {
	found, ok := indexes.Load(n)
	if !ok {
		width := bits.Len(uint(n - 1))
		if n&(n-1) != 0 {
			width += 4 // the rest of a division is then drawn nearly alike
		}
		coin := rapid.Bool()
		found, _ = indexes.LoadOrStore(n, rapid.Custom(func(t *rapid.T) int {
			number := 0
			for range width {
				number <<= 1
				if coin.Draw(t, "bit") {
					number++
				}
			}
			return number % n
		}))
	}
	return found.(*rapid.Generator[int]).Draw(t, name)
}

// between draws a number from first to last.
func between(t *rapid.T, name string, first, last int) int {
	return first + below(t, name, last-first+1)
}

// pick draws one of some values.
func pick[T any](t *rapid.T, name string, from []T) T { return from[below(t, name, len(from))] }

// several draws values, as many as least to most.
func several[T any](t *rapid.T, name string, least, most int, from []T) []T {
	drawn := make([]T, 0, most)
	for range between(t, name, least, most) {
		drawn = append(drawn, pick(t, name, from))
	}
	return drawn
}
