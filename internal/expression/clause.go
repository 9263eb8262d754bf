package expression

// form says what a clause compares a slot with.
type form uint8

const (
	formGeneral form = iota
	formInt
	formDouble
	formText
	formBool
	formSet
	formListed
)

// clause is one condition of a conjunction. The forms that rules have most are
// data, which is read and compared without a call; for a slot whose value is of
// another type, and for all other conditions, there is general.
type clause struct {
	form    form
	related relation
	slot    Slot
	whole   int64
	number  float64
	text    string
	set     *set
	general func(*Record) outcome
}

func (c *clause) holds(r *Record) outcome {
	if c.form == formGeneral { // it has no slot, nor may the language
		return c.general(r)
	}
	switch v := &r.slots[c.slot]; c.form {
	case formInt:
		if v.kind == kindInt {
			return c.related.acceptsInts(int64(v.bits), c.whole)
		}
		if v.kind == kindDouble {
			return c.related.acceptsDoubles(v.double(), c.number)
		}
	case formDouble:
		if v.kind == kindDouble {
			return c.related.acceptsDoubles(v.double(), c.number)
		}
	case formText:
		if v.kind == kindText {
			return truth((v.text == c.text) == (c.related == isEqual))
		}
	case formBool:
		if v.kind == kindBool {
			return outcome(v.bits)
		}
	case formSet:
		if v.kind == kindText {
			return c.set.hasText(v.text)
		}
	case formListed:
		if list, ok := v.ref.([]string); ok && int64(len(list)) <= c.whole {
			for _, element := range list {
				if element == c.text {
					return yes
				}
			}
			return no
		}
	default: // was returned above
	}
	return c.general(r)
}

// compared is the clause of a slot beside a literal.
func compared(related relation, slot Slot, literal value, general func(*Record) outcome) clause {
	c := clause{related: related, slot: slot, general: general}
	switch literal.kind {
	case kindInt:
		c.form, c.whole, c.number = formInt, int64(literal.bits), literal.number()
	case kindDouble:
		c.form, c.number = formDouble, literal.double()
	case kindText:
		if related == isEqual || related == isLess|isGreater {
			c.form, c.text = formText, literal.text
		}
	default: // in general
	}
	return c
}

// all is the conjunction: one that is false decides it, also where another fails.
func all(clauses []clause) func(*Record) outcome {
	return func(r *Record) outcome {
		result := yes
		for i := range clauses {
			switch o := clauses[i].holds(r); o {
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
func some(clauses []clause) func(*Record) outcome {
	return func(r *Record) outcome {
		result := no
		for i := range clauses {
			switch o := clauses[i].holds(r); o {
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
