package expression

import (
	"errors"
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
)

// Limits of one expression.
const (
	// MaxLength is the number of characters of its text.
	MaxLength = 4096
	// maxDepth is how deep it may be nested, maxNodes how large it may be once
	// its macros are expanded.
	maxDepth = 64
	maxNodes = 4096
	// maxCost bounds one evaluation, in CEL's units of about one operation: a
	// usual condition costs 5 to 50, the limit is reached after some milliseconds.
	maxCost = 100_000
)

// Language is a set of declared variables that expressions are compiled against.
// It is immutable and safe for concurrent use; making one takes about a
// millisecond, so share it.
type Language struct {
	env      *cel.Env
	frontend *frontend
	program  []cel.ProgramOption
	names    map[string]bool
	layout   layout
}

// New declares a language. It fails on a variable that is declared twice or whose
// name CEL cannot read.
func New(variables ...Variable) (*Language, error) {
	standard := env.NewLibrarySubset()
	for _, name := range arithmeticOperators {
		standard.AddExcludedFunctions(env.NewFunction(name))
	}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(standard)),
		cel.FunctionDecls(arithmetic()...),
		cel.OptionalTypes(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(MaxLength),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
	}
	options = append(options, functions()...)

	names := map[string]bool{}
	layout := layout{slots: map[string]Slot{}, objects: map[string][]field{}}
	objects := map[string][]Variable{}
	for _, v := range variables {
		if names[v.Name] {
			return nil, fmt.Errorf("declare expression language: variable %q twice", v.Name)
		}
		names[v.Name] = true
		t := v.Type.cel
		if len(v.Fields) > 0 {
			objects[v.Name] = v.Fields
			t = cel.ObjectType(v.Name)
			if err := layout.addObject(v); err != nil {
				return nil, fmt.Errorf("declare expression language: %w", err)
			}
		} else {
			layout.add(v.Name)
		}
		if t == nil {
			return nil, fmt.Errorf("declare expression language: variable %q has no type", v.Name)
		}
		options = append(options, cel.Variable(v.Name, t))
	}
	options = append(options, withObjects(objects))

	environment, err := cel.NewCustomEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("declare expression language: %w", err)
	}
	front, err := newFrontend(environment)
	if err != nil {
		return nil, fmt.Errorf("declare expression language: %w", err)
	}
	return &Language{
		env:      environment,
		frontend: front,
		program:  []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost)},
		names:    names,
		layout:   layout,
	}, nil
}

// Compile checks an expression whose result is to be of type want. Its error is a
// *SyntaxError that says where and what is wrong.
func (l *Language) Compile(source string, want Type) (*Program, error) {
	tree, err := l.check(source)
	if err != nil {
		return nil, err
	}
	if got := tree.GetType(tree.Expr().ID()); !fits(got, want.cel) {
		return nil, &SyntaxError{Problems: []Problem{{Line: 1, Column: 1, Message: fmt.Sprintf(
			"the result is of type %s, expected %s", cel.FormatCELType(got), want)}}}
	}
	p := &Program{language: l, uses: l.usesOf(tree), requires: l.requirements(tree)}
	if fast, ok := l.translate(tree); ok {
		p.fast = fast
		p.plan = sync.OnceValues(func() (cel.Program, error) { return l.plan(source) })
		return p, nil
	}
	program, err := l.env.PlanProgram(tree, l.program...)
	if err != nil {
		return nil, &SyntaxError{Problems: []Problem{{Line: 1, Column: 1, Message: cause(err)}}}
	}
	p.plan = func() (cel.Program, error) { return program, nil }
	return p, nil
}

func (l *Language) check(source string) (*ast.AST, error) {
	if tree, ok := l.frontend.check(source); ok {
		return tree, nil
	}
	checked, issues := l.env.Compile(source)
	if issues.Err() != nil {
		return nil, l.syntaxError(issues)
	}
	return checked.NativeRep(), nil
}

// plan makes cel-go's program from a source that was checked before. To keep its
// tree until then would take twenty times the memory of the source.
func (l *Language) plan(source string) (cel.Program, error) {
	tree, err := l.check(source)
	if err != nil {
		return nil, err
	}
	return l.env.PlanProgram(tree, l.program...)
}

// fits reports whether a result of type got can be one of type want. What is only
// known when it is evaluated passes here and is checked then. Numbers mix: where a
// fraction is wanted, a whole number will do.
func fits(got, want *cel.Type) bool {
	if want.Kind() == cel.DoubleKind && got.Kind() == cel.IntKind {
		return true
	}
	return got.Kind() == cel.DynKind || got.IsExactType(cel.NullType) && want.Kind() == cel.DynKind ||
		want.IsAssignableType(got)
}

// cause returns the innermost error's text: CEL wraps without adding anything.
func cause(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
