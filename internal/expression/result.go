package expression

import (
	"fmt"
	"math"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Bounds of a result, which is copied out of the evaluation: the cost of an
// evaluation does not count one value that is contained many times.
const (
	maxResultValues = 10_000
	maxResultDepth  = 32
)

// native copies a CEL value into a JSON value.
func native(value ref.Val) (any, error) {
	left := maxResultValues
	return nativeWithin(value, &left, maxResultDepth)
}

func nativeWithin(value ref.Val, left *int, depth int) (any, error) {
	if *left--; *left < 0 || depth < 0 {
		return nil, fmt.Errorf("evaluate expression: the result is too large (more than %d values or %d levels)",
			maxResultValues, maxResultDepth)
	}
	switch v := value.(type) {
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(v), nil
	case types.Int:
		return int64(v), nil
	case types.Uint:
		if v > math.MaxInt64 {
			return float64(v), nil
		}
		return int64(v), nil
	case types.Double:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("evaluate expression: the result is not a number")
		}
		return float64(v), nil
	case types.String:
		return string(v), nil
	case types.Timestamp, types.Duration:
		text, ok := v.ConvertToType(types.StringType).(types.String)
		if !ok {
			return nil, fmt.Errorf("evaluate expression: the result has no text form")
		}
		return string(text), nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, nil
		}
		return nativeWithin(v.GetValue(), left, depth)
	case traits.Mapper:
		return nativeMap(v, left, depth)
	case traits.Lister:
		return nativeList(v, left, depth)
	default:
		return nil, fmt.Errorf("evaluate expression: a result of type %s cannot be kept", value.Type().TypeName())
	}
}

func nativeList(list traits.Lister, left *int, depth int) (any, error) {
	out := []any{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		element, err := nativeWithin(it.Next(), left, depth-1)
		if err != nil {
			return nil, err
		}
		out = append(out, element)
	}
	return out, nil
}

func nativeMap(m traits.Mapper, left *int, depth int) (any, error) {
	out := map[string]any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, ok := key.(types.String)
		if !ok {
			return nil, fmt.Errorf("evaluate expression: a map's keys must be text, not %s", key.Type().TypeName())
		}
		element, err := nativeWithin(m.Get(key), left, depth-1)
		if err != nil {
			return nil, err
		}
		out[string(name)] = element
	}
	return out, nil
}
