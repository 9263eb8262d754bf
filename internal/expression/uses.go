package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Use is one place where an expression reads a declared variable.
type Use struct {
	Variable string
	// Field is the constant key by which it is read, vars.x or vars["x"]; empty
	// where the variable is used whole or by a key that is computed.
	Field  string
	Line   int // from 1
	Column int // from 1
}

// Uses lists where the expression reads the variables, so that a caller can check
// the keys of a map that is only known to itself.
func (p *Program) Uses() []Use { return p.uses }

// Reads reports whether the expression reads one of the variables.
func (p *Program) Reads(variables ...string) bool {
	for _, use := range p.uses {
		for _, name := range variables {
			if use.Variable == name {
				return true
			}
		}
	}
	return false
}

func (l *Language) usesOf(tree *ast.AST) []Use {
	var uses []Use
	keyed := map[int64]string{} // id of a variable's node: the key it is read by
	visit := func(node ast.Expr) {
		switch node.Kind() {
		case ast.SelectKind:
			keyed[node.AsSelect().Operand().ID()] = node.AsSelect().FieldName()
		case ast.CallKind:
			if operand, key, ok := constantIndex(node.AsCall()); ok {
				keyed[operand.ID()] = key
			}
		case ast.IdentKind:
			if name := node.AsIdent(); l.names[name] {
				start := tree.SourceInfo().GetStartLocation(node.ID())
				uses = append(uses, Use{Variable: name, Field: keyed[node.ID()],
					Line: max(start.Line(), 1), Column: max(start.Column()+1, 1)})
			}
		default: // literals and comprehensions: their parts are visited
		}
	}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(visit))
	return uses
}

// constantIndex reads operand["key"]; an optional index reads no certain key.
func constantIndex(call ast.CallExpr) (operand ast.Expr, key string, ok bool) {
	if call.FunctionName() != operators.Index || len(call.Args()) != 2 || call.Args()[1].Kind() != ast.LiteralKind {
		return nil, "", false
	}
	name, ok := call.Args()[1].AsLiteral().(types.String)
	return call.Args()[0], string(name), ok
}
