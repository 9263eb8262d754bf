package expression

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
	case kindNull:
		return Key{kind: kindNull}, true
	default:
		return Key{}, false
	}
}
