package learning

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/definition"
)

func TestNumbersFallIntoHalfOctaves(t *testing.T) {
	t.Parallel()
	of := func(x float64) int { return halfOctave(x) - halfOctave(1) }
	for edge, numbers := range map[int][]float64{
		-2: {0.5, 0.7}, -1: {0.71, 0.99}, 0: {1, 1.41}, 1: {1.42, 1.99}, 2: {2, 2.82}, 3: {2.83, 3.99},
		8: {16, 22.6}, 9: {22.7, 31.9}, 10: {32, 45.2}, 11: {45.3, 63.9}, 12: {64, 90.5},
	} {
		for _, x := range numbers {
			require.Equal(t, edge, of(x), "%v", x)
			require.Equal(t, -halfOctave(x), halfOctave(-x))
		}
	}
	require.Zero(t, halfOctave(0))
	require.Equal(t, halfOctave(math.Inf(1)), halfOctave(math.MaxFloat64))
	require.Equal(t, halfOctave(1e-30), halfOctave(math.SmallestNonzeroFloat64))
	require.NotZero(t, halfOctave(math.SmallestNonzeroFloat64))
}

func TestContextsTellValuesApartByTheirBuckets(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			see := func(attribute string, value any) Context {
				var c Context
				NewLayout(model(algorithm, 0, attribute), declared).Context(&c, map[string]any{attribute: value}, noon)
				return c
			}
			require.Equal(t, see("age", int64(33)), see("age", int64(44)))
			require.NotEqual(t, see("age", int64(33)), see("age", int64(46)))
			require.NotEqual(t, see("age", int64(33)), see("age", nil))
			require.NotEqual(t, see("age", int64(0)), see("age", nil))
			require.NotEqual(t, see("balance", -5.0), see("balance", 5.0))
			require.NotEqual(t, see("job", "nurse"), see("job", "clerk"))
			require.NotEqual(t, see("job", ""), see("job", nil))
			require.Equal(t, see("member", nil), see("member", false), "the default stands in")
			require.NotEqual(t, see("member", true), see("member", false))
			require.Equal(t, see("since", noon.AddDate(0, 0, -17)), see("since", noon.AddDate(0, 0, -22)))
			require.NotEqual(t, see("since", noon.AddDate(0, 0, -17)), see("since", noon.AddDate(0, 0, 17)))
			require.NotEqual(t, see("interests", []string{"golf"}), see("interests", []string{"golf", "chess"}))
		})
	}
}

func TestCellsDoNotDependOnTheOrderOfAList(t *testing.T) {
	t.Parallel()
	l := NewLayout(model(definition.BetaBernoulli, 0, "interests"), declared)
	var a, b Context
	l.Context(&a, map[string]any{"interests": []string{"golf", "chess"}}, noon)
	l.Context(&b, map[string]any{"interests": []string{"chess", "golf"}}, noon)
	require.Equal(t, a, b)
}

func TestFeaturesAreBoundedHoweverManyAttributesThereAre(t *testing.T) {
	t.Parallel()
	for n := range 21 {
		for _, kind := range definition.ValueTypes {
			d, attributes := model(definition.Linear, 0), []definition.Attribute{}
			for i := range n {
				name := "a" + strconv.Itoa(i)
				d.Attributes = append(d.Attributes, name)
				if i == 0 && n > 1 {
					attributes = append(attributes, definition.Attribute{Name: name, Type: definition.Text})
				} else {
					attributes = append(attributes, definition.Attribute{Name: name, Type: kind})
				}
			}
			l := NewLayout(d, attributes)
			require.LessOrEqual(t, l.Shape().Features, MaxFeatures)
			profile := map[string]any{}
			for i, a := range attributes {
				profile[a.Name], _ = kind.Convert(map[definition.ValueType]any{
					definition.Text: "x" + strconv.Itoa(i), definition.Whole: int64(-i), definition.Number: 1e300, definition.Boolean: true,
					definition.Timestamp: noon, definition.Texts: strings.Split("a b c d e f g h i j", " "),
				}[kind])
			}
			var c Context
			l.Context(&c, profile, noon)
			square := 0.0
			for _, f := range c.Features {
				require.Less(t, f.Index, l.Shape().Features)
				require.LessOrEqual(t, math.Abs(f.number()), 1.0)
				square += f.number() * f.number()
			}
			require.LessOrEqual(t, square, float64(1+2*n))
		}
	}
}

func TestKeysChangeWithWhatStatisticsDependOn(t *testing.T) {
	t.Parallel()
	key := func(d definition.LearningModel) string { return NewLayout(d, declared).Shape().Key }
	base := key(model(definition.BetaBernoulli, 0, "job", "age"))
	changed := model(definition.BetaBernoulli, time.Hour, "job", "age")
	changed.Exploration, changed.MinimumPresentations = 0.1, 10
	require.Equal(t, base, key(changed))
	require.NotEqual(t, base, key(model(definition.BetaBernoulli, 0, "job")))
	require.NotEqual(t, base, key(model(definition.BetaBernoulli, 0, "age", "job")))
	require.NotEqual(t, base, key(model(definition.Linear, 0, "job", "age")))
	retyped := []definition.Attribute{{Name: "job", Type: definition.Text}, {Name: "age", Type: definition.Text}}
	require.NotEqual(t, base, NewLayout(model(definition.BetaBernoulli, 0, "job", "age"), retyped).Shape().Key)
}

func TestTracesSurviveTheirText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := layouts(t, rapid.Bool().Draw(t, "with half-life"))
		trace := Trace{Shape: l.Shape()}
		l.Context(&trace.Context, profile(t), noon)
		text := trace.String()
		require.LessOrEqual(t, len(text), MaxTrace)
		read, err := ParseTrace(text)
		require.NoError(t, err)
		require.Equal(t, trace, read)
	})
}

func FuzzTrace(f *testing.F) {
	for _, text := range []string{"beta-bernoulli-9c1f 0 c812", "linear-77ab 86400000000 f49 0=1024,3=768,17=768", "k 1 f1 0=-1024",
		"", "k", "k 0 c16384", "k -1 c1", "k 0 f65 0=1", "k 0 f2 2=1", "k 0 f2 0=2000", "k 0 c1 x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := ParseTrace(text)
		if err != nil {
			require.Zero(t, trace)
			return
		}
		s := NewStatistics(trace.Shape)
		s.Add(Observation{Offer: "a", Context: trace.Context, Presented: 1, Accepted: 1, At: noon})
		for _, r := range s.Rows() {
			require.True(t, r.sound(trace.Shape.Features))
		}
		again, err := ParseTrace(trace.String())
		require.NoError(t, err)
		require.Equal(t, trace, again)
	})
}
