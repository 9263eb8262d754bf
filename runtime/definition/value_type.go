package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ValueType is the type of an attribute or a parameter.
type ValueType string

// The closed set of value types.
const (
	Text      ValueType = "text"
	Whole     ValueType = "whole"   // 64-bit
	Number    ValueType = "number"  // double
	Boolean   ValueType = "boolean" // true, false
	Timestamp ValueType = "timestamp"
	Texts     ValueType = "texts" // a list of texts
)

// ValueTypes are all value types.
var ValueTypes = []ValueType{Text, Whole, Number, Boolean, Timestamp, Texts}

// Attribute declares a named value.
type Attribute struct {
	// Name is what expressions call it: a letter, then letters, digits and _.
	Name string    `json:"name" maxLength:"63" doc:"What expressions call it: a letter, then letters, digits and _"`
	Type ValueType `json:"type" enum:"text,whole,number,boolean,timestamp,texts" doc:"Type of the value"`
	// Default stands in where there is no value; without one there is none.
	Default any `json:"default,omitempty" doc:"Stands in where there is no value"`
}

// Limits of a value.
const (
	MaxText  = 10_000 // bytes of a text
	MaxTexts = 1_000  // texts of a list
)

// maxExactFloat is the number below which a float64 tells whole numbers apart; it is
// itself what the next one becomes.
const maxExactFloat = 1 << 53

// Convert makes a JSON value one of the type: a string, int64, float64, bool,
// time.Time in UTC or []string. Nil stays nil. The error says what was expected.
func (t ValueType) Convert(value any) (any, error) {
	if n, ok := value.(json.Number); ok {
		number, err := plainNumber(string(n))
		if err != nil {
			return nil, err
		}
		value = number
	}
	if value == nil {
		return nil, nil //nolint:nilnil // no value is a value here
	}
	switch t {
	case Text:
		return convertText(value)
	case Whole:
		return convertWhole(value)
	case Number:
		return convertNumber(value)
	case Boolean:
		if b, ok := value.(bool); ok {
			return b, nil
		}
		return nil, errors.New("expected true or false")
	case Timestamp:
		return convertTime(value)
	case Texts:
		return convertTexts(value)
	default:
		return nil, fmt.Errorf("unknown type %q", string(t))
	}
}

func convertText(value any) (any, error) {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil, errors.New("expected a text")
	case len(text) > MaxText:
		return nil, fmt.Errorf("the text has %d bytes, at most %d are allowed", len(text), MaxText)
	case !utf8.ValidString(text):
		return nil, errors.New("the text is not valid UTF-8")
	}
	return text, nil
}

func convertWhole(value any) (any, error) {
	switch n := value.(type) {
	case int64:
		return n, nil
	case int:
		return int64(n), nil
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < maxExactFloat {
			return int64(n), nil
		}
	}
	return nil, errors.New("expected a whole number")
}

func convertNumber(value any) (any, error) {
	switch n := value.(type) {
	case int64:
		return float64(n), nil
	case int:
		return float64(n), nil
	case float64:
		if !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, nil
		}
	}
	return nil, errors.New("expected a number")
}

func convertTime(value any) (any, error) {
	switch at := value.(type) {
	case time.Time:
		if why := timeProblem(at); why != "" {
			return nil, errors.New(why)
		}
		return at.UTC(), nil
	case string:
		return parseTime(at)
	default:
		return nil, errors.New("expected " + timeForm)
	}
}

func convertTexts(value any) (any, error) {
	const expected = "expected a list of texts"
	var texts []string
	switch list := value.(type) {
	case []string:
		texts = list
	case []any:
		texts = make([]string, len(list))
		for i, element := range list {
			text, ok := element.(string)
			if !ok {
				return nil, errors.New(expected)
			}
			texts[i] = text
		}
	default:
		return nil, errors.New(expected)
	}
	if len(texts) > MaxTexts {
		return nil, fmt.Errorf("the list has %d texts, at most %d are allowed", len(texts), MaxTexts)
	}
	for _, text := range texts {
		if _, err := convertText(text); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// timeForm is how messages describe a timestamp.
const timeForm = "a time such as 2026-03-02T12:00:00Z"

func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errors.New("expected " + timeForm)
	}
	if why := timeProblem(at); why != "" {
		return time.Time{}, errors.New(why)
	}
	return at.UTC(), nil
}

// timeProblem says why an instant is none that documents can have.
func timeProblem(at time.Time) string {
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return fmt.Sprintf("the year is %d, expected one from 1 to 9999", year)
	}
	return ""
}

// plainNumber reads a JSON number: an int64 where it is written as one and fits, a
// float64 otherwise.
func plainNumber(text string) (any, error) {
	if !strings.ContainsAny(text, ".eE") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %.40s is too large", text)
	}
	return n, nil
}
