package expression_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/expression"
)

var profileVariables = []expression.Variable{
	{Name: "profile", Fields: []expression.Variable{
		{Name: "age", Type: expression.Int},
		{Name: "balance", Type: expression.Double},
		{Name: "city", Type: expression.Text},
		{Name: "vip", Type: expression.Bool},
		{Name: "since", Type: expression.Timestamp},
		{Name: "tags", Type: expression.List(expression.Text)},
		{Name: "marks", Type: expression.List(expression.Any)},
		{Name: "more", Type: expression.Map(expression.Any)},
		{Name: "free", Type: expression.Any},
	}},
	{Name: "parameters", Fields: []expression.Variable{
		{Name: "amount", Type: expression.Double},
		{Name: "channel", Type: expression.Text},
		{Name: "count", Type: expression.Int},
	}},
	{Name: "segments", Type: expression.List(expression.Text)},
	{Name: "vars", Type: expression.Map(expression.Any)},
	{Name: "levels", Type: expression.Map(expression.Int)},
	{Name: "score", Type: expression.Int},
	{Name: "any", Type: expression.Any},
}

func profileLanguage(t testing.TB) *expression.Language {
	t.Helper()
	l, err := expression.New(profileVariables...)
	require.NoError(t, err)
	return l
}

// sources generates expressions: most are well typed, all are of what the fast
// path knows, and beside it some that it does not.
type sources struct{ *rapid.T }

func (s sources) of(texts ...string) string { return rapid.SampledFrom(texts).Draw(s.T, "of") }

func (s sources) one(choices ...func(depth int) string) func(int) string {
	return rapid.SampledFrom(choices).Draw(s.T, "choice")
}

func (s sources) whole(depth int) string {
	if depth <= 0 {
		return s.of("0", "1", "-1", "3", "30", "2", "9223372036854775807", "-9223372036854775808", "9007199254740993",
			"profile.age", "profile.age", "parameters.count", "score", "levels.a", `levels["b"]`)
	}
	return s.one(
		func(d int) string {
			return fmt.Sprintf("(%s %s %s)", s.whole(d-1), s.of("+", "-", "*", "/", "%"), s.whole(d-1))
		},
		func(d int) string { return fmt.Sprintf("size(%s)", s.one(s.text, s.list)(d-1)) },
		func(d int) string { return fmt.Sprintf("-(%s)", s.whole(d-1)) },
		func(d int) string { return fmt.Sprintf("(%s ? %s : %s)", s.condition(d-1), s.whole(d-1), s.whole(d-1)) },
		func(d int) string { return fmt.Sprintf("int(%s)", s.one(s.whole, s.fraction)(d-1)) },
		func(d int) string { return fmt.Sprintf("levels.level(%s)", s.text(d-1)) },
		func(d int) string { return fmt.Sprintf("profile.?age.orValue(%s)", s.whole(d-1)) },
		func(int) string { return s.whole(0) },
	)(depth)
}

func (s sources) fraction(depth int) string {
	if depth <= 0 {
		return s.of("0.0", "1.0", "2.5", "-2.5", "1e308", "9007199254740992.0", "9223372036854775808.0", "30.0",
			"profile.balance", "profile.balance", "parameters.amount")
	}
	return s.one(
		func(d int) string {
			return fmt.Sprintf("(%s %s %s)", s.one(s.whole, s.fraction)(d-1), s.of("+", "-", "*", "/"), s.fraction(d-1))
		},
		func(d int) string { return fmt.Sprintf("-(%s)", s.fraction(d-1)) },
		func(d int) string { return fmt.Sprintf("double(%s)", s.one(s.whole, s.fraction, s.dynamic)(d-1)) },
		func(d int) string {
			return fmt.Sprintf("(%s ? %s : %s)", s.condition(d-1), s.fraction(d-1), s.fraction(d-1))
		},
		func(int) string { return s.fraction(0) },
	)(depth)
}

func (s sources) text(depth int) string {
	if depth <= 0 {
		return s.of(`""`, `"a"`, `"b"`, `"Porto"`, `"Ä b"`, "profile.city", "profile.city", "parameters.channel")
	}
	return s.one(
		func(d int) string { return fmt.Sprintf("(%s + %s)", s.text(d-1), s.text(d-1)) },
		func(d int) string {
			return fmt.Sprintf("%s.%s()", s.text(d-1), s.of("lowerAscii", "upperAscii", "trim"))
		},
		func(d int) string { return fmt.Sprintf("(%s ? %s : %s)", s.condition(d-1), s.text(d-1), s.text(d-1)) },
		func(int) string { return s.text(0) },
		func(int) string { return s.text(0) },
	)(depth)
}

