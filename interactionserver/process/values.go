package process

// Values are named JSON values: nil, bool, int64, float64, string, []any and
// map[string]any. A number without a fraction is an int64.
type Values map[string]any

// Value is one JSON value of the types that Values have.
type Value struct{ Any any }
