package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// Requirement is an equality without which a condition does not hold.
type Requirement struct {
	Slot Slot
	// Keys are those of the values, one of which the slot has to be equal to.
	Keys []Key
}

// Key identifies a value in an index: equal values, 1 and 1.0 among them, have the
// same key. Two whole numbers beyond 2^53 that differ may share one.
type Key struct {
	kind kind
	bits uint64
	text string
}

// Key returns the key of a slot's value. It has none when the value is no truth
// value, number or text: then nothing can be told from an index.
func (r *Record) Key(slot Slot) (Key, bool) { return keyOf(r.slots[slot]) }

// keyOf makes no difference between null and what is not set: neither is equal to
// anything else.

func keyOf(v value) (Key, bool) {
	switch v.kind {
	case kindBool:
		return Key{kind: kindBool, bits: v.bits}, true
	case kindInt:
		return keyOf(doubleValue(float64(int64(v.bits))))
	case kindDouble:
		// Adding zero makes the negative zero the positive one.
		return Key{kind: kindDouble, bits: doubleValue(v.double() + 0).bits}, true
	case kindText:
		return Key{kind: kindText, text: v.text}, true
	case kindNull, kindUnset:
		return Key{kind: kindNull}, true
	default:
		return Key{}, false
	}
}

// requirements reads them off a checked condition. Only a conjunct that is false,
// and not null or absent, for every other value may be one: == and in are.
func (l *Language) requirements(tree *ast.AST) []Requirement {
	var found []Requirement
	for _, conjunct := range operandsOf(operators.LogicalAnd, tree.Expr(), nil) {
		// Each has its own translator, which what is beyond one does not concern.
		t := &translator{language: l, tree: tree, codes: map[string]outcome{}}
		switch conjunct.Kind() {
		case ast.IdentKind, ast.SelectKind:
			found = t.require(found, conjunct, boolValue(true))
		case ast.CallKind:
			found = t.requireCall(found, conjunct.AsCall())
		default: // literals
		}
	}
	return found
}

func (t *translator) requireCall(found []Requirement, call ast.CallExpr) []Requirement {
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalNot:
		return t.require(found, args[0], boolValue(false))
	case operators.Equals:
		if args[0].Kind() == ast.LiteralKind {
			args = []ast.Expr{args[1], args[0]}
		}
		if args[1].Kind() == ast.LiteralKind {
			if literal := t.literal(args[1]).literal; !t.beyond {
				return t.require(found, args[0], *literal)
			}
		}
	case operators.In:
		list := t.node(args[1])
		if !list.isList || len(list.elements) == 0 {
			return found
		}
		values := make([]value, len(list.elements))
		for i, element := range list.elements {
			if element.literal == nil {
				return found
			}
			values[i] = *element.literal
		}
		return t.require(found, args[0], values...)
	}
	return found
}

// require adds a requirement if the operand is a slot and all values have keys.
func (t *translator) require(found []Requirement, operand ast.Expr, values ...value) []Requirement {
	if kind := operand.Kind(); kind != ast.IdentKind && kind != ast.SelectKind {
		return found
	}
	n := t.node(operand)
	if t.beyond || n.slot == noSlot {
		return found
	}
	keys := make([]Key, len(values))
	for i, v := range values {
		key, ok := keyOf(v)
		if !ok {
			return found
		}
		keys[i] = key
	}
	return append(found, Requirement{Slot: n.slot, Keys: keys})
}
