package expression

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/parser"
)

// frontend is cel-go's second parser, which reads a rule in a quarter of the time
// that the generated one of the environment takes, and its checker. What it refuses
// is for the environment to explain.
type frontend struct {
	parser  *parser.Parser
	checker *checker.Env
}

// newFrontend has the environment's macros, declarations and limits.
func newFrontend(e *cel.Env) (*frontend, error) {
	p, err := parser.NewParser(
		parser.EnablePrattParser(true),
		parser.EnableOptionalSyntax(true),
		parser.EnableHiddenAccumulatorName(true),
		parser.Macros(e.Macros()...),
		parser.ExpressionSizeCodePointLimit(MaxLength),
		parser.MaxRecursionDepth(maxDepth),
		parser.MaxExpressionNodeCount(maxNodes),
	)
	if err != nil {
		return nil, err
	}
	c, err := checker.NewEnv(e.Container, e.CELTypeProvider(), checker.CrossTypeNumericComparisons(true))
	if err != nil {
		return nil, err
	}
	if err := c.AddIdents(e.Variables()...); err != nil {
		return nil, err
	}
	for _, function := range e.Functions() {
		if err := c.AddFunctions(function); err != nil {
			return nil, err
		}
	}
	return &frontend{parser: p, checker: c}, nil
}

// check parses and checks; false when something is wrong with the source.
func (f *frontend) check(source string) (*ast.AST, bool) {
	text := common.NewTextSource(source)
	parsed, problems := f.parser.Parse(text)
	if len(problems.GetErrors()) > 0 {
		return nil, false
	}
	checked, problems := checker.Check(parsed, text, f.checker)
	return checked, len(problems.GetErrors()) == 0
}
