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
	t := &translator{language: l, tree: tree, codes: map[string]outcome{}}
	var found []Requirement
	for _, conjunct := range operandsOf(operators.LogicalAnd, tree.Expr(), nil) {
		if conjunct.Kind() != ast.CallKind {
			continue
		}
		call := conjunct.AsCall()
		switch call.FunctionName() {
		case operators.Equals:
			left, right := call.Args()[0], call.Args()[1]
			if left.Kind() == ast.LiteralKind {
				left, right = right, left
			}
			found = t.require(found, left, []ast.Expr{right})
		case operators.In:
			if list := call.Args()[1]; list.Kind() == ast.ListKind && len(list.AsList().OptionalIndices()) == 0 {
				found = t.require(found, call.Args()[0], list.AsList().Elements())
			}
		}
	}
	return found
}

func (t *translator) require(found []Requirement, operand ast.Expr, values []ast.Expr) []Requirement {
	if kind := operand.Kind(); kind != ast.IdentKind && kind != ast.SelectKind || len(values) == 0 {
		return found
	}
	keys := make([]Key, len(values))
	for i, v := range values {
		if v.Kind() != ast.LiteralKind {
			return found
		}
		literal := t.literal(v).literal
		key, ok := keyOf(*literal)
		if !ok {
			return found
		}
		keys[i] = key
	}
	if n := t.node(operand); !t.beyond && n.slot != noSlot {
		return append(found, Requirement{Slot: n.slot, Keys: keys})
	}
	return found
}
