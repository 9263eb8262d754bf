package expression

import (
	"slices"

	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/stdlib"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// arithmeticOperators are those where a whole number and a fraction may meet.
// Standard CEL refuses that, which over JSON data would make the same rule work
// for an amount of 99.5 and fail for 100.
var arithmeticOperators = []string{operators.Add, operators.Subtract, operators.Multiply, operators.Divide}

// arithmetic declares the operators as the standard library does, with two more
// overloads each: a whole number beside a fraction is taken as a fraction.
func arithmetic() []*decls.FunctionDecl {
	apply := map[string]func(lhs, rhs ref.Val) ref.Val{
		operators.Add:      func(lhs, rhs ref.Val) ref.Val { return lhs.(traits.Adder).Add(rhs) },
		operators.Subtract: func(lhs, rhs ref.Val) ref.Val { return lhs.(traits.Subtractor).Subtract(rhs) },
		operators.Multiply: func(lhs, rhs ref.Val) ref.Val { return lhs.(traits.Multiplier).Multiply(rhs) },
		operators.Divide:   func(lhs, rhs ref.Val) ref.Val { return lhs.(traits.Divider).Divide(rhs) },
	}
	trait := map[string]int{
		operators.Add: traits.AdderType, operators.Subtract: traits.SubtractorType,
		operators.Multiply: traits.MultiplierType, operators.Divide: traits.DividerType,
	}
	var functions []*decls.FunctionDecl
	for _, standard := range stdlib.Functions() {
		name := standard.Name()
		if !slices.Contains(arithmeticOperators, name) {
			continue
		}
		var options []decls.FunctionOpt
		for _, o := range standard.OverloadDecls() {
			options = append(options, decls.Overload(o.ID(), o.ArgTypes(), o.ResultType()))
		}
		options = append(options,
			decls.Overload(name+"int_double", []*types.Type{types.IntType, types.DoubleType}, types.DoubleType),
			decls.Overload(name+"double_int", []*types.Type{types.DoubleType, types.IntType}, types.DoubleType),
			decls.SingletonBinaryBinding(mixed(apply[name]), trait[name]))
		functions = append(functions, must(decls.NewFunction(name, options...)))
	}
	return functions
}

// mixed widens the whole number of a mixed pair before it applies the operator.
func mixed(apply func(lhs, rhs ref.Val) ref.Val) func(lhs, rhs ref.Val) ref.Val {
	return func(lhs, rhs ref.Val) ref.Val {
		switch l := lhs.(type) {
		case types.Int:
			if _, ok := rhs.(types.Double); ok {
				lhs = types.Double(l)
			}
		case types.Double:
			if r, ok := rhs.(types.Int); ok {
				rhs = types.Double(r)
			}
		}
		return apply(lhs, rhs)
	}
}

// must is for declarations that are constants of this package.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
