package expression

// node is a translated part of an expression: what reads its value, or its outcome
// where it is a condition. Both need no memory but that of their closures.
type node struct {
	read func(*Record) value
	test func(*Record) outcome
	// clause is the test as a term of a logical operator.
	clause clause
	// literal, where not nil, is the value in every record.
	literal *value
	// planned literals are those that cel-go takes for constants: it treats in and
	// matches differently for these.
	planned bool
	// slot is where the value lies as it is; noSlot where it is computed.
	slot Slot
	// optional nodes may read kindAbsent, which only orValue takes.
	optional bool
	// elements are those of a list literal.
	elements []node
	isList   bool
}

const noSlot Slot = -1

func reading(read func(*Record) value) node { return node{read: read, slot: noSlot} }

func testing(test func(*Record) outcome) node {
	return node{test: test, slot: noSlot, clause: clause{general: test},
		read: func(r *Record) value { return test(r).value() }}
}

func clausal(c clause) node {
	n := testing(c.general)
	if c.form != formGeneral {
		n = testing(c.holds)
	}
	n.clause = c
	return n
}

// term is the node as an operand of && or ||.
func (n node) term() clause {
	switch {
	case n.test != nil:
		return n.clause
	case n.slot != noSlot:
		return clause{form: formBool, slot: n.slot, general: n.condition()}
	default:
		return clause{general: n.condition()}
	}
}

func constant(v value) node {
	n := reading(func(*Record) value { return v })
	n.literal = &v
	return n
}

// condition is the node as an operand of a logical operator.
func (n node) condition() func(*Record) outcome {
	if n.test != nil {
		return n.test
	}
	read := n.read
	return func(r *Record) outcome { return read(r).condition() }
}

// result is the node as a whole condition: what it is when it is of another type,
// cel-go says.
func (n node) result() func(*Record) outcome {
	if n.test != nil {
		return n.test
	}
	read := n.read
	return func(r *Record) outcome {
		if v := read(r); v.kind == kindBool || v.kind == kindFailed {
			return outcome(v.bits)
		}
		return beyond
	}
}

func choose(condition func(*Record) outcome, then, otherwise node) node {
	n := reading(func(r *Record) value {
		switch o := condition(r); o {
		case yes:
			return then.read(r)
		case no:
			return otherwise.read(r)
		default:
			return o.value()
		}
	})
	if then.test == nil || otherwise.test == nil {
		return n
	}
	return testing(func(r *Record) outcome {
		switch o := condition(r); o {
		case yes:
			return then.test(r)
		case no:
			return otherwise.test(r)
		default:
			return o
		}
	})
}
