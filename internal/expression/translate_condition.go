package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

func (t *translator) logical(name string, e ast.Expr) node {
	neutral, join := yes, all
	if name == operators.LogicalOr {
		neutral, join = no, some
	}
	var terms []clause
	var decided *value // by a literal; the other operands have to compile all the same
	for _, operand := range operandsOf(name, e, nil) {
		term := t.operand(operand)
		if term.literal != nil && term.literal.kind == kindBool {
			if term.literal.condition() != neutral {
				decided = term.literal
			}
			continue
		}
		terms = append(terms, term.term())
	}
	if decided != nil {
		return constant(*decided)
	}
	switch len(terms) {
	case 0:
		return constant(neutral.value())
	case 1:
		return clausal(terms[0])
	default:
		return testing(join(terms))
	}
}

// operandsOf lists the operands of a chain of the same logical operator: which of
// them are grouped makes no difference.
func operandsOf(name string, e ast.Expr, found []ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != name {
		return append(found, e)
	}
	for _, operand := range e.AsCall().Args() {
		found = operandsOf(name, operand, found)
	}
	return found
}

func (t *translator) negation(operand node) node {
	if operand.literal != nil && operand.literal.kind == kindBool {
		return constant(operand.literal.condition().not().value())
	}
	if operand.test != nil {
		test := operand.test
		return testing(func(r *Record) outcome { return test(r).not() })
	}
	read := operand.read
	return testing(func(r *Record) outcome {
		o := read(r).condition()
		if o == failedOverload {
			return failed // the text names the operator
		}
		return o.not()
	})
}

func (t *translator) conditional(args []ast.Expr) node {
	condition, then, otherwise := t.operand(args[0]), t.operand(args[1]), t.operand(args[2])
	return choose(condition.condition(), then, otherwise)
}

// comparison is faster for a slot beside a literal of the type that was declared.
func (t *translator) comparison(operator string, l, r node) node {
	related := relations[operator]
	general := t.compare(operator, l, r)
	switch {
	case l.slot != noSlot && r.literal != nil:
		return clausal(compared(related, l.slot, *r.literal, general))
	case r.slot != noSlot && l.literal != nil:
		return clausal(compared(related.mirrored(), r.slot, *l.literal, general))
	default:
		return testing(general)
	}
}

func (r relation) mirrored() relation { return r&isEqual | r&isLess<<2 | r&isGreater>>2 }

// compare is for all values.
func (t *translator) compare(operator string, l, r node) func(*Record) outcome {
	related, read, readOther := relations[operator], l.read, r.read
	limit := 10 * t.share // a unit is ten characters
	equality := operator == operators.Equals || operator == operators.NotEquals
	unordered := failed
	if !equality {
		unordered = t.failing("no such overload: " + operator)
	}
	return func(r *Record) outcome {
		a := read(r)
		if o, ok := a.usable(); !ok {
			return o
		}
		b := readOther(r)
		if o, ok := b.usable(); !ok {
			return o
		}
		if min(len(a.text), len(b.text)) > limit {
			return beyond
		}
		if !equality {
			return related.order(a, b, unordered)
		}
		if related == isEqual {
			return equal(a, b)
		}
		return equal(a, b).not()
	}
}

func (t *translator) membership(element, container ast.Expr) node {
	in := t.node(container)
	l := t.operand(element)
	if in.isList && len(in.elements) == 0 {
		return constant(no.value()) // whatever the element is, and also where it fails
	}
	if in.isList {
		return t.listMembership(l, in.elements)
	}
	if in.optional {
		return t.unknown()
	}
	limit := t.share
	general := func(r *Record) outcome { return within(l.read(r), in.read(r), limit) }
	if in.slot == noSlot || l.literal == nil || l.literal.kind != kindText {
		return testing(general)
	}
	return clausal(clause{form: formListed, slot: in.slot, text: l.literal.text, whole: int64(limit), general: general})
}

func (t *translator) listMembership(l node, elements []node) node {
	if s, ok := setOf(elements); ok {
		if l.literal != nil {
			return constant(s.has(*l.literal).value())
		}
		if l.slot == noSlot {
			return testing(func(r *Record) outcome { return s.has(l.read(r)) })
		}
		return clausal(clause{form: formSet, slot: l.slot, set: s,
			general: func(r *Record) outcome { return s.has(l.read(r)) }})
	}
	return testing(func(r *Record) outcome {
		v := l.read(r)
		if o, ok := v.usable(); !ok {
			return o
		}
		found := no
		for _, element := range elements {
			candidate := element.read(r)
			if o, ok := candidate.usable(); !ok {
				return o
			}
			if found == no {
				found = equal(v, candidate)
			}
		}
		return found
	})
}
