package scope_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

func TestMacrosFormNoCircle(t *testing.T) {
	t.Parallel()
	d := definitions()
	d.Macros["a"] = definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: "macro.grown_up && macro.b"}
	d.Macros["b"] = definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: "macro.a"}
	_, err := scope.New(d)
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, []fault.Place{{Path: "macros/a.expression", Message: "the macros form a circle: a → b → a"}}, f.Places)

	d = definitions()
	d.Macros["self"] = definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: "!macro.self"}
	_, err = scope.New(d)
	require.ErrorContains(t, err, "macros/self.expression: the macros form a circle: self → self")
}

func TestNewNamesBrokenMacros(t *testing.T) {
	t.Parallel()
	d := definitions()
	d.Macros["bad"] = definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: "profile.agee > 1"}
	d.Macros["lost"] = definition.Macro{AudienceLevel: "nobody", Type: definition.Boolean, Expression: "true"}
	_, err := scope.New(d)
	require.ErrorContains(t, err, "macros/lost.audienceLevel: there is no audience level nobody")
	require.ErrorContains(t, err, "macros/bad.expression: line 1, column 8: undefined field 'agee'")
}

func TestMacrosAreEvaluatedWhenTheyAreRead(t *testing.T) {
	t.Parallel()
	l := individual(t)
	f := visitor(l)
	evaluated := func() any {
		macros, _ := f.Record().Lookup("macro")
		return macros
	}
	require.Empty(t, evaluated())
	require.True(t, condition(t, l, "!macro.rich", f))
	require.Equal(t, map[string]any{"grown_up": true, "rich": false}, evaluated(), "with what a macro reads itself")

	f.SetAttribute("age", int64(5))
	require.False(t, condition(t, l, "macro.grown_up", f), "a changed profile counts")
	f.SetAttribute("age", nil)
	_, err := program(t, l, "macro.grown_up").Bool(f)
	require.ErrorContains(t, err, "macro grown-up: ")
}

func TestProgramsFailWithTheMacroThatFails(t *testing.T) {
	t.Parallel()
	l := individual(t)
	f := visitor(l)
	for range 2 { // once evaluated, once remembered
		_, err := program(t, l, "macro.broken != 3").Bool(f)
		require.ErrorContains(t, err, "macro broken: evaluate expression: division by zero")
	}
	require.True(t, condition(t, l, "macro.grown_up", f), "others do not suffer")
}

func TestMacrosOfTheSameTextDoNotMixUp(t *testing.T) {
	t.Parallel()
	d := definitions()
	for _, name := range []string{"x", "y", "z"} {
		d.Macros[name] = definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: "!macro.grown_up"}
	}
	l, _ := newScope(t, d).Level("individual")
	done := make(chan struct{})
	for _, source := range []string{"macro.x", "macro.y", "macro.z || macro.y"} {
		go func() {
			defer func() { done <- struct{}{} }()
			p, err := l.Compile(definition.Expression{Sees: definition.SeesRule, Source: source, Result: definition.Boolean})
			if err != nil {
				t.Error(err)
				return
			}
			if holds, err := p.Bool(visitor(l)); err != nil || holds {
				t.Error(source, holds, err)
			}
		}()
	}
	for range 3 {
		<-done
	}
}
