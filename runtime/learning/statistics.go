package learning

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Statistics are what a model has learned: sums by offer and cell. They belong to
// one goroutine at a time.
type Statistics struct {
	shape Shape
	rows  map[place]*Row
}

type place struct {
	offer string
	cell  int
}

// NewStatistics returns statistics of nothing.
func NewStatistics(shape Shape) *Statistics {
	return &Statistics{shape: shape, rows: map[place]*Row{}}
}

// Observation are presentations of an offer to visitors of one context, and
// acceptances.
type Observation struct {
	Offer   string
	Context Context
	// Presented and Accepted are counts. An acceptance may be told of later than its
	// presentation.
	Presented, Accepted int64
	// At is when it was presented, for an acceptance too.
	At time.Time
}

// Add adds an observation. One whose context is of another shape counts for the
// offer only.
func (s *Statistics) Add(o Observation) {
	n, a := float64(max(o.Presented, 0)), float64(max(o.Accepted, 0))
	whole := Row{Offer: o.Offer, Cell: Whole, Presentations: n, Weight: n, Accepted: a, At: o.At}
	if s.shape.Features == 0 {
		s.put(&whole)
		s.put(&Row{Offer: o.Offer, Cell: int(o.Context.Cell % Cells), Weight: n, Accepted: a, At: o.At})
		return
	}
	row := s.row(place{o.Offer, Whole})
	row.merge(&whole, s.shape.HalfLife)
	if row.Moments == nil {
		row.Moments = make([]float64, moments(s.shape.Features))
	}
	row.observe(o.Context.Features, n, a, aged(o.At, row.At, s.shape.HalfLife), s.shape.Features)
}

// observe adds x·xᵀ and the rewards.
func (r *Row) observe(x []Feature, presented, accepted, factor float64, features int) {
	square, rewards := r.Moments[:triangle(features)], r.Moments[triangle(features):]
	for _, f := range x {
		if f.Index < 0 || f.Index >= features {
			continue
		}
		rewards[f.Index] += f.number() * accepted * factor
		for _, g := range x {
			// Of two different features once, of one that comes twice each time.
			if g.Index >= 0 && g.Index <= f.Index {
				square[triangle(f.Index)+g.Index] += f.number() * g.number() * presented * factor
			}
		}
	}
}

// row finds a row, or makes it.
func (s *Statistics) row(at place) *Row {
	row := s.rows[at]
	if row == nil {
		row = &Row{Offer: at.offer, Cell: at.cell}
		s.rows[at] = row
	}
	return row
}

func (s *Statistics) put(r *Row) { s.row(place{r.Offer, r.Cell}).merge(r, s.shape.HalfLife) }

// Merge adds other statistics, of the same key.
func (s *Statistics) Merge(other *Statistics) error {
	if s.shape.Key != other.shape.Key || s.shape.Features != other.shape.Features {
		return fmt.Errorf("statistics of %s cannot be added to those of %s", other.shape.Key, s.shape.Key)
	}
	for _, r := range other.rows {
		s.put(r)
	}
	return nil
}

// Put adds a row; false where it has anything that no sum can be, and is left out.
func (s *Statistics) Put(r Row) bool {
	if !r.sound(s.shape.Features) {
		return false
	}
	s.put(&r)
	return true
}

// Replace puts a row in the place of what was there.
func (s *Statistics) Replace(r Row) bool {
	if !r.sound(s.shape.Features) {
		return false
	}
	delete(s.rows, place{r.Offer, r.Cell})
	s.put(&r)
	return true
}

// Rows are the rows by offer and cell. Their moments are those of the statistics.
func (s *Statistics) Rows() []Row {
	rows := make([]Row, 0, len(s.rows))
	for _, r := range s.rows {
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Or(cmp.Compare(a.Offer, b.Offer), cmp.Compare(a.Cell, b.Cell)) })
	return rows
}

// Shape is that of the statistics.
func (s *Statistics) Shape() Shape { return s.shape }

// written is the JSON of statistics.
type written struct {
	Key      string `json:"key"`
	Features int    `json:"features,omitempty"`
	HalfLife int64  `json:"halfLifeMicroseconds,omitempty"`
	Rows     []Row  `json:"rows"`
}

// MarshalJSON implements json.Marshaler.
func (s *Statistics) MarshalJSON() ([]byte, error) {
	return json.Marshal(written{Key: s.shape.Key, Features: s.shape.Features, HalfLife: s.shape.HalfLife.Microseconds(), Rows: s.Rows()})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Statistics) UnmarshalJSON(data []byte) error {
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.Features < 0 || w.Features > MaxFeatures || w.HalfLife < 0 || w.HalfLife > maxHalfLife {
		return fmt.Errorf("statistics of %d features with a half-life of %d microseconds", w.Features, w.HalfLife)
	}
	*s = *NewStatistics(Shape{Key: w.Key, Features: w.Features, HalfLife: time.Duration(w.HalfLife) * time.Microsecond})
	for i, r := range w.Rows {
		if !s.Put(r) {
			return fmt.Errorf("rows[%d]: offer %.60q, cell %d: sums that nothing can have", i, r.Offer, r.Cell)
		}
	}
	return nil
}
