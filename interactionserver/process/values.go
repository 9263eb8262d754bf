package process

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Values are named JSON values: nil, bool, int64, float64, string, []any and
// map[string]any. A number without a fraction is an int64, so that a value is the
// same before and after it was stored.
type Values map[string]any

// UnmarshalJSON reads an object.
func (v *Values) UnmarshalJSON(text []byte) error {
	value, err := decode(text)
	if err != nil {
		return err
	}
	switch fields := value.(type) {
	case nil:
		*v = nil
	case map[string]any:
		*v = fields
	default:
		return fmt.Errorf("read values: expected a JSON object")
	}
	return nil
}

// Value is one JSON value of the types that Values have.
type Value struct{ Any any }

// IsZero reports whether the value is null.
func (v Value) IsZero() bool { return v.Any == nil }

// MarshalJSON writes the value.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.Any) }

// UnmarshalJSON reads any value.
func (v *Value) UnmarshalJSON(text []byte) (err error) {
	v.Any, err = decode(text)
	return err
}

func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return normal(value)
}

// normal copies a value into the types of Values.
func normal(value any) (any, error) {
	left := math.MaxInt
	return normalWithin(value, &left)
}

// normalBounded is normal of a value of at most MaxValues bytes.
func normalBounded(value any) (any, error) {
	left := MaxValues
	return normalWithin(value, &left)
}

// errTooLarge says that a value takes more bytes than were left for it.
var errTooLarge = fmt.Errorf("the value is larger than %d bytes", MaxValues)

// normalWithin is normal with a budget of bytes of JSON, which it uses up.
func normalWithin(value any, left *int) (any, error) {
	if *left -= sizeOf(value); *left < 0 {
		return nil, errTooLarge
	}
	switch v := value.(type) {
	case nil, bool, int64:
		return v, nil
	case int:
		return int64(v), nil
	case float64:
		return normalFloat(v)
	case json.Number:
		return normalNumber(v)
	case string:
		return clean(v), nil
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			var err error
			if out[i], err = normalWithin(element, left); err != nil {
				return nil, err
			}
		}
		return out, nil
	case Values:
		return normalMap(v, left)
	case map[string]any:
		return normalMap(v, left)
	default:
		return nil, fmt.Errorf("a value of Go type %T is not a JSON value", value)
	}
}

func normalMap(fields map[string]any, left *int) (any, error) {
	out := make(map[string]any, len(fields))
	for name, element := range fields {
		if *left -= len(name) + 4; *left < 0 {
			return nil, errTooLarge
		}
		normalised, err := normalWithin(element, left)
		if err != nil {
			return nil, err
		}
		out[clean(name)] = normalised
	}
	return out, nil
}

// clean makes text what every store of JSON takes back: valid UTF-8 without NUL.
func clean(text string) string {
	if utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// sizeOf estimates the bytes of a value's JSON without its parts; text is counted
// without escapes.
func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(v) + 3
	case []any, map[string]any, Values:
		return 3
	default:
		return 8
	}
}

func normalFloat(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is not a JSON number", f)
	}
	if f == math.Trunc(f) && f >= math.MinInt64 && f < math.MaxInt64 {
		return int64(f), nil
	}
	return f, nil
}

func normalNumber(number json.Number) (any, error) {
	if whole, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return whole, nil
	}
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s is out of range", number)
	}
	return normalFloat(f)
}

// asText writes a value into text: text as it is, all else as JSON.
func asText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// shorten cuts text to n bytes, between characters.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	cut := n
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
