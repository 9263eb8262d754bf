package learning

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/switchyard/switchyard/internal/duration"
)

// Trace is what has to be kept of a presentation to learn from it and from its
// acceptance, whenever that comes.
type Trace struct {
	Shape   Shape
	Context Context
}

// TraceColumn is the further column of a contact that has its trace: no history
// mapping can have one of that name.
const TraceColumn = "learning.trace"

// MaxTrace is the longest text of a trace, in bytes.
const MaxTrace = 4096

// String is its text: the key, the half-life in microseconds, and either c and the
// cell, or f, the number of features and those that are not 0:
//
//	beta-bernoulli-9c1f 0 c812
//	linear-77ab 86400000000 f49 0=1024,3=768,17=768
func (t Trace) String() string {
	b := make([]byte, 0, 64+8*len(t.Context.Features))
	b = append(b, t.Shape.Key...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, t.Shape.HalfLife.Microseconds(), 10)
	if t.Shape.Features == 0 {
		b = append(b, " c"...)
		return string(strconv.AppendUint(b, uint64(t.Context.Cell), 10))
	}
	b = append(b, " f"...)
	b = strconv.AppendInt(b, int64(t.Shape.Features), 10)
	for i, f := range t.Context.Features {
		separator := byte(',')
		if i == 0 {
			separator = ' '
		}
		b = append(b, separator)
		b = strconv.AppendInt(b, int64(f.Index), 10)
		b = append(b, '=')
		b = strconv.AppendInt(b, int64(f.Value), 10)
	}
	return string(b)
}

// ParseTrace reads what String writes.
func ParseTrace(text string) (Trace, error) {
	t, ok := parseTrace(text)
	if !ok {
		return Trace{}, fmt.Errorf("%.100q is not what a learning model saw of a visitor", text)
	}
	return t, nil
}

// maxHalfLife is in microseconds.
const maxHalfLife = int64(duration.Max / time.Microsecond)

func parseTrace(text string) (Trace, bool) {
	parts := strings.Split(text, " ")
	if len(text) > MaxTrace || len(parts) < 3 || parts[0] == "" {
		return Trace{}, false
	}
	micros, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || micros < 0 || micros > maxHalfLife {
		return Trace{}, false
	}
	t := Trace{Shape: Shape{Key: parts[0], HalfLife: time.Duration(micros) * time.Microsecond}}
	if cell, ok := strings.CutPrefix(parts[2], "c"); ok && len(parts) == 3 {
		n, err := strconv.ParseUint(cell, 10, 32)
		t.Context.Cell = uint32(n)
		return t, err == nil && n < Cells
	}
	features, ok := strings.CutPrefix(parts[2], "f")
	if !ok || len(parts) != 4 {
		return Trace{}, false
	}
	t.Shape.Features, err = strconv.Atoi(features)
	if err != nil || t.Shape.Features < 1 || t.Shape.Features > MaxFeatures {
		return Trace{}, false
	}
	for pair := range strings.SplitSeq(parts[3], ",") {
		index, value, _ := strings.Cut(pair, "=")
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= t.Shape.Features {
			return Trace{}, false
		}
		v, err := strconv.Atoi(value)
		if err != nil || v < -one || v > one {
			return Trace{}, false
		}
		t.Context.Features = append(t.Context.Features, Feature{i, v})
	}
	return t, true
}
