package segment_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
)

type box = definition.Box

func compile(t require.TestingT, boxes ...box) (*segment.Flowchart, *scope.Level, error) {
	f := definition.Flowchart{Boxes: boxes}
	s, err := scope.New(scope.Definitions{
		AudienceLevels: map[string]definition.AudienceLevel{"customer": {
			Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}, {Name: "region", Type: definition.Text}},
		}},
		Flowcharts: map[string]definition.Flowchart{"value": f},
	})
	require.NoError(t, err)
	level, ok := s.Level("customer")
	require.True(t, ok)
	compiled, err := segment.Compile(level, "value", f)
	return compiled, level, err
}

// value is a flowchart with a box of every type.
func value() []box {
	return []box{
		{Name: "in", Type: definition.BoxInteraction, Next: []string{"adults", "all"}},
		{Name: "all", Type: definition.BoxSegment, Segment: "everybody"},
		{Name: "again", Type: definition.BoxSegment, Segment: "everybody"},
		{Name: "where", Type: definition.BoxDecision, Branches: []definition.Branch{
			{Name: "north", When: `profile.region == "north"`, Next: []string{"northern"}},
			{Name: "old", When: `derived.decade >= 6`, Next: []string{"elder", "again"}},
		}, Otherwise: []string{"rest"}},
		{Name: "adults", Type: definition.BoxSelect, When: "derived.decade >= 2", Next: []string{"note", "where"},
			Derive: []definition.DerivedField{
				{Name: "decade", Type: definition.Whole, Expression: "profile.age / 10"},
				{Name: "double", Type: definition.Whole, Expression: "derived.decade * 2"},
			}},
		{Name: "note", Type: definition.BoxSnapshot, Attributes: []string{"age", "region"}},
		{Name: "northern", Type: definition.BoxSegment, Segment: "north"},
		{Name: "elder", Type: definition.BoxSegment, Segment: "elder"},
		{Name: "rest", Type: definition.BoxSegment, Segment: "rest"},
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		profile  map[string]any
		visited  []string // with ! where the visitor did not pass
		segments []string
		derived  map[string]any
		failures []string
	}{
		{name: "ADecisionTakesTheFirstBranchThatHolds", profile: map[string]any{"age": int64(65), "region": "north"},
			visited: []string{"in", "all", "adults", "where/0", "note", "northern"}, segments: []string{"everybody", "north"},
			derived: map[string]any{"decade": int64(6), "double": int64(12)}},
		{name: "ASegmentIsEnteredOnce", profile: map[string]any{"age": int64(65), "region": "south"},
			visited: []string{"in", "all", "adults", "where/1", "again", "note", "elder"}, segments: []string{"everybody", "elder"},
			derived: map[string]any{"decade": int64(6), "double": int64(12)}},
		{name: "NoBranchLeadsToOtherwise", profile: map[string]any{"age": int64(25), "region": "south"},
			visited: []string{"in", "all", "adults", "where", "note", "rest"}, segments: []string{"everybody", "rest"},
			derived: map[string]any{"decade": int64(2), "double": int64(4)}},
		{name: "ASelectLetsNobodyPassWhoDoesNotFit", profile: map[string]any{"age": int64(15)},
			visited: []string{"in", "all", "adults!"}, segments: []string{"everybody"},
			derived: map[string]any{"decade": int64(1), "double": int64(2)}},
		{name: "WhatFailsIsKeptAndStopsNothing", profile: nil,
			visited: []string{"in", "all", "adults!"}, segments: []string{"everybody"},
			failures: []string{"adults derive[0].expression", "adults derive[1].expression", "adults when"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, level, err := compile(t, value()...)
			require.NoError(t, err)
			frame := level.NewFrame()
			frame.SetProfile(test.profile)
			result := f.Run(frame, "anna")
			require.Equal(t, test.visited, visited(f, result))
			require.Equal(t, test.segments, result.Segments)
			require.Equal(t, test.derived, result.Derived)
			var failures []string
			for _, failure := range result.Failures {
				require.NotEmpty(t, failure.Text)
				failures = append(failures, failure.Box+" "+failure.Path)
			}
			require.Equal(t, test.failures, failures)
			require.Equal(t, result, f.Run(frame, "anna"), "the frame holds nothing over from a run")
		})
	}
}

func visited(f *segment.Flowchart, r segment.Result) []string {
	var names []string
	for _, v := range r.Visits {
		name := f.Boxes()[v.Box]
		if v.Branch != segment.NoBranch {
			name += fmt.Sprintf("/%d", v.Branch)
		}
		if !v.Passed {
			name += "!"
		}
		names = append(names, name)
	}
	return names
}

func TestASnapshotRecordsWhatIsKnown(t *testing.T) {
	t.Parallel()
	f, level, err := compile(t, value()...)
	require.NoError(t, err)
	frame := level.NewFrame()
	frame.SetProfile(map[string]any{"age": int64(33)})
	require.Equal(t, []segment.Snapshot{{Box: "note", Values: map[string]any{"age": int64(33)}}}, f.Run(frame, "anna").Snapshots)
}

