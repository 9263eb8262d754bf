package expression_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/expression"
)

func slotOf(t testing.TB, l *expression.Language, name string) expression.Slot {
	t.Helper()
	slot, ok := l.Slot(name)
	require.True(t, ok, name)
	return slot
}

func TestSlot(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	require.NotEqual(t, slotOf(t, l, "profile.age"), slotOf(t, l, "parameters.count"))
	for _, name := range []string{"profile", "profile.agee", "age", "", "profile.more.a"} {
		_, ok := l.Slot(name)
		require.False(t, ok, name)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	holds := func(r *expression.Record, source string) bool {
		p, err := l.Compile(source, expression.Bool)
		require.NoError(t, err)
		require.True(t, p.Fast())
		ok, err := p.Bool(r)
		require.NoError(t, err)
		return ok
	}
	t.Run("KeepsWhatWasSet", func(t *testing.T) {
		t.Parallel()
		r := l.NewRecord()
		r.SetInt(slotOf(t, l, "profile.age"), 42)
		r.SetDouble(slotOf(t, l, "profile.balance"), 2.5)
		r.SetText(slotOf(t, l, "profile.city"), "Porto")
		r.SetBool(slotOf(t, l, "profile.vip"), true)
		r.SetTime(slotOf(t, l, "profile.since"), noon)
		r.SetTexts(slotOf(t, l, "profile.tags"), []string{"vip"})
		r.Set(slotOf(t, l, "profile.more"), map[string]any{"a": 1})
		require.True(t, holds(r, `profile.age == 42 && profile.balance == 2.5 && profile.city == "Porto" && profile.vip &&
			profile.since == timestamp("2026-03-02T12:00:00Z") && "vip" in profile.tags && profile.more.a == 1`))

		copied := r.Clone()
		r.Unset(slotOf(t, l, "profile.age"))
		require.True(t, holds(r, `dyn(profile.age) == null && !has(profile.age) && has(profile.city)`))
		r.Reset()
		require.True(t, holds(r, `dyn(profile.city) == null`))
		require.True(t, holds(copied, `profile.age == 42 && profile.city == "Porto"`))
	})
	t.Run("IsAScopeOfOtherLanguagesToo", func(t *testing.T) {
		t.Parallel()
		r := l.NewRecord()
		r.SetInt(slotOf(t, l, "profile.age"), 42)
		r.SetTime(slotOf(t, l, "profile.since"), noon.In(time.FixedZone("", 3600)))
		r.Set(slotOf(t, l, "score"), 7)
		p, err := profileLanguage(t).Compile(`{"age": profile.age, "since": profile.since, "score": score}`, expression.Any)
		require.NoError(t, err)
		got, err := p.Value(r)
		require.NoError(t, err)
		require.Equal(t, map[string]any{"age": int64(42), "since": "2026-03-02T12:00:00Z", "score": int64(7)}, got)
	})
	t.Run("MayHaveNoSlots", func(t *testing.T) {
		t.Parallel()
		l, err := expression.New()
		require.NoError(t, err)
		p, err := l.Compile("1 / 0 > 2 || 2 % 0 > 1 || 1 in [3 / 0]", expression.Bool)
		require.NoError(t, err)
		require.True(t, p.Fast())
		_, err = p.Bool(l.NewRecord())
		require.ErrorContains(t, err, "division by zero")
	})
	t.Run("FailsForAVariableThatIsNotSet", func(t *testing.T) {
		t.Parallel()
		p, err := l.Compile("score > 3", expression.Bool)
		require.NoError(t, err)
		_, err = p.Bool(l.NewRecord())
		require.EqualError(t, err, "evaluate expression: no such attribute(s): score")
	})
}

func TestFloat(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	r := l.NewRecord()
	r.SetDouble(slotOf(t, l, "profile.balance"), 2.5)
	r.SetInt(slotOf(t, l, "profile.age"), 3)
	r.SetText(slotOf(t, l, "profile.city"), "Porto")
	tests := []struct {
		give, failure string
		want          float64
	}{
		{give: "profile.balance * 2", want: 5},
		{give: "profile.age", want: 3},
		{give: "profile.age / 2", want: 1},
		{give: "profile.age + profile.balance", want: 5.5},
		{give: "profile.balance / 0", failure: "not a number"},
		{give: "dyn(profile.city)", failure: "the result is of type string, expected double"},
		{give: "profile.age / 0", failure: "division by zero"},
	}
	for _, test := range tests {
		p, err := l.Compile(test.give, expression.Double)
		require.NoError(t, err)
		got, err := p.Float(r)
		if test.failure != "" {
			require.ErrorContains(t, err, test.failure)
			continue
		}
		require.NoError(t, err)
		require.InDelta(t, test.want, got, 0, test.give)
	}
}

func TestConstant(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	tests := []struct {
		give string
		want any
		ok   bool
	}{
		{"1 > 2", false, true},
		{`"a" in ["a", "b"]`, true, true},
		{"profile.age > 30 && false", false, true},
		{"true || profile.vip", true, true},
		{"[1, 2].exists(n, n > 2)", false, true},
		{"profile.age > 30", nil, false},
		{"profile.vip && true", nil, false},
	}
	for _, test := range tests {
		p, err := l.Compile(test.give, expression.Bool)
		require.NoError(t, err)
		got, ok := p.Constant()
		require.Equal(t, test.ok, ok, test.give)
		require.Equal(t, test.want, got, test.give)
	}
	p, err := l.Compile("1 / 0 > 2", expression.Bool)
	require.NoError(t, err)
	got, ok := p.Constant()
	require.True(t, ok)
	require.ErrorContains(t, got.(error), "division by zero")
}

func TestRequires(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	requirements := func(source string) string {
		p, err := l.Compile(source, expression.Bool)
		require.NoError(t, err)
		var found []string
		for _, requirement := range p.Requires() {
			met := 0
			for _, candidate := range []any{"Porto", "Lisboa", 30, 30.0, true, false, nil, "web"} {
				r := l.NewRecord()
				r.Set(requirement.Slot, candidate)
				key, ok := r.Key(requirement.Slot)
				require.True(t, ok)
				for _, k := range requirement.Keys {
					if k == key {
						met++
						found = append(found, fmt.Sprintf("%s=%v", nameOf(t, l, requirement.Slot), candidate))
					}
				}
			}
			require.NotZero(t, met)
		}
		return strings.Join(found, " ")
	}
	tests := []struct{ give, want string }{
		{`profile.city == "Porto" && profile.age > 3`, "profile.city=Porto"},
		{`profile.age > 3 && ("web" == parameters.channel && profile.age == 30)`,
			"parameters.channel=web profile.age=30 profile.age=30"},
		{`profile.city in ["Porto", "Lisboa"]`, "profile.city=Porto profile.city=Lisboa"},
		{`profile.vip && !dyn(profile.free)`, "profile.vip=true"},
		{`!profile.vip`, "profile.vip=false"},
		{`profile.free == null`, "profile.free=<nil>"},
		{`profile.city == "Porto" || profile.age > 3`, ""},
		{`!(profile.city == "Porto")`, ""},
		{`profile.city != "Porto" && profile.more.city == "Porto" && profile.city == parameters.channel`, ""},
		{`profile.city in [parameters.channel] && "Porto" in profile.tags`, ""},
		{`profile.city == "Porto" && profile.tags.exists(t, t == "a") && profile.vip`, "profile.city=Porto profile.vip=true"},
		{`profile.free == 1u && profile.vip && profile.free in [1u]`, "profile.vip=true"},
	}
	for _, test := range tests {
		require.Equal(t, test.want, requirements(test.give), test.give)
	}
	r := l.NewRecord()
	r.SetTexts(slotOf(t, l, "profile.tags"), nil)
	_, ok := r.Key(slotOf(t, l, "profile.tags"))
	require.False(t, ok)
}

func nameOf(t *testing.T, l *expression.Language, slot expression.Slot) string {
	t.Helper()
	for _, v := range profileVariables {
		for _, f := range append([]expression.Variable{{}}, v.Fields...) {
			name := strings.TrimSuffix(v.Name+"."+f.Name, ".")
			if s, ok := l.Slot(name); ok && s == slot {
				return name
			}
		}
	}
	return ""
}

// What costs more than a usual rule is counted by cel-go, so that the limit is the
// same with and without the fast path.
func TestTheCostLimitHoldsOnTheFastPath(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	long := strings.Repeat("x", 1_200_000)
	tests := []struct {
		name, give string
		values     map[string]any
		failure    string
	}{
		{"SmallList", `"a" in profile.tags`, map[string]any{"profile.tags": make([]string, 1000)}, ""},
		{"LargeList", `"a" in profile.tags`, map[string]any{"profile.tags": make([]string, 90_000)}, ""},
		{"HugeList", `"a" in profile.tags`, map[string]any{"profile.tags": make([]string, 110_000)}, "cost limit"},
		{"HugeMixedList", `"a" in profile.marks`, map[string]any{"profile.marks": make([]any, 110_000)}, "cost limit"},
		{"ManyLists", strings.TrimSuffix(strings.Repeat(`"a" in profile.tags || `, 60), " || "),
			map[string]any{"profile.tags": make([]string, 2000)}, "cost limit"},
		{"LongText", `profile.city.contains("a")`, map[string]any{"profile.city": long[:9000]}, ""},
		{"HugeTexts", `profile.city.contains(parameters.channel)`,
			map[string]any{"profile.city": long, "parameters.channel": long[:9000]}, "cost limit"},
		{"HugePattern", `profile.city.matches("x*x*x*x*x*x*y")`, map[string]any{"profile.city": long[:400_000]}, "cost limit"},
		{"HugeSum", `size(profile.city + profile.city) > 0`, map[string]any{"profile.city": long}, "cost limit"},
		{"HugeComparison", `profile.city < parameters.channel`,
			map[string]any{"profile.city": long, "parameters.channel": long}, "cost limit"},
		{"HugeBesideLiteral", `profile.city == "Porto"`, map[string]any{"profile.city": long}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, err := l.Compile(test.give, expression.Bool)
			require.NoError(t, err)
			require.True(t, p.Fast())
			record, plain := l.NewRecord(), expression.Values{"profile": map[string]any{}, "parameters": map[string]any{}}
			for name, to := range test.values {
				record.Set(slotOf(t, l, name), to)
				object, field, _ := strings.Cut(name, ".")
				plain[object].(map[string]any)[field] = to
			}
			want, wantErr := p.Bool(plain)
			got, err := p.Bool(record)
			require.Equal(t, want, got)
			require.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(err))
			if test.failure == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.failure)
		})
	}
}

