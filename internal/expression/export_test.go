package expression

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/debug"
)

// Fast reports whether the program has a path beside cel-go.
func (p *Program) Fast() bool { return p.fast != nil }

// OnlyFast reports whether an evaluation needs nothing of cel-go.
func (p *Program) OnlyFast(r *Record) bool {
	v := p.fast.read(r)
	return v.kind != kindOther && (v.kind != kindFailed || outcome(v.bits) > beyond)
}

// Trees returns what the environment's parser and the faster one make of a source;
// false when one of them refuses it.
func (l *Language) Trees(source string) (generated, fast string, ok bool) {
	checked, issues := l.env.Compile(source)
	tree, taken := l.frontend.check(source)
	if issues.Err() != nil || !taken {
		return "", "", false
	}
	show := func(tree *ast.AST) string {
		uses := l.usesOf(tree)
		for i := range uses { // before .x, which is x, one begins at the point
			uses[i].Column = 0
		}
		return fmt.Sprint(debug.ToDebugString(tree.Expr()), uses)
	}
	return show(checked.NativeRep()), show(tree), true
}
