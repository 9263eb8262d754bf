package expression

// node is a translated part of an expression: what reads its value, or its outcome
// where it is a condition. Both need no memory but that of their closures.
type node struct {
	read func(*Record) value
	test func(*Record) outcome
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
	return node{test: test, slot: noSlot, read: func(r *Record) value { return test(r).value() }}
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

// all is the conjunction: one that is false decides it, also where another fails.
func all(terms []func(*Record) outcome) func(*Record) outcome {
	return func(r *Record) outcome {
		result := yes
		for _, term := range terms {
			switch o := term(r); o {
			case yes:
			case no, beyond:
				return o
			default:
				if result == yes {
					result = o
				}
			}
		}
		return result
	}
}

// some is the disjunction: one that is true decides it, also where another fails.
func some(terms []func(*Record) outcome) func(*Record) outcome {
	return func(r *Record) outcome {
		result := no
		for _, term := range terms {
			switch o := term(r); o {
			case no:
			case yes, beyond:
				return o
			default:
				if result == no {
					result = o
				}
			}
		}
		return result
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
	if then.test != nil && otherwise.test != nil {
		n.test = func(r *Record) outcome {
			switch o := condition(r); o {
			case yes:
				return then.test(r)
			case no:
				return otherwise.test(r)
			default:
				return o
			}
		}
	}
	return n
}