func TestProgramsAndRecordsAreSharedByGoroutines(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	r := l.NewRecord()
	r.SetInt(slotOf(t, l, "profile.age"), 42)
	shared, err := l.Compile(`profile.age > 30 && !has(profile.marks)`, expression.Bool)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			own, err := l.Compile(fmt.Sprintf(`profile.age == %d || [profile.age].exists(n, n == 42)`, i), expression.Bool)
			if err != nil {
				t.Error(err)
				return
			}
			for _, p := range []*expression.Program{own, shared} {
				for _, scope := range []expression.Scope{r, expression.Values{"profile": map[string]any{"age": 42}}} {
					if ok, err := p.Bool(scope); !ok || err != nil {
						t.Error(ok, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestTheFastPathNeedsNoMemory(t *testing.T) {
	l := profileLanguage(t)
	r := l.NewRecord()
	r.SetInt(slotOf(t, l, "profile.age"), 42)
	r.SetText(slotOf(t, l, "profile.city"), "Porto")
	r.SetTexts(slotOf(t, l, "profile.tags"), []string{"new", "vip"})
	r.Set(slotOf(t, l, "profile.more"), map[string]any{"a": map[string]any{"b": 2.5}})
	for _, source := range []string{
		`profile.age > 30 && profile.city in ["Lisboa", "Porto"] && "vip" in profile.tags`,
		`profile.more.a.b * 2 >= profile.age || profile.more.?c.orValue(3) == 3`,
		`profile.city.startsWith("P") && profile.city.matches("o$") && size(profile.tags) == 2`,
		`profile.balance > 3.0 || profile.more.c == 1 || has(profile.vip)`, // fails
	} {
		p, err := l.Compile(source, expression.Bool)
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = p.Bool(r) }), source)
	}
}