func (s sources) instant(depth int) string {
	if depth <= 0 {
		return s.of("profile.since", `timestamp("2026-03-02T12:00:00Z")`, `timestamp("1970-01-01T00:00:00Z")`)
	}
	return fmt.Sprintf("(%s %s duration(%s))", s.instant(depth-1), s.of("+", "-"), s.of(`"1h"`, `"-30s"`, `"0s"`, `"2562047h"`))
}

func (s sources) list(depth int) string {
	if depth <= 0 {
		return s.of("profile.tags", "profile.tags", "segments", "profile.marks", `["a", "b"]`, "[]", "[1, 2.0, 3]",
			`["a", 1, true]`, "[null, 1]", "[[1], []]", "[9007199254740993, 9223372036854775807]", "[9007199254740992.0]",
			`["a","b","c","d","e","f","g","h","i","j","k","l","Porto"]`, "[int(\"1\"), 2]", "[1u, 2]")
	}
	return s.one(
		func(d int) string {
			return fmt.Sprintf("[%s, %s]", s.anything(d-1), s.anything(d-1))
		},
		func(int) string { return s.list(0) },
		func(int) string { return s.list(0) },
	)(depth)
}

func (s sources) dynamic(depth int) string {
	if depth <= 0 {
		return s.of("any", "profile.free", "profile.more.a", "profile.more.a.b", `profile.more["c"]`, "vars.x", `vars["y"]`,
			"null", "any.a", `any["b"]`, "any[0]", "any[1]", "profile.marks[0]", "profile.tags[1]", "vars[profile.city]",
			"any[score]", "profile.more.a.b.c", `segments[0]`)
	}
	return s.one(
		func(d int) string { return fmt.Sprintf("dyn(%s)", s.anything(d-1)) },
		func(d int) string { return fmt.Sprintf("profile.more.?a.orValue(%s)", s.anything(d-1)) },
		func(d int) string { return fmt.Sprintf("profile.?more.a.b.orValue(%s)", s.anything(d-1)) },
		func(d int) string {
			return fmt.Sprintf("vars[?%s].b[0].orValue(%s)", s.of(`"x"`, `"a"`), s.anything(d-1))
		},
		func(d int) string { return fmt.Sprintf("any.?a.orValue(%s)", s.anything(d-1)) },
		func(d int) string { return fmt.Sprintf("profile.?free.orValue(%s)", s.anything(d-1)) },
		func(d int) string {
			return fmt.Sprintf("(dyn(%s) %s %s)", s.anything(d-1), s.of("+", "-", "*", "/", "%"), s.one(s.dynamic, s.instant)(d-1))
		},
		func(d int) string { return fmt.Sprintf("-dyn(%s)", s.anything(d-1)) },
		func(d int) string { return fmt.Sprintf("(%s ? any : vars).a", s.condition(d-1)) },
		func(d int) string { return fmt.Sprintf("size(dyn(%s))", s.anything(d-1)) },
		func(int) string { return s.dynamic(0) },
		func(int) string { return s.dynamic(0) },
	)(depth)
}

func (s sources) anything(depth int) string {
	return s.one(s.whole, s.fraction, s.text, s.instant, s.list, s.dynamic, s.dynamic, s.condition)(depth)
}

