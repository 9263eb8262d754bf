package jsonappend

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// plain are the bytes that stand for themselves in a string.
var plain = func() (set [256]bool) {
	for c := ' '; c <= '~'; c++ {
		set[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return set
}()

// String appends a string.
func String(to []byte, text string) []byte {
	for i := range len(text) {
		if !plain[text[i]] {
			written, _ := json.Marshal(text) // never fails
			return append(to, written...)
		}
	}
	to = append(append(to, '"'), text...)
	return append(to, '"')
}

// Float appends a number. One that is not finite is an error.
func Float(to []byte, number float64) ([]byte, error) {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return to, fmt.Errorf("JSON has no number %v", number)
	}
	// As in ECMAScript, and without a zero before the exponent.
	format := byte('f')
	if size := math.Abs(number); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	to = strconv.AppendFloat(to, number, format, -1, 64)
	if n := len(to); format == 'e' && n >= 4 && to[n-4] == 'e' && to[n-3] == '-' && to[n-2] == '0' {
		to[n-2] = to[n-1]
		to = to[:n-1]
	}
	return to, nil
}

// few is the number of names that are sorted without memory of their own.
const few = 16

// Object appends an object, its names in their order; null for nil.
func Object(to []byte, fields map[string]any) (_ []byte, err error) {
	if fields == nil {
		return append(to, "null"...), nil
	}
	var room [few]string
	names := room[:0]
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	to = append(to, '{')
	for i, name := range names {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(String(to, name), ':')
		if to, err = Value(to, fields[name]); err != nil {
			return to, err
		}
	}
	return append(to, '}'), nil
}

// Value appends anything that encoding/json can write.
func Value(to []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(to, "null"...), nil
	case string:
		return String(to, v), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case int:
		return strconv.AppendInt(to, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(to, v, 10), nil
	case float64:
		return Float(to, v)
	default:
		written, err := json.Marshal(v)
		return append(to, written...), err
	}
}
