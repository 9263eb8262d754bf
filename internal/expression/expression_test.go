package expression_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/expression"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func language(t testing.TB) *expression.Language {
	t.Helper()
	l, err := expression.New(
		expression.Variable{Name: "visit", Fields: []expression.Variable{
			{Name: "id", Type: expression.Text},
			{Name: "count", Type: expression.Int},
			{Name: "at", Type: expression.Timestamp},
			{Name: "properties", Type: expression.Map(expression.Any)},
		}},
		expression.Variable{Name: "vars", Type: expression.Map(expression.Any)},
		expression.Variable{Name: "skills", Type: expression.Map(expression.Int)},
		expression.Variable{Name: "groups", Type: expression.List(expression.Text)},
	)
	require.NoError(t, err)
	return l
}

func values() expression.Values {
	return expression.Values{
		"visit": map[string]any{"id": "v1", "count": 3, "at": noon, "properties": map[string]any{
			"amount": 12.5, "whole": int64(4), "name": " Ada ", "tags": []any{"vip", int64(1)}, "none": nil}},
		"vars":   map[string]any{"x": "y"},
		"skills": map[string]int{"cards": 70},
		"groups": []string{"emea"},
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	l := language(t)
	tests := []struct {
		give string
		want any
	}{
		{`1 + 2`, int64(3)},
		{`1 + 2.5`, 3.5},
		{`2.5 - 1`, 1.5},
		{`visit.properties.amount * 2`, 25.0},
		{`visit.properties.whole * 2.5`, 10.0},
		{`visit.properties.whole / 8`, int64(0)},
		{`visit.properties.whole / 8.0`, .5},
		{`visit.properties.amount > 12`, true},
		{`visit.properties.whole == 4`, true},
		{`visit.properties.whole == visit.count + 1`, true},
		{`"a" + "b"`, "ab"},
		{`[1] + [2]`, []any{int64(1), int64(2)}},
		{`-visit.properties.amount`, -12.5},
		{`visit.properties.name.trim().upperAscii()`, "ADA"},
		{`"ÄB".lowerAscii()`, "Äb"},
		{`visit.properties.none == null`, true},
		{`has(visit.properties.missing)`, false},
		{`has(visit.properties.amount) && has(visit.id)`, true},
		{`visit.properties.?missing.orValue(7)`, int64(7)},
		{`visit.properties.?missing`, nil},
		{`"vip" in visit.properties.tags`, true},
		{`visit.at`, "2026-03-02T12:00:00Z"},
		{`visit.at + duration("1h") > visit.at`, true},
		{`visit.at.getDayOfWeek()`, int64(1)},
		{`duration("90s")`, "90s"},
		{`skills.level("cards")`, int64(70)},
		{`skills.level("loans")`, int64(0)},
		{`{"b": 1}.level("b")`, int64(1)},
		{`"emea" in groups ? "yes" : "no"`, "yes"},
		{`{"a": [1, {"b": null}]}`, map[string]any{"a": []any{int64(1), map[string]any{"b": nil}}}},
		{`[1, 2].map(n, n * 2.0)`, []any{2.0, 4.0}},
		{`visit.id.matches("^v[0-9]$")`, true},
		{`5u`, int64(5)},
	}
	for _, test := range tests {
		t.Run(test.give, func(t *testing.T) {
			t.Parallel()
			program, err := l.Compile(test.give, expression.Any)
			require.NoError(t, err)
			got, err := program.Value(values())
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestCompileSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	l := language(t)
	tests := []struct {
		name, give string
		want       expression.Type
		line       int
		column     int
		message    string
	}{
		{"MisspeltField", "visit.coun", expression.Any, 1, 6, "undefined field 'coun'"},
		{"UnknownVariable", "1 <\n foo", expression.Any, 2, 2, "undeclared reference to 'foo'; the variables are groups, skills, vars, visit"},
		{"NoClock", "now()", expression.Any, 1, 4, "undeclared reference to 'now'"},
		{"Unfinished", "1 +", expression.Any, 1, 4, "unexpected end of the expression"},
		{"Assignment", "1 = 1", expression.Any, 1, 3, "unexpected '=': equality is ==, and is &&, or is ||"},
		{"SinglePipe", "true | false", expression.Any, 1, 6, "unexpected '|': equality is ==, and is &&, or is ||"},
		{"Operands", `"a" - 1`, expression.Any, 1, 5, "found no matching overload for '-' applied to '(string, int)'"},
		{"ResultType", "visit.count", expression.Bool, 1, 1, "the result is of type int, expected bool"},
		{"ListOfWrongType", "groups", expression.List(expression.Int), 1, 1, "the result is of type list(string), expected list(int)"},
		{"Regex", `"a".matches("(")`, expression.Bool, 1, 1, "missing closing )"},
		{"TooLong", `"` + strings.Repeat("x", expression.MaxLength) + `"`, expression.Any, 1, 1, "size exceeds limit"},
		{"TooDeep", strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500), expression.Any, 1, 1, "recursion limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := l.Compile(test.give, test.want)
			var broken *expression.SyntaxError
			require.ErrorAs(t, err, &broken)
			require.Contains(t, broken.Problems[0].Message, test.message)
			require.Equal(t, [2]int{test.line, test.column}, [2]int{broken.Problems[0].Line, broken.Problems[0].Column})
		})
	}
}

func TestEvaluationFailsWithAReason(t *testing.T) {
	t.Parallel()
	l := language(t)
	tests := []struct{ name, give, want string }{
		{"MissingKey", "visit.properties.missing", "no such key: missing"},
		{"DivisionByZero", "1 / (visit.count - 3)", "division by zero"},
		{"WrongOperand", "vars.x - 1", "no such overload"},
		{"Cost", strings.Repeat("[1,2,3,4,5,6,7,8,9,10].all(a, ", 6) + "true" + strings.Repeat(")", 6), "cost limit exceeded"},
		{"TypeAsValue", "type(1)", "cannot be kept"},
		{"Infinity", "1.0 / 0.0", "not a number"},
		{"NumberAsKey", "{1: 2}", "keys must be text"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			program, err := l.Compile(test.give, expression.Any)
			require.NoError(t, err)
			_, err = program.Value(values())
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestTypedResults(t *testing.T) {
	t.Parallel()
	l := language(t)
	compile := func(source string, want expression.Type) *expression.Program {
		program, err := l.Compile(source, want)
		require.NoError(t, err)
		return program
	}
	b, err := compile(`vars.x == "y"`, expression.Bool).Bool(values())
	require.NoError(t, err)
	require.True(t, b)
	_, err = compile("vars.x", expression.Bool).Bool(values())
	require.ErrorContains(t, err, "the result is of type string, expected bool")

	n, err := compile("visit.properties.whole", expression.Int).Int(values())
	require.NoError(t, err)
	require.Equal(t, int64(4), n)
	_, err = compile("visit.properties.amount", expression.Int).Int(values())
	require.ErrorContains(t, err, "the result is of type double, expected int")

	s, err := compile("vars.x", expression.Text).Text(values())
	require.NoError(t, err)
	require.Equal(t, "y", s)
	_, err = compile("visit.properties.whole", expression.Text).Text(values())
	require.ErrorContains(t, err, "expected string")
}

func TestResultsAreBounded(t *testing.T) {
	t.Parallel()
	l := language(t)
	big := make([]any, 6000)
	program, err := l.Compile(`[vars.big, vars.big]`, expression.Any)
	require.NoError(t, err)
	_, err = program.Value(expression.Values{"vars": map[string]any{"big": big}})
	require.ErrorContains(t, err, "too large")
}

func TestUses(t *testing.T) {
	t.Parallel()
	program, err := language(t).Compile("vars.x == 1 ||\n vars[\"y z\"] == 2 || has(vars.q) || size(vars) > 2", expression.Bool)
	require.NoError(t, err)
	require.Equal(t, []expression.Use{
		{Variable: "vars", Field: "x", Line: 1, Column: 1},
		{Variable: "vars", Field: "y z", Line: 2, Column: 2},
		{Variable: "vars", Field: "q", Line: 2, Column: 26},
		{Variable: "vars", Line: 2, Column: 42},
	}, program.Uses())
	require.True(t, program.Reads("skills", "vars"))
	require.False(t, program.Reads("skills", "visit"))
}

func TestNewRefusesBadDeclarations(t *testing.T) {
	t.Parallel()
	_, err := expression.New(expression.Variable{Name: "a", Type: expression.Int}, expression.Variable{Name: "a", Type: expression.Int})
	require.ErrorContains(t, err, "twice")
	_, err = expression.New(expression.Variable{Name: "a"})
	require.ErrorContains(t, err, "no type")
	a := func(fields ...expression.Variable) error {
		_, err := expression.New(expression.Variable{Name: "a", Fields: fields})
		return err
	}
	require.ErrorContains(t, a(expression.Variable{Name: "b"}), `field "a.b" has no type`)
	require.ErrorContains(t, a(expression.Variable{Name: "b", Type: expression.Int}, expression.Variable{Name: "b", Type: expression.Int}),
		`field "a.b" twice`)
}

func FuzzCompile(f *testing.F) {
	l := language(f)
	for _, seed := range []string{"1 + 2.5", `skills.level("cards") > 3`, "visit.properties.?a.orValue(1)", "[1].map(a, a)", "{", `"\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		program, err := l.Compile(source, expression.Any)
		if err != nil {
			var broken *expression.SyntaxError
			require.ErrorAs(t, err, &broken)
			require.NotEmpty(t, broken.Problems)
			return
		}
		first, err := program.Value(values())
		if err != nil {
			return
		}
		second, err := program.Value(values())
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(first), fmt.Sprint(second))
	})
}

func BenchmarkBool(b *testing.B) {
	program, err := language(b).Compile(`skills.level("cards") >= 60 && "emea" in groups`, expression.Bool)
	require.NoError(b, err)
	scope := values()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := program.Bool(scope); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleLanguage_Compile() {
	l, err := expression.New(expression.Variable{Name: "skills", Type: expression.Map(expression.Int)})
	if err != nil {
		fmt.Println(err)
		return
	}
	program, err := l.Compile(`skills.level("cards") >= 60`, expression.Bool)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(program.Bool(expression.Values{"skills": map[string]int{"cards": 70}}))
	_, err = l.Compile(`skills.level("cards") +`, expression.Bool)
	fmt.Println(err)
	// Output:
	// true <nil>
	// line 1, column 24: unexpected end of the expression
}