func (s sources) condition(depth int) string {
	if depth <= 0 {
		return s.of("true", "false", "profile.vip", "profile.vip", "has(profile.age)", "has(profile.more.a)", "has(vars.x)",
			"has(any.a)", "has(profile.more.a.b)", "has(profile.free.a)")
	}
	relation := func() string { return s.of("==", "!=", "<", "<=", ">", ">=") }
	return s.one(
		func(d int) string {
			terms := []string{s.condition(d - 1), s.condition(d - 1)}
			for range rapid.IntRange(0, 3).Draw(s.T, "more") {
				terms = append(terms, s.one(s.condition, s.condition, s.dynamic)(d-1))
			}
			return "(" + strings.Join(terms, s.of(" && ", " || ")) + ")"
		},
		func(d int) string { return fmt.Sprintf("!(%s)", s.one(s.condition, s.condition, s.dynamic)(d-1)) },
		func(d int) string {
			number := s.one(s.whole, s.fraction, s.dynamic)
			return fmt.Sprintf("(%s %s %s)", number(d-1), relation(), s.one(s.whole, s.fraction, s.dynamic)(d-1))
		},
		func(d int) string {
			return fmt.Sprintf("(%s %s %s)", s.text(d-1), relation(), s.one(s.text, s.dynamic)(d-1))
		},
		func(d int) string { return fmt.Sprintf("(%s %s %s)", s.condition(d-1), relation(), s.condition(d-1)) },
		func(d int) string { return fmt.Sprintf("(%s %s %s)", s.instant(d-1), relation(), s.instant(d-1)) },
		func(d int) string {
			return fmt.Sprintf("(%s - %s %s duration(%s))", s.instant(d-1), s.instant(d-1), relation(), s.of(`"1h"`, `"-30s"`, `"0s"`))
		},
		func(d int) string { return fmt.Sprintf("(%s %s %s)", s.dynamic(d-1), relation(), s.anything(d-1)) },
		func(d int) string {
			return fmt.Sprintf("(%s %s %s)", s.list(d-1), s.of("==", "!="), s.one(s.list, s.dynamic)(d-1))
		},
		func(d int) string { return fmt.Sprintf("(%s in %s)", s.text(d-1), s.list(d-1)) },
		func(d int) string { return fmt.Sprintf("(%s in %s)", s.anything(d-1), s.list(d-1)) },
		func(d int) string {
			return fmt.Sprintf("(%s in %s)", s.anything(d-1), s.of("vars", "profile.more", "any", "dyn(levels)"))
		},
		func(d int) string {
			return fmt.Sprintf("%s.%s(%s)", s.one(s.text, s.dynamic)(d-1), s.of("startsWith", "endsWith", "contains"), s.one(s.text, s.text, s.dynamic)(d-1))
		},
		func(d int) string {
			return fmt.Sprintf("%s.matches(%s)", s.one(s.text, s.dynamic)(d-1), s.of(`"^P.*o$"`, `"[a-c]+"`, `""`))
		},
		func(d int) string {
			return fmt.Sprintf("(%s ? %s : %s)", s.one(s.condition, s.dynamic)(d-1), s.condition(d-1), s.condition(d-1))
		},
		func(d int) string { return fmt.Sprintf("profile.tags.exists(t, t == %s)", s.text(d-1)) },
		func(int) string { return s.condition(0) },
	)(depth)
}

// contents generates the values of a scope, of the declared types or not.
type contents struct{ *rapid.T }

func (c contents) any(label string) any {
	return rapid.SampledFrom([]any{
		nil, nil, true, false, 0, 1, -1, 3, int64(30), int64(math.MaxInt64), int64(math.MinInt64), int64(1<<53 + 1),
		0.0, 1.0, 2.5, 30.0, math.NaN(), math.Inf(1), math.Inf(-1), float64(1 << 53), float64(1 << 63), math.Copysign(0, -1), float32(2.5),
		"", "a", "b", "Porto", "Ä b", " trim me ", noon, time.Unix(0, 0).In(time.FixedZone("", 3600)),
		[]any{}, []any{"a", 1, 2.0, nil}, []any{uint(1)}, []any{[]any{1}, map[string]any{"a": 1}}, []string{"a", "Porto"}, []int{1, 2}, []float64{2.5},
		map[string]any{}, map[string]any{"a": 1, "x": nil, "y": "b"}, map[string]any{"a": map[string]any{"b": map[string]any{"c": 2.5}}},
		map[string]any{"a": map[string]any{"b": []any{1}}, "x": map[string]any{"b": []any{"q"}}, "Porto": true},
		map[string]int{"a": 3, "b": 1}, map[string]string{"a": "b"}, map[string]float64{"a": 1}, map[int]any{1: 2},
		uint64(3), []byte("a"), time.Hour, int32(7), [2]int{1, 2},
	}).Draw(c.T, label)
}

func (c contents) declared(v expression.Variable) any {
	draw := func(values ...any) any { return rapid.SampledFrom(values).Draw(c.T, v.Name) }
	switch v.Type {
	case expression.Int:
		return draw(0, 1, 3, 30, 31, int64(math.MaxInt64), int64(math.MinInt64), int64(1<<53+1))
	case expression.Double:
		return draw(0.0, 1.0, 2.5, 30.0, math.NaN(), math.Inf(1), float64(1<<53))
	case expression.Text:
		return draw("", "a", "b", "Porto", "Ä b")
	case expression.Bool:
		return draw(true, false)
	case expression.Timestamp:
		return draw(noon, noon.Add(-time.Hour), time.Time{})
	default:
		switch v.Name {
		case "tags", "segments":
			return draw([]string{}, []string{"a", "Porto"}, []any{"a", "b"})
		case "levels":
			return draw(map[string]int{"a": 3, "b": 1}, map[string]any{"a": 3})
		}
		return c.any(v.Name)
	}
}