func TestADecisionThatFailsTriesNoLaterBranch(t *testing.T) {
	t.Parallel()
	f, level, err := compile(t,
		box{Name: "in", Type: definition.BoxInteraction, Next: []string{"choose"}},
		box{Name: "choose", Type: definition.BoxDecision, Otherwise: []string{"rest"}, Branches: []definition.Branch{
			{Name: "a", When: "profile.age > 60", Next: []string{"old"}}, {Name: "b", When: "true", Next: []string{"young"}}}},
		box{Name: "old", Type: definition.BoxSegment, Segment: "old"},
		box{Name: "young", Type: definition.BoxSegment, Segment: "young"},
		box{Name: "rest", Type: definition.BoxSegment, Segment: "rest"})
	require.NoError(t, err)
	result := f.Run(level.NewFrame(), "anna")
	require.Equal(t, []string{"rest"}, result.Segments)
	require.Equal(t, "branches[0].when", result.Failures[0].Path)
}

func TestCompileRefusesWhatCannotRun(t *testing.T) {
	t.Parallel()
	in := box{Name: "in", Type: definition.BoxInteraction, Next: []string{"a"}}
	tests := []struct {
		name  string
		boxes []box
		want  string
	}{
		{"ACycle", []box{in, {Name: "a", Type: definition.BoxSelect, Next: []string{"b"}}, {Name: "b", Type: definition.BoxSelect, Next: []string{"a"}}}, "flowcharts/value.boxes[1]"},
		{"AnUnknownBox", []box{in}, "flowcharts/value.boxes[0]"},
		{"NoEntry", []box{{Name: "a", Type: definition.BoxSelect}}, "flowcharts/value.boxes"},
		{"AnUnknownAttribute", []box{in, {Name: "a", Type: definition.BoxSelect, When: "profile.agee > 1"}}, "flowcharts/value.boxes[1].when"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := compile(t, test.boxes...)
			f, ok := fault.As(err)
			require.True(t, ok, err)
			require.Equal(t, test.want, f.Places[0].Path)
		})
	}
}

func TestBoxesThatNothingLeadsToAreNotVisited(t *testing.T) {
	t.Parallel()
	f, level, err := compile(t,
		box{Name: "lost", Type: definition.BoxSegment, Segment: "lost"},
		box{Name: "in", Type: definition.BoxInteraction, Next: []string{"found"}},
		box{Name: "found", Type: definition.BoxSegment, Segment: "found"})
	require.NoError(t, err)
	require.Equal(t, []string{"found"}, f.Run(level.NewFrame(), "x").Segments)
	require.Equal(t, []string{"found"}, f.Segments())
}

func TestPlaceIsAsDocumented(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed, key := rapid.String().Draw(t, "seed"), rapid.String().Draw(t, "key")
		fnv1a := fnv.New64a()
		fnv1a.Write([]byte(seed + "\x00" + key))
		h := fnv1a.Sum64()
		h = (h ^ h>>33) * 0xff51afd7ed558ccd
		h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
		h ^= h >> 33
		place := segment.Place(seed, key)
		require.InDelta(t, 100*float64(h>>11)/math.Pow(2, 53), place, 0)
		require.GreaterOrEqual(t, place, 0.0)
		require.Less(t, place, 100.0)
	})
	// These never change: visitors would change their samples.
	require.InDelta(t, 72.27064863403389, segment.Place("", ""), 1e-9)
	require.InDelta(t, 14.214882582094546, segment.Place("spring", "anna"), 1e-9)
}

func TestSamplesHaveTheirSharesAndAreIndependent(t *testing.T) {
	t.Parallel()
	branches := []definition.Branch{{Name: "a", Share: 20, Next: []string{"second"}}, {Name: "b", Share: 30, Next: []string{"second"}}}
	f, level, err := compile(t,
		box{Name: "in", Type: definition.BoxInteraction, Next: []string{"first"}},
		box{Name: "first", Type: definition.BoxSample, Branches: branches, Otherwise: []string{"second"}},
		box{Name: "second", Type: definition.BoxSample, Branches: []definition.Branch{{Name: "half", Share: 50}}})
	require.NoError(t, err)
	frame := level.NewFrame()
	const visitors = 100_000
	counts := map[string]float64{}
	for i := range visitors {
		r := f.Run(frame, fmt.Sprintf("customer-%d", i))
		counts[fmt.Sprintf("%d %d", r.Visits[1].Branch, r.Visits[2].Branch)] += 100.0 / visitors
	}
	for branches, share := range map[string]float64{"0 0": 10, "0 -1": 10, "1 0": 15, "1 -1": 15, "-1 0": 25, "-1 -1": 25} {
		// Five standard deviations.
		require.InDelta(t, share, counts[branches], 5*math.Sqrt(share*(100-share)/visitors), branches)
	}
}

func TestSharesThatMakeAHundredTakeEverybody(t *testing.T) {
	t.Parallel()
	var branches []definition.Branch
	for i := range 30 {
		branches = append(branches, definition.Branch{Name: fmt.Sprintf("b%d", i), Share: 100.0 / 30})
	}
	f, level, err := compile(t, box{Name: "in", Type: definition.BoxInteraction, Next: []string{"s"}}, box{Name: "s", Type: definition.BoxSample, Branches: branches})
	require.NoError(t, err)
	frame := level.NewFrame()
	for i := range 10_000 {
		require.NotEqual(t, segment.NoBranch, f.Run(frame, fmt.Sprint(i)).Visits[1].Branch)
	}
}

func BenchmarkRun(b *testing.B) {
	f, level, err := compile(b, value()...)
	require.NoError(b, err)
	frame := level.NewFrame()
	frame.SetProfile(map[string]any{"age": int64(65), "region": "south"})
	b.ReportAllocs()
	for b.Loop() {
		f.Run(frame, "anna")
	}
}
