package scope_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func definitions() scope.Definitions {
	return scope.Definitions{
		AudienceLevels: map[string]definition.AudienceLevel{
			"individual": {
				Key: []definition.Attribute{{Name: "customer", Type: definition.Text}},
				Profile: []definition.Attribute{
					{Name: "age", Type: definition.Whole},
					{Name: "income", Type: definition.Number, Default: 100.0},
					{Name: "since", Type: definition.Timestamp},
					{Name: "tags", Type: definition.Texts},
				},
			},
			"household": {
				Key:     []definition.Attribute{{Name: "home", Type: definition.Whole}},
				Profile: []definition.Attribute{{Name: "size", Type: definition.Whole}},
			},
		},
		Macros: map[string]definition.Macro{
			"grown-up": {AudienceLevel: "individual", Type: definition.Boolean, Expression: "profile.age >= 18"},
			"rich":     {AudienceLevel: "individual", Type: definition.Boolean, Expression: "macro.grown_up && profile.income > 1000.0"},
			"broken":   {AudienceLevel: "individual", Type: definition.Whole, Expression: "1 / (profile.age - profile.age)"},
			"crowd":    {AudienceLevel: "household", Type: definition.Boolean, Expression: "profile.size > 4"},
		},
		OfferAttributes: map[string]definition.OfferAttribute{
			"annual-fee": {Type: definition.Number, Default: int64(5)},
			"headline":   {Type: definition.Text, Required: true},
		},
	}
}

func newScope(t testing.TB, d scope.Definitions) *scope.Scope {
	t.Helper()
	s, err := scope.New(d)
	require.NoError(t, err)
	return s
}

func individual(t testing.TB) *scope.Level {
	t.Helper()
	l, ok := newScope(t, definitions()).Level("individual")
	require.True(t, ok)
	return l
}

// visitor is a frame of a grown-up.
func visitor(l *scope.Level) *scope.Frame {
	f := l.NewFrame()
	f.SetProfile(map[string]any{"customer": "c1", "age": int64(30), "since": noon.AddDate(-1, 0, 0), "tags": []string{"vip"}, "unknown": 1})
	f.SetNow(noon)
	f.SetParameters(map[string]any{"source": "mail"})
	f.SetEvent(map[string]any{"amount": 12.5})
	f.SetSegments([]string{"high", "new"})
	f.SetScore(50)
	f.SetOffer(l.NewOffer("gold", map[string]any{"headline": "Take it"}))
	return f
}

func TestProgramsSeeWhatTheFrameHolds(t *testing.T) {
	t.Parallel()
	l := individual(t)
	tests := []struct {
		sees   definition.Sight
		give   string
		result definition.ValueType
		want   any
	}{
		{definition.SeesRule, "profile.age + 1", definition.Whole, int64(31)},
		{definition.SeesRule, "profile.customer", definition.Text, "c1"},
		{definition.SeesRule, "profile.income", definition.Number, 100.0},
		{definition.SeesRule, "profile.since < now", definition.Boolean, true},
		{definition.SeesRule, "profile.since", definition.Timestamp, noon.AddDate(-1, 0, 0)},
		{definition.SeesRule, "profile.tags", definition.Texts, []string{"vip"}},
		{definition.SeesRule, "'high' in segments", definition.Boolean, true},
		{definition.SeesRule, "offer.code + ' ' + offer.headline", definition.Text, "gold Take it"},
		{definition.SeesRule, "offer.annual_fee", definition.Number, 5.0},
		{definition.SeesRule, "parameters.source == 'mail'", definition.Boolean, true},
		{definition.SeesRule, "macro.grown_up", definition.Boolean, true},
		{definition.SeesRule, "macro.rich", definition.Boolean, false},
		{definition.SeesScore, "score + profile.age", definition.Number, 80.0},
		{definition.SeesScore, "50", definition.Number, 50.0},
		{definition.SeesAction, "event.amount * 2", definition.Number, 25.0},
		{definition.SeesHistory, "event.whatever", "", nil},
		{definition.SeesHistory, "offer.code", "", "gold"},
	}
	for _, test := range tests {
		p, err := l.Compile(definition.Expression{Sees: test.sees, Source: test.give, Result: test.result,
			Parameters: []definition.Attribute{{Name: "amount", Type: definition.Number}}})
		require.NoError(t, err, test.give)
		got, err := p.Value(visitor(l))
		if test.want == nil {
			require.ErrorContains(t, err, "no such key", test.give)
			continue
		}
		require.NoError(t, err, test.give)
		require.Equal(t, test.want, got, test.give)
	}
}

func TestCompileSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	l := individual(t)
	tests := []struct {
		name   string
		sees   definition.Sight
		give   string
		result definition.ValueType
		want   string
	}{
		{"MisspeltAttribute", definition.SeesRule, "true &&\n profile.agee > 3", definition.Boolean, "line 2, column 9: undefined field 'agee'"},
		{"OtherLevel", definition.SeesRule, "profile.size > 3", definition.Boolean, "line 1, column 8: undefined field 'size'"},
		{"OtherLevelsMacro", definition.SeesRule, "macro.crowd", definition.Boolean, "undefined field 'crowd'"},
		{"Type", definition.SeesRule, "profile.age", definition.Boolean, "line 1, column 1: the result is of type int, expected bool"},
		{"FractionForWhole", definition.SeesRule, "profile.income", definition.Whole, "the result is of type double, expected int"},
		{"ScoreInACondition", definition.SeesRule, "1.0 < score", definition.Boolean, "line 1, column 7: score cannot be read here; the variables are macro, now, offer, parameters, profile, segments"},
		{"SegmentsInAFlowchart", definition.SeesFlowchart, "'a' in segments", definition.Boolean, "segments cannot be read here"},
		{"OfferInAMacro", definition.SeesMacro, "offer.code", definition.Text, "offer cannot be read here; the variables are macro, now, profile"},
		{"EventInARule", definition.SeesRule, "event.amount > 1", definition.Boolean, "event cannot be read here"},
		{"UndeclaredParameter", definition.SeesAction, "event.amont > 1.0", definition.Boolean, "line 1, column 1: undefined field 'amont': the event declares no such parameter"},
		{"MacrosAsAWhole", definition.SeesRule, "macro == macro", definition.Boolean, "macro is read field by field: macro.name"},
		{"TooLong", definition.SeesRule, "'" + strings.Repeat("x", 1_000_000) + "' == ''", definition.Boolean, "size exceeds limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := l.Compile(definition.Expression{Sees: test.sees, Source: test.give, Result: test.result,
				Parameters: []definition.Attribute{{Name: "amount", Type: definition.Number}}})
			var broken *expression.SyntaxError
			require.ErrorAs(t, err, &broken)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestFramesCanBeUsedAgain(t *testing.T) {
	t.Parallel()
	l := individual(t)
	f := visitor(l)
	require.True(t, condition(t, l, "macro.grown_up", f))
	f.Reset()
	f.SetProfile(map[string]any{"age": int64(3)})
	require.False(t, condition(t, l, "macro.grown_up", f))
	require.True(t, condition(t, l, "!has(profile.customer) && profile.income == 100.0", f))
	require.Equal(t, int64(3), f.Attribute("age"))
	require.Nil(t, f.Attribute("customer"))
	require.False(t, f.SetAttribute("unknown", 1))
}

func program(t testing.TB, l *scope.Level, source string) *scope.Program {
	t.Helper()
	p, err := l.Compile(definition.Expression{Sees: definition.SeesRule, Source: source, Result: definition.Boolean})
	require.NoError(t, err)
	return p
}

func condition(t testing.TB, l *scope.Level, source string, f *scope.Frame) bool {
	t.Helper()
	holds, err := program(t, l, source).Bool(f)
	require.NoError(t, err)
	return holds
}

func TestRequiresIsOfTheProfileAlone(t *testing.T) {
	t.Parallel()
	l := individual(t)
	p := program(t, l, "profile.age == 30 && macro.grown_up == true && offer.code == 'gold'")
	require.Len(t, p.Requires(), 1)
	key, ok := visitor(l).Record().Key(p.Requires()[0].Slot)
	require.True(t, ok)
	require.Contains(t, p.Requires()[0].Keys, key)
	require.Equal(t, []string{"profile.age", "macro.grown_up", "offer.code"}, p.Reads())
}

