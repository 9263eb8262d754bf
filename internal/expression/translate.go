package expression

import (
	"errors"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// fast is an expression that was translated into closures over a record.
type fast struct {
	node
	// result is the outcome where the expression is a condition as a whole.
	result   func(*Record) outcome
	failures []error
}

// failure returns an outcome's error; nil when only cel-go knows it.
func (f *fast) failure(o outcome) error {
	if o < programFailures {
		return failures[o]
	}
	return f.failures[o-programFailures]
}

// Bounds of the costs of an expression, in CEL's units, that do not depend on the
// record: of a node, a list literal being the dearest, and of all literals' texts.
const (
	maxNodeCost     = 12
	maxLiteralsCost = MaxLength
	minShare        = 100
)

// translator makes the fast path of a checked expression. It knows what rules are
// made of; an expression with anything else stays with cel-go as a whole.
type translator struct {
	language *Language
	tree     *ast.AST
	// share is what one operation may cost whose cost depends on the record. One that
	// would cost more leaves the evaluation to cel-go, which counts: so no evaluation
	// on the fast path costs more than maxCost, and none needs to count.
	share    int
	beyond   bool
	failures []error
	codes    map[string]outcome
}

func (l *Language) translate(tree *ast.AST) (*fast, bool) {
	t := &translator{language: l, tree: tree, codes: map[string]outcome{}}
	nodes, calls := 0, 1
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		nodes++
		if e.Kind() == ast.CallKind {
			calls++
		}
	}))
	t.share = (maxCost - maxNodeCost*nodes - maxLiteralsCost) / calls
	if t.share < minShare {
		return nil, false
	}
	n := t.node(tree.Expr())
	if t.beyond || n.optional {
		return nil, false
	}
	return &fast{node: n, result: n.result(), failures: t.failures}, true
}

// unknown gives the expression up.
func (t *translator) unknown() node {
	t.beyond = true
	return constant(beyond.value())
}

// failing is the outcome of a failure with cel-go's text.
func (t *translator) failing(text string) outcome {
	code, ok := t.codes[text]
	if !ok {
		code = programFailures + outcome(len(t.failures))
		t.codes[text] = code
		t.failures = append(t.failures, errors.New("evaluate expression: "+text))
	}
	return code
}

func (t *translator) node(e ast.Expr) node {
	if t.beyond {
		return t.unknown()
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return t.literal(e)
	case ast.IdentKind:
		return t.variable(e.ID())
	case ast.SelectKind:
		if _, qualified := t.tree.ReferenceMap()[e.ID()]; qualified {
			return t.unknown()
		}
		return t.selection(e.AsSelect())
	case ast.CallKind:
		return t.folded(t.call(e))
	case ast.ListKind:
		return t.list(e.AsList())
	default:
		return t.unknown()
	}
}

// operand is a node that is read whether it is there or not.
func (t *translator) operand(e ast.Expr) node {
	n := t.node(e)
	if n.optional || n.isList {
		return t.unknown()
	}
	return n
}

func (t *translator) operands(es []ast.Expr) []node {
	nodes := make([]node, len(es))
	for i, e := range es {
		nodes[i] = t.operand(e)
	}
	return nodes
}

// folded evaluates what no record has a part in. A failure stays: it may be that
// nobody evaluates it.
func (t *translator) folded(n node, operands []node) node {
	if t.beyond || len(operands) == 0 {
		return n
	}
	for _, operand := range operands {
		if operand.literal == nil {
			return n
		}
	}
	v := n.read(nil)
	if _, ok := v.usable(); !ok {
		return n
	}
	literal := constant(v)
	literal.planned = n.planned
	return literal
}

func (t *translator) literal(e ast.Expr) node {
	var v value
	switch l := e.AsLiteral().(type) {
	case types.Null:
		v = value{kind: kindNull}
	case types.Bool:
		v = boolValue(bool(l))
	case types.Int:
		v = intValue(int64(l))
	case types.Double:
		v = doubleValue(float64(l))
	case types.String:
		v = textValue(string(l))
	default:
		return t.unknown()
	}
	n := constant(v)
	n.planned = true
	return n
}

// variable reads a variable that is no object.
func (t *translator) variable(id int64) node {
	reference, ok := t.tree.ReferenceMap()[id]
	if !ok || reference.Value != nil {
		return t.unknown()
	}
	slot, ok := t.language.layout.slots[reference.Name]
	if _, object := t.language.layout.objects[reference.Name]; !ok || object {
		return t.unknown()
	}
	unset := t.failing("no such attribute(s): " + reference.Name).value()
	n := reading(func(r *Record) value {
		v := r.slots[slot]
		if v.kind == kindUnset {
			return unset
		}
		return v
	})
	n.slot = slot
	return n
}

// fieldOf finds the slot of a field of a declared object.
func (t *translator) fieldOf(operand ast.Expr, name string) (slot Slot, ok bool) {
	if operand.Kind() != ast.IdentKind {
		return 0, false
	}
	reference, ok := t.tree.ReferenceMap()[operand.ID()]
	if !ok {
		return 0, false
	}
	for _, f := range t.language.layout.objects[reference.Name] {
		if f.name == name {
			return f.slot, true
		}
	}
	return 0, false
}

func (t *translator) list(list ast.ListExpr) node {
	if len(list.OptionalIndices()) > 0 {
		return t.unknown()
	}
	return node{isList: true, elements: t.operands(list.Elements()), slot: noSlot,
		read: func(*Record) value { return beyond.value() }}
}

// call translates a call and returns its operands too, where it may be folded.
func (t *translator) call(e ast.Expr) (node, []node) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch name {
	case operators.LogicalAnd, operators.LogicalOr:
		return t.logical(name, e), nil
	case operators.LogicalNot:
		return t.negation(t.operand(args[0])), nil
	case operators.Conditional:
		return t.conditional(args), nil
	case operators.In:
		return t.membership(args[0], args[1]), nil
	case operators.Index:
		return t.index(args[0], args[1]), nil
	case operators.OptSelect, operators.OptIndex:
		return t.optional(args[0], args[1]), nil
	case "orValue":
		if call.IsMemberFunction() {
			return t.alternative(call.Target(), args[0]), nil
		}
	case operators.Negate:
		operand := t.operand(args[0])
		return reading(func(r *Record) value { return negate(operand.read(r)) }), []node{operand}
	}
	if _, ok := relations[name]; ok {
		operands := t.operands(args)
		return t.comparison(name, operands[0], operands[1]), operands
	}
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	return t.function(name, args)
}
