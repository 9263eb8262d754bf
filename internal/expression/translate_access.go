package expression

import (
	"strconv"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

func (t *translator) selection(s ast.SelectExpr) node {
	name := s.FieldName()
	if slot, ok := t.fieldOf(s.Operand(), name); ok {
		if s.IsTestOnly() {
			return testing(func(r *Record) outcome { return truth(r.slots[slot].kind > kindNull) })
		}
		return t.field(slot)
	}
	base := t.node(s.Operand())
	if base.isList {
		return t.unknown()
	}
	if s.IsTestOnly() {
		if base.optional {
			return t.unknown()
		}
		return testing(func(r *Record) outcome { return hasKey(base.read(r), name) })
	}
	return t.key(base, name)
}

// field reads a field of an object: null when it is not set.
func (t *translator) field(slot Slot) node {
	n := reading(func(r *Record) value {
		v := r.slots[slot]
		if v.kind == kindUnset {
			return value{kind: kindNull}
		}
		return v
	})
	n.slot = slot
	return n
}

// key reads a constant key. Below optional access all access is optional.
func (t *translator) key(base node, name string) node {
	miss := missing{t.failing("no such key: " + name).value()}
	if base.optional {
		miss = missing{value{kind: kindAbsent}}
	}
	n := reading(func(r *Record) value { return miss.key(base.read(r), name) })
	n.optional = base.optional
	return n
}

func (t *translator) index(operand, key ast.Expr) node {
	base := t.node(operand)
	if base.isList {
		return t.unknown()
	}
	if key.Kind() == ast.LiteralKind {
		switch k := key.AsLiteral().(type) {
		case types.String:
			return t.key(base, string(k))
		case types.Int:
			miss := missing{t.failing("index out of bounds: " + strconv.FormatInt(int64(k), 10)).value()}
			if base.optional {
				miss = missing{value{kind: kindAbsent}}
			}
			n := reading(func(r *Record) value { return miss.index(base.read(r), int64(k)) })
			n.optional = base.optional
			return n
		default:
			return t.unknown()
		}
	}
	by := t.operand(key)
	if base.optional || by.literal != nil {
		return t.unknown()
	}
	return reading(func(r *Record) value { return computed(base.read(r), by.read(r)) })
}

// optional is access by a constant key that may lead to nothing.
func (t *translator) optional(operand, key ast.Expr) node {
	if key.Kind() != ast.LiteralKind {
		return t.unknown()
	}
	name, ok := key.AsLiteral().(types.String)
	if !ok {
		return t.unknown()
	}
	if slot, ok := t.fieldOf(operand, string(name)); ok {
		n := reading(func(r *Record) value {
			v := r.slots[slot]
			if v.kind <= kindNull {
				return value{kind: kindAbsent}
			}
			return v
		})
		n.optional = true
		return n
	}
	base := t.node(operand)
	if base.isList {
		return t.unknown()
	}
	base.optional = true
	return t.key(base, string(name))
}

// alternative is orValue.
func (t *translator) alternative(target, otherwise ast.Expr) node {
	base := t.node(target)
	if !base.optional {
		return t.unknown()
	}
	instead := t.operand(otherwise)
	return reading(func(r *Record) value {
		v := base.read(r)
		if v.kind == kindAbsent {
			return instead.read(r)
		}
		return v
	})
}
