package expression

import "time"

// kind is the type that a value has when it is evaluated.
type kind uint8

const (
	kindUnset kind = iota // of a variable: it has no value
	kindNull
	kindBool
	kindInt
	kindDouble
	kindText
	kindTime
	kindDuration
	kindList
	kindMap
	kindAbsent // what optional access did not find
	kindFailed // bits is the outcome
	kindOther  // of a Go type that only cel-go handles
)

// value is a value of the fast path. It fits the registers that a call returns in,
// and none but a list or a map lies behind an interface.
type value struct {
	kind  kind
	nanos int32  // of a time
	bits  uint64 // a bool, an int64, a float64's bits, seconds of a time, a duration, or an outcome
	text  string
	ref   any // a list, a map, or what was set and is of another type
}

func boolValue(b bool) value {
	if b {
		return value{kind: kindBool, bits: 1}
	}
	return value{kind: kindBool}
}

func intValue(n int64) value { return value{kind: kindInt, bits: uint64(n)} }

func textValue(s string) value { return value{kind: kindText, text: s} }

func timeValue(t time.Time) value {
	return value{kind: kindTime, bits: uint64(t.Unix()), nanos: int32(t.Nanosecond())}
}

// valueOf reads a Go value. It copies no list and no map.
func valueOf(from any) value {
	switch v := from.(type) {
	case nil:
		return value{kind: kindNull}
	case bool:
		return boolValue(v)
	case int:
		return intValue(int64(v))
	case int32:
		return intValue(int64(v))
	case int64:
		return intValue(v)
	case float32:
		return doubleValue(float64(v))
	case float64:
		return doubleValue(v)
	case string:
		return textValue(v)
	case time.Time:
		at := timeValue(v)
		at.ref = from
		return at
	case time.Duration:
		return durationValue(int64(v))
	case []any, []string:
		return value{kind: kindList, ref: from}
	case map[string]any, map[string]int, map[string]string:
		return value{kind: kindMap, ref: from}
	default:
		return value{kind: kindOther, ref: from}
	}
}

// native is the Go value that cel-go reads instead; of an unset value it is nil.
func (v value) native() any {
	switch v.kind {
	case kindBool:
		return v.bits == 1
	case kindInt:
		return int64(v.bits)
	case kindDouble:
		return v.double()
	case kindText:
		return v.text
	case kindTime:
		if v.ref == nil {
			return time.Unix(int64(v.bits), int64(v.nanos)).UTC()
		}
	case kindDuration:
		return time.Duration(v.bits)
	default: // behind ref, or nothing
	}
	return v.ref
}
