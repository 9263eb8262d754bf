package client

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Properties are free JSON. When they are read, a number without a fraction is an
// int64, so that none loses digits, and every other one a float64.
type Properties map[string]any

// UnmarshalJSON reads an object.
func (p *Properties) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return err
	}
	for name, value := range fields {
		number, err := withNumbers(value)
		if err != nil {
			return err
		}
		fields[name] = number
	}
	*p = fields
	return nil
}

// withNumbers replaces, in place, the numbers of a decoded value by Go's.
func withNumbers(value any) (_ any, err error) {
	switch v := value.(type) {
	case json.Number:
		if whole, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return whole, nil
		}
		return v.Float64()
	case []any:
		for i := range v {
			if v[i], err = withNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = withNumbers(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}
