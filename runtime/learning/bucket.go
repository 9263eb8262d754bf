package learning

import (
	"math"
	"time"
)

// maxOctaves bounds the half octaves of numbers to 2^-20 … 2^40: what is beyond
// falls into the outermost.
const (
	minHalf = -40
	maxHalf = 80
)

// halfOctave is the bucket of a number: 0 for 0, else 1 + the number of half
// octaves above the smallest, with its sign.
func halfOctave(x float64) int {
	if x == 0 || math.IsNaN(x) {
		return 0
	}
	fraction, exponent := math.Frexp(math.Abs(x)) // in [0.5, 1) · 2^exponent
	half := maxHalf
	if !math.IsInf(x, 0) {
		half = 2 * (exponent - 1)
		if fraction >= math.Sqrt2/2 {
			half++
		}
	}
	bucket := 1 + min(max(half, minHalf), maxHalf) - minHalf
	if x < 0 {
		return -bucket
	}
	return bucket
}

// number is a value that has a magnitude as a number; false where it has none.
func number(value any, now time.Time) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v)
	case time.Time:
		return math.Trunc(float64(now.Unix()-v.Unix()) / (24 * 60 * 60)), true
	default:
		return 0, false
	}
}

// Tokens of what is not a text.
const (
	unknown uint64 = iota
	isFalse
	isTrue
	isNumber
)

// token stands for the bucket of a value.
func token(value any, now time.Time) uint64 {
	switch v := value.(type) {
	case string:
		return hash(0, v)
	case bool:
		if v {
			return isTrue
		}
		return isFalse
	case []string:
		// Whatever their order.
		sum := hash(0, "texts")
		for _, text := range v {
			sum += hash(0, text)
		}
		return sum
	}
	if n, ok := number(value, now); ok {
		return mix(isNumber + uint64(int64(halfOctave(n)))<<8) //nolint:gosec // any number will do
	}
	return unknown
}
