package learning

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/definition"
)

// observations draws some, with contexts of a layout.
func observations(t *rapid.T, l *Layout) []Observation {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Observation {
		o := Observation{
			Offer:     "offer-" + strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "offer")),
			Presented: rapid.Int64Range(0, 3).Draw(t, "presented"),
			At:        noon.Add(time.Duration(rapid.Int64Range(0, 1_000).Draw(t, "minutes")) * time.Minute),
		}
		o.Accepted = rapid.Int64Range(0, o.Presented).Draw(t, "accepted")
		l.Context(&o.Context, profile(t), noon)
		return o
	}), 0, 40).Draw(t, "observations")
}

func profile(t *rapid.T) map[string]any {
	values := map[string]*rapid.Generator[any]{
		"job":       rapid.Map(rapid.SampledFrom([]string{"", "nurse", "clerk", "smith"}), func(s string) any { return s }),
		"age":       rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		"balance":   rapid.Map(rapid.Float64(), func(n float64) any { return n }),
		"member":    rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		"since":     rapid.Map(rapid.Int64Range(-62135596800, 253402300799), func(n int64) any { return time.Unix(n, 0).UTC() }),
		"interests": rapid.Map(rapid.SliceOfN(rapid.String(), 0, 12), func(s []string) any { return s }),
	}
	p := map[string]any{}
	for _, name := range attributeNames {
		if rapid.Bool().Draw(t, "knows "+name) {
			p[name] = values[name].Draw(t, name)
		}
	}
	return p
}

var attributeNames = []string{"age", "balance", "interests", "job", "member", "since"}

func layouts(t *rapid.T, halfLife bool) *Layout {
	span := time.Duration(0)
	if halfLife {
		span = time.Duration(rapid.Int64Range(1, 10_000).Draw(t, "half-life")) * time.Minute
	}
	d := model(rapid.SampledFrom(algorithms).Draw(t, "algorithm"), span)
	d.Attributes = rapid.SliceOfNDistinct(rapid.SampledFrom(attributeNames), 0, 6, rapid.ID).Draw(t, "attributes")
	return NewLayout(d, declared)
}

func sumUp(t require.TestingT, l *Layout, all []Observation, parts int, part func() int) *Statistics {
	servers := make([]*Statistics, parts)
	for i := range servers {
		servers[i] = NewStatistics(l.Shape())
	}
	for _, o := range all {
		servers[part()].Add(o)
	}
	sum := NewStatistics(l.Shape())
	for _, s := range servers {
		require.NoError(t, sum.Merge(s))
	}
	return sum
}

func TestStatisticsWithoutHalfLifeAreTheSameWhoeverSumsThemUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := layouts(t, false)
		all := observations(t, l)
		alone := sumUp(t, l, all, 1, func() int { return 0 })
		parts := rapid.IntRange(1, 5).Draw(t, "servers")
		shuffled := rapid.Permutation(all).Draw(t, "order")
		together := sumUp(t, l, shuffled, parts, func() int { return rapid.IntRange(0, parts-1).Draw(t, "server") })
		require.Equal(t, alone.Rows(), together.Rows())
		require.Equal(t, snapshotOf(l, alone), snapshotOf(l, together), "bit for bit")
	})
}

func snapshotOf(l *Layout, s *Statistics) *Snapshot {
	return NewSnapshot(l, s, []Offer{{Code: "offer-0"}, {Code: "offer-2"}, {Code: "offer-7"}}, noon.Add(20*time.Hour))
}

