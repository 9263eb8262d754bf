package learning

import (
	"time"
)

// Context is what a model sees of a visitor.
type Context struct {
	// Cell is the visitor's, of a model with cells.
	Cell uint32
	// Features of a linear model that are not 0; one may come twice, then they add
	// up.
	Features []Feature
}

// Feature is one feature. Values are whole 1024ths, so that sums of products are
// exact, in whatever order they are added.
type Feature struct {
	Index int
	Value int
}

// one is the value 1 of a feature, part that of each of the two of a text.
const (
	one  = 1024
	part = 768
)

func (f Feature) number() float64 { return float64(f.Value) / one }

// maxElements bounds the texts of a list that count.
const maxElements = 8

// Context reads a profile: values as definition.ValueType.Convert gives them, nil
// or none for what is not known, where the default of the declaration stands in.
// It overwrites c and uses its memory again.
func (l *Layout) Context(c *Context, profile map[string]any, now time.Time) {
	l.ContextOf(c, fromMap(profile), now)
}

// Getter has named values; nil stands for none.
type Getter interface {
	Get(name string) any
}

type fromMap map[string]any

func (m fromMap) Get(name string) any { return m[name] }

// ContextOf is Context for a profile that is no map.
func (l *Layout) ContextOf(c *Context, profile Getter, now time.Time) {
	c.Cell, c.Features = 0, c.Features[:0]
	if l.shape.Features > 0 {
		c.Features = append(c.Features, Feature{0, one})
	}
	cell := uint64(len(l.columns))
	for i := range l.columns {
		column := &l.columns[i]
		value := profile.Get(column.name)
		if value == nil {
			value = column.standing
		}
		if l.shape.Features > 0 {
			column.add(c, value, now)
		} else {
			cell = mix(cell*golden + token(value, now))
		}
	}
	if l.shape.Features == 0 {
		c.Cell = uint32(cell % Cells)
	}
}

func (l *column) add(c *Context, value any, now time.Time) {
	switch v := value.(type) {
	case string:
		l.text(c, v, part)
	case []string:
		n := min(len(v), maxElements)
		for _, text := range v[:n] {
			l.text(c, text, part/n)
		}
	case bool:
		at := l.first
		if v {
			at++
		}
		c.Features = append(c.Features, Feature{at, one})
	default:
		if n, ok := number(value, now); ok {
			l.number(c, halfOctave(n))
		}
	}
}

// text sets two different features of the attribute.
func (l *column) text(c *Context, text string, value int) {
	h, n := hash(2, text), uint64(l.features)
	first := h % n
	second := (first + 1 + h>>32%(n-1)) % n
	c.Features = append(c.Features, Feature{l.first + int(first), value}, Feature{l.first + int(second), value}) //nolint:gosec // below 64
}

// number sets the feature of the half octave, and one that grows with it.
func (l *column) number(c *Context, half int) {
	n := l.features - 1
	at := (half%n + n) % n
	c.Features = append(c.Features, Feature{l.first + at, one})
	if half != 0 {
		c.Features = append(c.Features, Feature{l.first + n, half * one / (maxHalf - minHalf + 1)})
	}
}
