package expression

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	eval     cel.Program
	uses     []Use
	requires []Requirement
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

// Value evaluates to a JSON value: nil, bool, int64, float64, string, []any or
// map[string]any. Times and durations come as text.
func (p *Program) Value(scope Scope) (any, error) {
	result, err := p.evaluate(scope)
	if err != nil {
		return nil, err
	}
	return native(result)
}

// Bool evaluates a condition.
func (p *Program) Bool(scope Scope) (bool, error) {
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
	result, err := p.evaluate(scope)
	if err != nil {
		return 0, err
	}
	value, err := native(result)
	if err != nil {
		return 0, err
	}
	switch n := value.(type) {
	case int64:
		return n, nil
	case float64:
		if whole := int64(n); float64(whole) == n {
			return whole, nil
		}
	}
	return 0, unexpected(result, Int)
}

// Float evaluates to a number, whole or not.
func (p *Program) Float(scope Scope) (float64, error) {
	result, err := p.evaluate(scope)
	if err != nil {
		return 0, err
	}
	value, err := native(result)
	if err != nil {
		return 0, err
	}
	switch n := value.(type) {
	case int64:
		return float64(n), nil
	case float64:
		return n, nil
	}
	return 0, unexpected(result, Double)
}

// Text evaluates to text.
func (p *Program) Text(scope Scope) (string, error) {
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
	result, _, err := p.eval.Eval(activation{scope})
	if err != nil {
		return nil, fmt.Errorf("evaluate expression: %s", cause(err))
	}
	return result, nil
}

func unexpected(result ref.Val, want Type) error {
	return fmt.Errorf("evaluate expression: the result is of type %s, expected %s", result.Type().TypeName(), want)
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
	if len(p.uses) > 0 {
		return nil, false
	}
	constant, err := p.Value(Values{})
	if err != nil {
		return err, true
	}
	return constant, true
}
