package learning

import (
	"strconv"
	"strings"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Bounds of what a model keeps of an offer.
const (
	// Cells is the number of cells.
	Cells = 1 << 14
	// MaxFeatures bounds the features of a linear model.
	MaxFeatures = 64
)

// Layout is a learning model as contexts are made for it. It is immutable.
type Layout struct {
	shape       Shape
	exploration float64
	minimum     int
	columns     []column
}

// Shape is what the form of statistics depends on. Statistics of different keys
// have nothing to do with each other.
type Shape struct {
	// Key names the algorithm, the attributes and their types.
	Key string
	// Features is the number of features of a linear model, 0 for cells.
	Features int
	// HalfLife is the age at which a presentation counts half; 0 for never. It may
	// change without making the statistics useless.
	HalfLife time.Duration
}

// column is an attribute.
type column struct {
	name     string
	kind     definition.ValueType
	standing any
	first    int // of its features
	features int
}

// maxOfColumn bounds the features of one attribute.
const maxOfColumn = 24

// NewLayout lays out a model over the attributes, key and profile, of its audience
// level. Those that the level does not declare are left out.
func NewLayout(d definition.LearningModel, declared []definition.Attribute) *Layout {
	l := &Layout{exploration: d.Exploration, minimum: d.MinimumPresentations}
	if d.HalfLife != nil {
		l.shape.HalfLife = time.Duration(*d.HalfLife)
	}
	for _, name := range d.Attributes {
		for _, a := range declared {
			if a.Name == name {
				standing, _ := a.Type.Convert(a.Default) // which the check of documents has converted
				l.columns = append(l.columns, column{name: name, kind: a.Type, standing: standing})
			}
		}
	}
	if d.Algorithm == definition.Linear {
		l.shape.Features = l.distribute()
	}
	l.shape.Key = l.key(d.Algorithm)
	return l
}

// distribute gives each attribute its features; the first of all is constant.
func (l *Layout) distribute() int {
	const yesOrNo = 2
	left, others := MaxFeatures-1, 0
	for _, c := range l.columns {
		if c.kind == definition.Boolean {
			left -= yesOrNo
		} else {
			others++
		}
	}
	next := 1
	for i := range l.columns {
		c := &l.columns[i]
		c.first, c.features = next, yesOrNo
		if c.kind != definition.Boolean {
			c.features = min(left/others, maxOfColumn)
		}
		next += c.features
	}
	return next
}

// key is short: it is a part of each row.
func (l *Layout) key(algorithm definition.LearningAlgorithm) string {
	var b strings.Builder
	for _, c := range l.columns {
		b.WriteString(c.name + " " + string(c.kind) + "\n")
	}
	return string(algorithm) + "-" + strconv.FormatUint(hash(1, b.String()), 16)
}

// Shape is that of its statistics.
func (l *Layout) Shape() Shape { return l.shape }