func TestStatisticsWithAHalfLifeAreTheSameButForRounding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := layouts(t, true)
		all := observations(t, l)
		parts := rapid.IntRange(1, 5).Draw(t, "servers")
		shuffled := rapid.Permutation(all).Draw(t, "order")
		together := sumUp(t, l, shuffled, parts, func() int { return rapid.IntRange(0, parts-1).Draw(t, "server") })

		// What the sums are by their definition, as of the last observation of each.
		type sums struct{ presentations, weight, accepted float64 }
		expected := map[string]sums{}
		for _, row := range together.Rows() {
			if row.Cell != Whole {
				continue
			}
			var sum sums
			for _, o := range all {
				if o.Offer == row.Offer {
					weight := math.Exp2(-row.At.Sub(o.At).Minutes() / l.Shape().HalfLife.Minutes())
					sum.presentations += float64(o.Presented)
					sum.weight += weight * float64(o.Presented)
					sum.accepted += weight * float64(o.Accepted)
				}
			}
			expected[row.Offer] = sum
			require.InDelta(t, sum.presentations, row.Presentations, 0)
			require.InDelta(t, sum.weight, row.Weight, 1e-9*(1+sum.weight))
			require.InDelta(t, sum.accepted, row.Accepted, 1e-9*(1+sum.weight))
		}
		for _, o := range all {
			require.Contains(t, expected, o.Offer)
		}

		alone, merged := snapshotOf(l, sumUp(t, l, all, 1, func() int { return 0 })), snapshotOf(l, together)
		for range 5 {
			var c Context
			l.Context(&c, profile(t), noon)
			for o := range alone.Offers() {
				require.InDelta(t, alone.Mean(&c, o), merged.Mean(&c, o), 1e-7)
			}
		}
	})
}

func TestStatisticsSurviveJSONAndRowsOfADatabase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := layouts(t, rapid.Bool().Draw(t, "with half-life"))
		s := sumUp(t, l, observations(t, l), 1, func() int { return 0 })
		text, err := json.Marshal(s)
		require.NoError(t, err)
		var read Statistics
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, s.Shape(), read.Shape())
		require.Equal(t, s.Rows(), read.Rows())

		rows := NewStatistics(l.Shape())
		for _, r := range s.Rows() {
			r.Moments = slices.Clone(r.Moments)
			require.True(t, rows.Put(r))
		}
		require.Equal(t, s.Rows(), rows.Rows())
		for _, r := range s.Rows() {
			require.True(t, rows.Replace(r))
		}
		require.Equal(t, s.Rows(), rows.Rows(), "a row replaces what was there")
	})
}

func TestStatisticsOfAnotherModelAreNotMerged(t *testing.T) {
	t.Parallel()
	cells, linear := NewLayout(model(definition.BetaBernoulli, 0, "job"), declared), NewLayout(model(definition.Linear, 0, "job"), declared)
	require.ErrorContains(t, NewStatistics(cells.Shape()).Merge(NewStatistics(linear.Shape())), "cannot be added")
	older := NewLayout(model(definition.BetaBernoulli, time.Hour, "job"), declared)
	require.NoError(t, NewStatistics(cells.Shape()).Merge(NewStatistics(older.Shape())), "the half-life may change")
}

func TestRowsThatNoSumCanBeAreRefused(t *testing.T) {
	t.Parallel()
	s := NewStatistics(Shape{Key: "k", Features: 2})
	for name, row := range map[string]Row{
		"not a number":  {Cell: Whole, Weight: math.NaN()},
		"infinite":      {Cell: Whole, Presentations: math.Inf(1)},
		"negative":      {Cell: Whole, Accepted: -1},
		"too large":     {Cell: Whole, Weight: 1e16},
		"no cell":       {Cell: Cells},
		"broken moment": {Cell: Whole, Moments: []float64{1, 0, math.NaN(), 0, 0}},
		"wrong moments": {Cell: Whole, Moments: []float64{1}},
	} {
		require.False(t, s.Put(row), name)
		require.False(t, s.Replace(row), name)
	}
	require.Empty(t, s.Rows())
	var read Statistics
	require.ErrorContains(t, json.Unmarshal([]byte(`{"key":"k","rows":[{"offer":"a","cell":-1,"weight":-3,"accepted":0}]}`), &read), "rows[0]")
	require.Error(t, json.Unmarshal([]byte(`{"key":"k","features":65,"rows":[]}`), &read))
}
