package expression

import (
	"fmt"

	"cel.dev/cel-go/common/debug"
)

// Fast reports whether the program has a path beside cel-go.
func (p *Program) Fast() bool { return p.fast != nil }

// OnlyFast reports whether an evaluation needs nothing of cel-go.
func (p *Program) OnlyFast(r *Record) bool {
	v := p.fast.read(r)
	return v.kind != kindOther && (v.kind != kindFailed || outcome(v.bits) > beyond)
}

// Trees returns what the environment's parser and the faster one make of a source,
// with the places of variables; false when only one of them takes it.
func (l *Language) Trees(source string) (generated, fast string, ok bool) {
	checked, issues := l.env.Compile(source)
	tree, taken := l.frontend.check(source)
	if issues.Err() != nil || !taken {
		return "", "", issues.Err() != nil && !taken
	}
	native := checked.NativeRep()
	return fmt.Sprint(debug.ToDebugString(native.Expr()), l.usesOf(native)),
		fmt.Sprint(debug.ToDebugString(tree.Expr()), l.usesOf(tree)), true
}
