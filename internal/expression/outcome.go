package expression

import "errors"

// outcome is what the fast path makes of a condition: no, yes, or why it is
// neither. From programFailures on it is an index into the failures of its program.
type outcome uint32

const (
	no outcome = iota
	yes
	// failed is a failure whose text cel-go is asked for.
	failed
	// beyond is for what only cel-go evaluates: its result counts.
	beyond
	failedOverload
	failedOverflow
	failedDivision
	failedModulus
	programFailures
)

// failures are the texts that do not depend on the program. They are cel-go's.
var failures = [programFailures]error{
	failedOverload: errors.New("evaluate expression: no such overload"),
	failedOverflow: errors.New("evaluate expression: integer overflow"),
	failedDivision: errors.New("evaluate expression: division by zero"),
	failedModulus:  errors.New("evaluate expression: modulus by zero"),
}

func truth(b bool) outcome {
	if b {
		return yes
	}
	return no
}

// value makes an outcome an operand.
func (o outcome) value() value {
	if o <= yes {
		return value{kind: kindBool, bits: uint64(o)}
	}
	return value{kind: kindFailed, bits: uint64(o)}
}

// usable reports whether an operator can look at the value; if not, the outcome is
// that of every operator that needs it.
func (v value) usable() (outcome, bool) {
	switch v.kind {
	case kindFailed:
		return outcome(v.bits), false
	case kindOther, kindUnset, kindAbsent:
		return beyond, false
	default:
		return yes, true
	}
}

// condition is the outcome of a value as an operand of a logical operator.
func (v value) condition() outcome {
	switch v.kind {
	case kindBool:
		return outcome(v.bits)
	case kindFailed:
		return outcome(v.bits)
	case kindOther, kindUnset, kindAbsent:
		return beyond
	default:
		return failedOverload
	}
}
