package expression

import (
	"regexp"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// function translates what is neither a logical operator nor a comparison, and
// returns the operands where a constant result may be folded.
func (t *translator) function(name string, args []ast.Expr) (node, []node) {
	operands := t.operands(args)
	if t.beyond {
		return t.unknown(), nil
	}
	switch {
	case isArithmetic(name) && len(operands) == 2:
		return t.calculation(name, operands[0], operands[1]), operands
	case textTests[name] != nil && len(operands) == 2:
		return t.textTest(name, operands[0], operands[1]), operands
	case textMappings[name] != nil && len(operands) == 1:
		return t.textMapping(name, operands[0]), operands
	case name == overloads.Matches && len(operands) == 2:
		return t.match(operands[0], operands[1]), nil
	case name == "level" && len(operands) == 2:
		return t.level(operands[0], operands[1]), nil
	case name == overloads.Size && len(operands) == 1:
		operand := operands[0]
		return reading(func(r *Record) value { return size(operand.read(r)) }), operands
	case len(operands) == 1:
		return t.conversion(name, args[0], operands[0]), operands
	default:
		return t.unknown(), nil
	}
}

func isArithmetic(name string) bool {
	switch name {
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo:
		return true
	default:
		return false
	}
}

func (t *translator) calculation(operator string, l, r node) node {
	limit := 10 * t.share
	return reading(func(record *Record) value {
		a := l.read(record)
		if o, ok := a.usable(); !ok {
			return o.value()
		}
		b := r.read(record)
		if o, ok := b.usable(); !ok {
			return o.value()
		}
		if len(a.text)+len(b.text) > limit {
			return beyond.value()
		}
		return calculate(operator, a, b)
	})
}

func (t *translator) textTest(name string, text, part node) node {
	holds, limit := textTests[name], t.share
	searches := name == overloads.Contains
	return testing(func(r *Record) outcome {
		a, b := text.read(r), part.read(r)
		if o := texts(a, b); o != yes {
			return o
		}
		cost := 1 + len(b.text)/10
		if searches {
			cost *= 1 + len(a.text)/10
		}
		if cost > limit {
			return beyond
		}
		return truth(holds(a.text, b.text))
	})
}

func (t *translator) textMapping(name string, operand node) node {
	mapping := textMappings[name]
	return reading(func(r *Record) value {
		v := operand.read(r)
		if o, ok := v.usable(); !ok {
			return o.value()
		}
		if v.kind != kindText {
			return failed.value()
		}
		return textValue(mapping(v.text))
	})
}

// match needs a constant pattern. One that is none is reported by cel-go.
func (t *translator) match(text, pattern node) node {
	if !pattern.planned || pattern.literal.kind != kindText {
		return t.unknown()
	}
	expression, err := regexp.Compile(pattern.literal.text)
	if err != nil {
		return t.unknown()
	}
	perTen, limit := 1+len(pattern.literal.text)/4, t.share
	return testing(func(r *Record) outcome {
		v := text.read(r)
		if o, ok := v.usable(); !ok {
			return o
		}
		if v.kind != kindText {
			return failed
		}
		if (1+len(v.text)/10)*perTen > limit {
			return beyond
		}
		return truth(expression.MatchString(v.text))
	})
}

func (t *translator) level(levels, name node) node {
	return reading(func(r *Record) value {
		of := levels.read(r)
		if o, ok := of.usable(); !ok {
			return o.value()
		}
		by := name.read(r)
		if o, ok := by.usable(); !ok {
			return o.value()
		}
		// Of other maps cel-go checks what is in them.
		m, ok := of.ref.(map[string]int)
		if !ok || by.kind != kindText {
			return beyond.value()
		}
		return intValue(int64(m[by.text]))
	})
}

// conversion knows those that rules need. cel-go evaluates that of a constant when
// it plans, and refuses the expression when it fails. It takes no value of another
// type than was declared.
func (t *translator) conversion(name string, arg ast.Expr, operand node) node {
	var convert func(value) value
	switch name {
	case overloads.TypeConvertDyn:
		convert = func(v value) value { return v }
	case overloads.TypeConvertDouble:
		convert = toDouble
	case overloads.TypeConvertInt:
		convert = toInt
	case overloads.TypeConvertTimestamp:
		convert = toTime
	case overloads.TypeConvertDuration:
		convert = toDuration
	default:
		return t.unknown()
	}
	if operand.literal != nil {
		if _, ok := convert(*operand.literal).usable(); !ok {
			return t.unknown()
		}
	}
	declared, certain := kindUnset, true
	switch t.tree.GetType(arg.ID()).Kind() {
	case types.IntKind:
		declared = kindInt
	case types.DoubleKind:
		declared = kindDouble
	case types.StringKind:
		declared = kindText
	default:
		certain = false
	}
	n := reading(func(r *Record) value {
		v := operand.read(r)
		if o, ok := v.usable(); !ok {
			return o.value()
		}
		if certain && v.kind != declared {
			return beyond.value()
		}
		return convert(v)
	})
	n.planned = operand.planned
	return n
}

func toTime(v value) value {
	if v.kind != kindText {
		return beyond.value()
	}
	if at, ok := types.String(v.text).ConvertToType(types.TimestampType).(types.Timestamp); ok {
		return timeValue(at.Time)
	}
	return failed.value()
}

func toDuration(v value) value {
	if v.kind != kindText {
		return beyond.value()
	}
	if d, ok := types.String(v.text).ConvertToType(types.DurationType).(types.Duration); ok {
		return durationValue(int64(d.Duration))
	}
	return failed.value()
}
