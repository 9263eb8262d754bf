package expression

import (
	"time"

	"cel.dev/cel-go/common/operators"
)

// Bounds within which sums of times and durations cannot overflow; cel-go decides
// about all others. Times are in seconds, about from the year 1 to 9999.
const (
	minSeconds  = -62_000_000_000
	maxSeconds  = 253_000_000_000
	maxDuration = 9_000_000_000 * int64(time.Second)
)

func durationValue(d int64) value { return value{kind: kindDuration, bits: uint64(d)} }

// calculateTime adds and subtracts times and durations; l is one of them.
func calculateTime(operator string, l, r value) value {
	switch {
	case operator == operators.Add && l.kind == kindTime && r.kind == kindDuration:
		return shift(l, int64(r.bits))
	case operator == operators.Add && l.kind == kindDuration && r.kind == kindTime:
		return shift(r, int64(l.bits))
	case operator == operators.Subtract && l.kind == kindTime && r.kind == kindDuration && int64(r.bits) >= -maxDuration:
		return shift(l, -int64(r.bits))
	case operator == operators.Subtract && l.kind == kindTime && r.kind == kindTime:
		return between(l, r)
	default:
		return beyond.value()
	}
}

func shift(at value, by int64) value {
	seconds := int64(at.bits)
	if seconds < minSeconds || seconds > maxSeconds {
		return beyond.value()
	}
	moved := time.Unix(seconds, int64(at.nanos)).Add(time.Duration(by))
	if moved.Unix() < minSeconds || moved.Unix() > maxSeconds {
		return beyond.value()
	}
	return timeValue(moved)
}

func between(l, r value) value {
	a, b := int64(l.bits), int64(r.bits)
	if min(a, b) < minSeconds || max(a, b) > maxSeconds || max(a-b, b-a) > maxDuration/int64(time.Second)-1 {
		return beyond.value()
	}
	return durationValue((a-b)*int64(time.Second) + int64(l.nanos) - int64(r.nanos))
}