func TestConstant(t *testing.T) {
	t.Parallel()
	l := individual(t)
	constant, ok := program(t, l, "1 > 2").Constant()
	require.True(t, ok)
	require.Equal(t, false, constant)
	_, ok = program(t, l, "profile.age > 2").Constant()
	require.False(t, ok)
}

func flowchart(kind definition.ValueType, expr, when string) definition.Flowchart {
	return definition.Flowchart{Boxes: []definition.Box{
		{Name: "in", Type: definition.BoxInteraction, Next: []string{"a"}},
		{Name: "a", Type: definition.BoxSelect, When: when, Derive: []definition.DerivedField{{Name: "v", Type: kind, Expression: expr}}},
	}}
}

func TestFlowchartsDeriveFieldsOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := definitions()
	whole := flowchart(definition.Whole, "profile.age * 2", "derived.v > 50")
	text := flowchart(definition.Text, "profile.customer", "derived.v == 'c1'")
	d.Flowcharts = map[string]definition.Flowchart{"whole": whole, "text": text}
	l, _ := newScope(t, d).Level("individual")

	for value, f := range map[any]definition.Flowchart{int64(60): whole, "c1": text} {
		programs, places := l.CompileDocument(f, nil)
		require.Empty(t, places)
		frame := visitor(l)
		derived, err := programs.At("boxes[1].derive[0].expression").Value(frame)
		require.NoError(t, err)
		require.Equal(t, value, derived)
		frame.SetDerived("v", derived)
		holds, err := programs.At("boxes[1].when").Bool(frame)
		require.NoError(t, err)
		require.True(t, holds)
		frame.ClearDerived()
		holds, err = program(t, l, "profile.age == 30").Bool(frame)
		require.NoError(t, err)
		require.True(t, holds)
	}

	_, places := l.CompileDocument(flowchart(definition.Whole, "1", "derived.v == 'c1'"), nil)
	require.Len(t, places, 1, "each flowchart is checked with its own types")
	require.Contains(t, places[0].Message, "no matching overload")
	_, places = l.CompileDocument(flowchart(definition.Whole, "1", "derived.w > 3"), nil)
	require.Len(t, places, 1)

	other := flowchart(definition.Whole, "1", "derived.v > 3")
	other.Boxes[1].Derive[0].Name = "w"
	_, places = l.CompileDocument(other, nil)
	require.NotEmpty(t, places)
	require.Contains(t, places[0].Message, "undefined field 'v': no box of the flowchart derives it")
}

func TestCompileDocument(t *testing.T) {
	t.Parallel()
	l := individual(t)
	t.Run("NamesEveryPlace", func(t *testing.T) {
		t.Parallel()
		_, places := l.CompileDocument(definition.Strategy{Rules: []definition.TreatmentRule{
			{When: "profile.age > 3"}, {When: "profile.agee > 3", ScoreExpression: "'x'"},
			{Computed: map[string]string{"annual-fee": "'a'"}},
		}}, nil)
		require.Equal(t, []string{"rules[1].scoreExpression", "rules[1].when", "rules[2].computed.annual-fee"}, paths(places))
	})
	t.Run("FindsUnknownAttributes", func(t *testing.T) {
		t.Parallel()
		_, places := l.CompileDocument(definition.Flowchart{Boxes: []definition.Box{{Attributes: []string{"age", "shoe"}}}}, nil)
		require.Equal(t, []fault.Place{{Path: "boxes[0].attributes[1]", Message: "audience level individual has no attribute shoe in its profile"}}, places)
		_, places = l.CompileDocument(definition.LearningModel{Attributes: []string{"shoe"}}, nil)
		require.Equal(t, []string{"attributes[0]"}, paths(places))
	})
	t.Run("RefusesToSetTheKey", func(t *testing.T) {
		t.Parallel()
		_, places := l.CompileDocument(definition.Event{Actions: []definition.EventAction{
			{Set: map[string]string{"customer": "'x'", "income": "1", "shoe": "1", "age": "1.5"}}}}, nil)
		require.Equal(t, []string{"actions[0].set.age", "actions[0].set.customer", "actions[0].set.shoe"}, paths(places))
		require.Contains(t, places[1].Message, "customer is part of the key of audience level individual and cannot be set")
	})
	t.Run("KnowsTheParametersOfOtherEvents", func(t *testing.T) {
		t.Parallel()
		events := func(name string) ([]definition.Attribute, bool) {
			return []definition.Attribute{{Name: "amount", Type: definition.Number}}, name == "paid"
		}
		pattern := definition.EventPattern{Members: []definition.PatternMember{
			{Event: "paid", When: "event.amount > 3.0"}, {Event: "paid", When: "event.cost > 3.0"}, {Event: "gone", When: "event.cost > 3.0"}}}
		_, places := l.CompileDocument(pattern, events)
		require.Equal(t, []string{"members[1].when"}, paths(places))
	})
	t.Run("BoundsItsProblems", func(t *testing.T) {
		t.Parallel()
		var s definition.Strategy
		for i := range 1000 {
			s.Rules = append(s.Rules, definition.TreatmentRule{When: fmt.Sprint("nothing == ", i)})
		}
		_, places := l.CompileDocument(s, nil)
		require.LessOrEqual(t, len(places), definition.MaxProblems+2)
	})
}

