package expression

// Numbering numbers keys from 1, so that an index compares numbers in place of
// values. The zero Numbering has none. After the last Add many goroutines may read
// it.
type Numbering struct {
	texts   map[string]int32
	doubles map[uint64]int32
	bools   [2]int32
	null    int32
	last    int32
}

// Add numbers a key, and gives the number that it has where it has one.
func (n *Numbering) Add(key Key) int32 {
	switch key.kind {
	case kindText:
		if n.texts == nil {
			n.texts = map[string]int32{}
		}
		if n.texts[key.text] == 0 {
			n.texts[key.text] = n.next()
		}
		return n.texts[key.text]
	case kindDouble:
		if n.doubles == nil {
			n.doubles = map[uint64]int32{}
		}
		if n.doubles[key.bits] == 0 {
			n.doubles[key.bits] = n.next()
		}
		return n.doubles[key.bits]
	case kindBool:
		if n.bools[key.bits] == 0 {
			n.bools[key.bits] = n.next()
		}
		return n.bools[key.bits]
	default:
		if n.null == 0 {
			n.null = n.next()
		}
		return n.null
	}
}

func (n *Numbering) next() int32 {
	n.last++
	return n.last
}

// Len is the number of keys, the highest number that there is.
func (n *Numbering) Len() int { return int(n.last) }

// Of is the number of a slot's value, 0 where its key was not added. It is not told
// where the value has no key.
func (n *Numbering) Of(r *Record, slot Slot) (number int32, told bool) {
	switch v := &r.slots[slot]; v.kind {
	case kindText:
		return n.texts[v.text], true
	case kindBool:
		return n.bools[v.bits], true
	default:
		key, ok := keyOf(*v)
		if !ok {
			return 0, false
		}
		if key.kind == kindDouble {
			return n.doubles[key.bits], true
		}
		return n.null, true
	}
}
