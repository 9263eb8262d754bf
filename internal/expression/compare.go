package expression

import (
	"cmp"
	"strings"

	"cel.dev/cel-go/common/operators"
)

// relation is which of less, equal and greater an operator accepts: bit 0, 1 and 2.
type relation uint8

const (
	isLess    relation = 1
	isEqual   relation = 2
	isGreater relation = 4
)

var relations = map[string]relation{
	operators.Less: isLess, operators.LessEquals: isLess | isEqual, operators.Equals: isEqual,
	operators.NotEquals: isLess | isGreater, operators.GreaterEquals: isGreater | isEqual, operators.Greater: isGreater,
}

// accepts reports whether an order, as of cmp.Compare, is in the relation.
func (r relation) accepts(order int) outcome { return outcome(r>>(order+1)) & 1 }

func (r relation) acceptsInts(a, b int64) outcome {
	if a < b {
		return outcome(r) & 1
	}
	if a > b {
		return outcome(r>>2) & 1
	}
	return outcome(r>>1) & 1
}

// acceptsDoubles takes NaN for different from every number and in no order.
func (r relation) acceptsDoubles(a, b float64) outcome {
	if a < b {
		return outcome(r) & 1
	}
	if a > b {
		return outcome(r>>2) & 1
	}
	if a == b {
		return outcome(r>>1) & 1
	}
	return truth(r == isLess|isGreater)
}

// order compares two usable values; unordered is for a left side that has no order.
func (r relation) order(a, b value, unordered outcome) outcome {
	if a.kind == kindNull || a.kind == kindList || a.kind == kindMap {
		return unordered
	}
	if isNaN(a) || isNaN(b) {
		return no
	}
	switch {
	case a.kind == kindInt && b.kind == kindInt:
		return r.acceptsInts(int64(a.bits), int64(b.bits))
	case a.numeric() && b.numeric():
		return r.acceptsDoubles(a.number(), b.number())
	case a.kind != b.kind:
		return failedOverload
	}
	switch a.kind {
	case kindText:
		return r.accepts(strings.Compare(a.text, b.text))
	case kindBool:
		return r.accepts(cmp.Compare(a.bits, b.bits))
	case kindTime:
		if order := cmp.Compare(int64(a.bits), int64(b.bits)); order != 0 {
			return r.accepts(order)
		}
		return r.accepts(cmp.Compare(a.nanos, b.nanos))
	case kindDuration:
		return r.accepts(cmp.Compare(int64(a.bits), int64(b.bits)))
	default:
		return beyond
	}
}

// equal compares two usable values. Of different types only numbers can be equal.
// Two lists and two maps are left to cel-go.
func equal(a, b value) outcome {
	if a.kind != b.kind {
		if a.numeric() && b.numeric() {
			return truth(a.number() == b.number())
		}
		return no
	}
	switch a.kind {
	case kindNull:
		return yes
	case kindDouble:
		return truth(a.double() == b.double())
	case kindText:
		return truth(a.text == b.text)
	case kindTime:
		return truth(a.bits == b.bits && a.nanos == b.nanos)
	case kindBool, kindInt, kindDuration:
		return truth(a.bits == b.bits)
	default:
		return beyond
	}
}

func (o outcome) not() outcome {
	if o <= yes {
		return 1 - o
	}
	return o
}