// fill puts the same values into both scopes.
func (c contents) fill(l *expression.Language) (*expression.Record, expression.Values) {
	record, plain := l.NewRecord(), expression.Values{}
	draw := func(v expression.Variable, name string, set func(any)) {
		slot, ok := l.Slot(name)
		require.True(c.T, ok)
		switch rapid.IntRange(0, 11).Draw(c.T, "how "+name) {
		case 0: // not set
		case 1:
			wrong := c.any(name)
			if m, ok := wrong.(map[string]any); ok && name == "levels" && len(m) > 1 {
				return // what cel-go says of level depends on the entry that it happens to see
			}
			record.Set(slot, wrong)
			set(wrong)
		default:
			right := c.declared(v)
			record.Set(slot, right)
			set(right)
		}
	}
	for _, v := range profileVariables {
		if len(v.Fields) == 0 {
			draw(v, v.Name, func(to any) { plain[v.Name] = to })
			continue
		}
		object := map[string]any{}
		plain[v.Name] = object
		for _, f := range v.Fields {
			draw(f, v.Name+"."+f.Name, func(to any) { object[f.Name] = to })
		}
	}
	return record, plain
}

// requireAgreement evaluates with cel-go and with the fast path in every form.
func requireAgreement(t require.TestingT, source string, p *expression.Program, record *expression.Record, plain expression.Values) {
	check := func(form string, evaluate func(expression.Scope) (any, error)) {
		want, wantErr := evaluate(plain)
		got, err := evaluate(record)
		require.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(err), "%s of %s over %v", form, source, plain)
		require.Equal(t, fmt.Sprintf("%#v", want), fmt.Sprintf("%#v", got), "%s of %s over %v", form, source, plain)
	}
	check("Value", func(s expression.Scope) (any, error) { return p.Value(s) })
	check("Bool", func(s expression.Scope) (any, error) { return p.Bool(s) })
	check("Int", func(s expression.Scope) (any, error) { return p.Int(s) })
	check("Float", func(s expression.Scope) (any, error) { return p.Float(s) })
	check("Text", func(s expression.Scope) (any, error) { return p.Text(s) })
}

// requireRequirements checks that a condition whose requirements are not met does
// not hold.
func requireRequirements(t require.TestingT, source string, p *expression.Program, record *expression.Record) {
	for _, requirement := range p.Requires() {
		key, ok := record.Key(requirement.Slot)
		if ok && !slices.Contains(requirement.Keys, key) {
			holds, _ := p.Bool(record)
			require.False(t, holds, "%s over %v", source, record)
		}
	}
}

func TestTheFastPathAgreesWithCelGo(t *testing.T) {
	t.Parallel()
	l := profileLanguage(t)
	var compiled, fast, alone, drawn int
	rapid.Check(t, func(t *rapid.T) {
		s := sources{t}
		source := s.one(s.condition, s.condition, s.condition, s.anything)(rapid.IntRange(0, 3).Draw(t, "depth"))
		drawn++
		p, err := l.Compile(source, expression.Any)
		if err != nil {
			return // the generator knows types by half
		}
		compiled++
		generated, byPratt, ok := l.Trees(source)
		require.True(t, ok, source)
		require.Equal(t, generated, byPratt, source)
		for range 4 {
			record, plain := contents{t}.fill(l)
			requireAgreement(t, source, p, record, plain)
			requireRequirements(t, source, p, record)
			if p.Fast() && p.OnlyFast(record) {
				alone++
			}
		}
		if p.Fast() {
			fast++
		}
	})
	t.Logf("%d drawn, %d compiled, %d with a fast path, %d of %d evaluations without cel-go", drawn, compiled, fast, alone, 4*fast)
	require.Greater(t, compiled, drawn/2)
	require.Greater(t, fast, compiled/2)
	require.Greater(t, alone, 2*fast)
}

func FuzzTheFastPathAgreesWithCelGo(f *testing.F) {
	l := profileLanguage(f)
	for _, seed := range []string{
		`profile.age > 30 && profile.city == "Porto" && "vip" in profile.tags && parameters.amount >= 10.0`,
		`vars.?x.b.orValue(1) + score == 2 || has(any.a)`, `profile.city.matches("^P") ? -score : 2 % score`,
		`[1, 2.0, score] == any || dyn(any) < null`, `profile.since > timestamp("2026-01-01T00:00:00Z")`,
	} {
		f.Add(seed, uint64(1))
	}
	values := rapid.Custom(func(t *rapid.T) func() (*expression.Record, expression.Values) {
		record, plain := contents{t}.fill(l)
		return func() (*expression.Record, expression.Values) { return record, plain }
	})
	f.Fuzz(func(t *testing.T, source string, seed uint64) {
		p, err := l.Compile(source, expression.Any)
		if err != nil {
			return
		}
		if generated, byPratt, ok := l.Trees(source); ok { // 0X1 is taken by one alone
			require.Equal(t, generated, byPratt)
		}
		record, plain := values.Example(int(seed % (1 << 20)))()
		requireAgreement(t, source, p, record, plain)
		requireRequirements(t, source, p, record)
	})
}
