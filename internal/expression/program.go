package expression

import (
	"fmt"
	"math"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	language *Language
	uses     []Use
	requires []Requirement
	// fast evaluates with a record of the language; nil where only cel-go can.
	fast *fast
	// plan makes cel-go's program when it is first needed: with records that is
	// seldom, and it takes more memory than all else.
	plan func() (cel.Program, error)
}

// Scope gives the variables' values. A value is nil, a bool, a number, a string,
// a time.Time, or a slice or map of these.
type Scope interface {
	// Lookup returns a declared variable's value; false when it has none.
	Lookup(name string) (any, bool)
}

// Values is a Scope of values that are at hand.
type Values map[string]any

// Lookup implements Scope.
func (v Values) Lookup(name string) (any, bool) {
	value, ok := v[name]
	return value, ok
}

// record returns the scope when the program can read it without looking up names.
func (p *Program) record(scope Scope) *Record {
	if r, ok := scope.(*Record); ok && p.fast != nil && r.language == p.language {
		return r
	}
	return nil
}

// Value evaluates to a JSON value: nil, bool, int64, float64, string, []any or
// map[string]any. Times and durations come as text.
func (p *Program) Value(scope Scope) (any, error) {
	if r := p.record(scope); r != nil {
		switch v := p.fast.read(r); v.kind {
		case kindNull, kindBool, kindInt, kindText:
			return v.native(), nil
		case kindDouble:
			if f := v.double(); finite(f) {
				return f, nil
			}
		case kindFailed:
			if err := p.fast.failure(outcome(v.bits)); err != nil {
				return nil, err
			}
		default: // copied by the slow path
		}
	}
	result, err := p.evaluate(scope)
	if err != nil {
		return nil, err
	}
	return native(result)
}

// Bool evaluates a condition.
func (p *Program) Bool(scope Scope) (bool, error) {
	if r := p.record(scope); r != nil {
		o := p.fast.result(r)
		if o <= yes {
			return o == yes, nil
		}
		if err := p.fast.failure(o); err != nil {
			return false, err
		}
	}
	result, err := p.evaluate(scope)
	if err != nil {
		return false, err
	}
	if b, ok := result.(types.Bool); ok {
		return bool(b), nil
	}
	return false, unexpected(result, Bool)
}

// Int evaluates to a whole number.
func (p *Program) Int(scope Scope) (int64, error) {
	value, err := p.number(scope, Int)
	if err != nil {
		return 0, err
	}
	if value.kind == kindInt {
		return int64(value.bits), nil
	}
	if whole := int64(value.double()); float64(whole) == value.double() {
		return whole, nil
	}
	return 0, unexpectedType(types.DoubleType.TypeName(), Int)
}

// Float evaluates to a number, whole or not.
func (p *Program) Float(scope Scope) (float64, error) {
	value, err := p.number(scope, Double)
	if err != nil {
		return 0, err
	}
	return value.number(), nil
}

// number evaluates to a finite number.
func (p *Program) number(scope Scope, want Type) (value, error) {
	if r := p.record(scope); r != nil {
		switch v := p.fast.read(r); v.kind {
		case kindInt:
			return v, nil
		case kindDouble:
			if finite(v.double()) {
				return v, nil
			}
		case kindFailed:
			if err := p.fast.failure(outcome(v.bits)); err != nil {
				return value{}, err
			}
		default: // refused by the slow path
		}
	}
	result, err := p.evaluate(scope)
	if err != nil {
		return value{}, err
	}
	read, err := native(result)
	if err != nil {
		return value{}, err
	}
	if v := valueOf(read); v.numeric() {
		return v, nil
	}
	return value{}, unexpected(result, want)
}

// Text evaluates to text.
func (p *Program) Text(scope Scope) (string, error) {
	if r := p.record(scope); r != nil {
		v := p.fast.read(r)
		if v.kind == kindText {
			return v.text, nil
		}
		if v.kind == kindFailed {
			if err := p.fast.failure(outcome(v.bits)); err != nil {
				return "", err
			}
		}
	}
	result, err := p.evaluate(scope)
	if err != nil {
		return "", err
	}
	if s, ok := result.(types.String); ok {
		return string(s), nil
	}
	return "", unexpected(result, Text)
}

func (p *Program) evaluate(scope Scope) (ref.Val, error) {
	program, err := p.plan()
	if err != nil {
		return nil, fmt.Errorf("plan expression: %s", cause(err))
	}
	result, _, err := program.Eval(activation{scope})
	if err != nil {
		return nil, fmt.Errorf("evaluate expression: %s", cause(err))
	}
	return result, nil
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func unexpected(result ref.Val, want Type) error {
	return unexpectedType(result.Type().TypeName(), want)
}

func unexpectedType(name string, want Type) error {
	return fmt.Errorf("evaluate expression: the result is of type %s, expected %s", name, want)
}

// activation makes a Scope what CEL reads variables from.
type activation struct{ Scope }

func (a activation) ResolveName(name string) (any, bool) { return a.Lookup(name) }
func (activation) Parent() cel.Activation                { return nil }

// Requires lists equalities of the form slot == literal or slot in [literals] that
// all have to hold for the condition to be true, so that many conditions can be
// indexed by them. A condition whose requirement is not met is false or fails.
func (p *Program) Requires() []Requirement { return p.requires }

// Constant returns the value of an expression that no variable has a part in. The
// value is an error when evaluating it always fails.
func (p *Program) Constant() (constant any, ok bool) {
	if p.fast != nil && p.fast.literal != nil {
		constant, err := p.Value(p.language.NewRecord())
		return orError(constant, err), true
	}
	if len(p.uses) > 0 {
		return nil, false
	}
	constant, err := p.Value(Values{})
	return orError(constant, err), true
}

func orError(result any, err error) any {
	if err != nil {
		return err
	}
	return result
}