func paths(places []fault.Place) []string {
	var all []string
	for _, p := range places {
		all = append(all, p.Path)
	}
	return all
}

func TestProgramsNameMacrosAndOfferAttributes(t *testing.T) {
	t.Parallel()
	programs, places := individual(t).CompileDocument(definition.Strategy{Rules: []definition.TreatmentRule{
		{When: "macro.grown_up && offer.annual_fee < 3.0 && offer.code != '' && macro.grown_up"}}}, nil)
	require.Empty(t, places)
	require.Equal(t, []definition.Mention{
		{Path: "rules[0].when", Reference: definition.Reference{Kind: definition.KindMacro, Name: "grown-up"}},
		{Path: "rules[0].when", Reference: definition.Reference{Kind: definition.KindOfferAttribute, Name: "annual-fee"}},
	}, programs.References())
}

func TestActionsCountAtTheLevelsThatHaveWhatTheyRead(t *testing.T) {
	t.Parallel()
	s := newScope(t, definitions())
	event := definition.Event{Actions: []definition.EventAction{
		{When: "profile.size > 2"}, {When: "profile.age > 2"}, {When: "profile.shoe > 2"}, {When: "true"}}}
	programs, places := s.Compile(event, []string{"individual", "household"}, nil)
	require.Equal(t, []string{"actions[2].when"}, paths(places))
	require.Nil(t, programs["individual"].At("actions[0].when"))
	require.NotNil(t, programs["household"].At("actions[0].when"))
	require.NotNil(t, programs["individual"].At("actions[1].when"))
	require.NotNil(t, programs["household"].At("actions[3].when"))
}

func TestCheckOffer(t *testing.T) {
	t.Parallel()
	s := newScope(t, definitions())
	require.Equal(t, []fault.Place{
		{Path: "attributes.annual-fee", Message: "expected a number"},
		{Path: "attributes.headline", Message: "every offer must name a value for headline"},
	}, s.CheckOffer(definition.Offer{Attributes: map[string]any{"annual-fee": "much"}}))
	require.Empty(t, s.CheckOffer(definition.Offer{Attributes: map[string]any{"annual-fee": int64(3)}, Computed: map[string]string{"headline": "'x'"}}))
}

func TestTheSameTextIsCompiledOnce(t *testing.T) {
	t.Parallel()
	l := individual(t)
	first := program(t, l, "profile.age > 3")
	require.Same(t, first, program(t, l, "profile.age > 3"))
	require.NotSame(t, program(t, l, "profile.age > 3"), program(t, l, "profile.age > 4"))
}

func TestProgramsAllocateNothing(t *testing.T) {
	l := individual(t)
	f := visitor(l)
	p := program(t, l, "profile.age > 18 && profile.income < 5000.0 && macro.grown_up && 'vip' in profile.tags")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if holds, err := p.Bool(f); err != nil || !holds {
			panic(errors.Join(err, errors.New("it does not hold")))
		}
	}))
}

func BenchmarkBool(b *testing.B) {
	l := individual(b)
	f := visitor(l)
	p := program(b, l, "profile.age > 18 && profile.income < 5000.0 && macro.grown_up && 'vip' in profile.tags")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Bool(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	d := definitions()
	for b.Loop() {
		if _, err := scope.New(d); err != nil {
			b.Fatal(err)
		}
	}
}
