package decision

import "math/bits"

// Rules are kept in sets of bits by their place in a table, a word for 64 places.
const wordBits = 64

func words(places int) int { return (places + wordBits - 1) / wordBits }

// column says which rules of a table allow which numbers: of a zone, of a segment,
// or of a value of the profile. A rule that requires nothing of it is not bound and
// allows every number.
type column struct {
	bound []uint64
	// allowing are the bound rules that allow a number, by number from 1; 0 is of
	// what no rule allows.
	allowing []set
}

// set is a set of places: all words, or where most would be empty those that are
// not, in order.
type set struct {
	all   []uint64
	cells []cell
}

type cell struct {
	word int32
	bits uint64
}

func newColumn(places, numbers int) column {
	return column{bound: make([]uint64, words(places)), allowing: make([]set, numbers+1)}
}

// bind notes the numbers that a rule allows, none at all if need be. Places come in
// order.
func (c *column) bind(place int, numbers []int32) {
	c.bound[place/wordBits] |= 1 << (place % wordBits)
	for _, n := range numbers {
		c.allowing[n].add(place)
	}
}

func (s *set) add(place int) {
	word, bit := int32(place/wordBits), uint64(1)<<(place%wordBits) //nolint:gosec // places are counted by int32
	if last := len(s.cells) - 1; last >= 0 && s.cells[last].word == word {
		s.cells[last].bits |= bit
		return
	}
	s.cells = append(s.cells, cell{word: word, bits: bit})
}

// finish spreads sets out that take no more memory so.
func (c *column) finish() {
	for i := range c.allowing {
		s := &c.allowing[i]
		if 2*len(s.cells) < len(c.bound) {
			continue
		}
		s.all = make([]uint64, len(c.bound))
		for _, cell := range s.cells {
			s.all[cell.word] = cell.bits
		}
		s.cells = nil
	}
}

// count is how many rules a column binds.
func (c *column) count() (n int) {
	for _, word := range c.bound {
		n += bits.OnesCount64(word)
	}
	return n
}

// cursor reads a set from its first word to its last.
type cursor struct {
	*set
	next int // of the cells
}

// at is a word of the set; words are asked for in order.
func (c *cursor) at(word int) uint64 {
	if c.all != nil {
		return c.all[word]
	}
	for c.next < len(c.cells) && int(c.cells[c.next].word) < word {
		c.next++
	}
	if c.next < len(c.cells) && int(c.cells[c.next].word) == word {
		return c.cells[c.next].bits
	}
	return 0
}
