package expression

import (
	"math"

	"cel.dev/cel-go/common/operators"
)

func doubleValue(f float64) value { return value{kind: kindDouble, bits: math.Float64bits(f)} }

func (v value) double() float64 { return math.Float64frombits(v.bits) }

// number is the value as a fraction; it has to be a number.
func (v value) number() float64 {
	if v.kind == kindInt {
		return float64(int64(v.bits))
	}
	return v.double()
}

func (v value) numeric() bool { return v.kind == kindInt || v.kind == kindDouble }

func isNaN(v value) bool { return v.kind == kindDouble && math.IsNaN(v.double()) }

// negate is the unary minus.
func negate(v value) value {
	if o, ok := v.usable(); !ok {
		return o.value()
	}
	switch v.kind {
	case kindInt:
		if int64(v.bits) == math.MinInt64 {
			return failedOverflow.value()
		}
		return intValue(-int64(v.bits))
	case kindDouble:
		return doubleValue(-v.double())
	case kindDuration:
		return beyond.value()
	default:
		return failed.value()
	}
}

// calculate applies an arithmetic operator to two usable values.
func calculate(operator string, l, r value) value {
	switch {
	case l.kind == kindInt && r.kind == kindInt:
		return calculateInt(operator, int64(l.bits), int64(r.bits))
	case l.numeric() && r.numeric() && operator != operators.Modulo:
		return calculateDouble(operator, l.number(), r.number())
	case l.kind == kindText && r.kind == kindText && operator == operators.Add:
		return textValue(l.text + r.text)
	case l.numeric():
		if operator == operators.Modulo && l.kind == kindDouble {
			return failed.value()
		}
		return failedOverload.value()
	case l.kind == kindNull || l.kind == kindBool:
		return failed.value()
	case l.kind == kindTime || l.kind == kindDuration:
		return calculateTime(operator, l, r)
	default: // lists
		return beyond.value()
	}
}

func calculateDouble(operator string, l, r float64) value {
	switch operator {
	case operators.Add:
		return doubleValue(l + r)
	case operators.Subtract:
		return doubleValue(l - r)
	case operators.Multiply:
		return doubleValue(l * r)
	default:
		return doubleValue(l / r)
	}
}

func calculateInt(operator string, l, r int64) value {
	switch operator {
	case operators.Add:
		if sum := l + r; (sum > l) == (r > 0) {
			return intValue(sum)
		}
	case operators.Subtract:
		if difference := l - r; (difference < l) == (r > 0) {
			return intValue(difference)
		}
	case operators.Multiply:
		return multiply(l, r)
	case operators.Divide:
		if r == 0 {
			return failedDivision.value()
		}
		if l != math.MinInt64 || r != -1 {
			return intValue(l / r)
		}
	default:
		if r == 0 {
			return failedModulus.value()
		}
		if l != math.MinInt64 || r != -1 {
			return intValue(l % r)
		}
	}
	return failedOverflow.value()
}

func multiply(l, r int64) value {
	if l == 0 || r == 0 {
		return intValue(0)
	}
	product := l * r
	if product/r != l || l == -1 && r == math.MinInt64 || r == -1 && l == math.MinInt64 {
		return failedOverflow.value()
	}
	return intValue(product)
}

// toInt and toDouble are the conversions between numbers.
func toInt(v value) value {
	switch v.kind {
	case kindInt:
		return v
	case kindDouble:
		f := v.double()
		if math.IsNaN(f) || f <= math.MinInt64 || f >= math.MaxInt64 {
			return failedOverflow.value()
		}
		return intValue(int64(f))
	default:
		return beyond.value()
	}
}

func toDouble(v value) value {
	if v.numeric() {
		return doubleValue(v.number())
	}
	return beyond.value()
}
