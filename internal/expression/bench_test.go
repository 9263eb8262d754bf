package expression_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/expression"
)

const fourClauses = `profile.age > 30 && profile.city == "Porto" && "vip" in profile.tags && parameters.amount >= 10.0`

// visitor is what the hand-written rule reads.
type visitor struct {
	age    int64
	city   string
	tags   []string
	amount float64
}

func fourClauseScopes(b *testing.B, l *expression.Language) (*expression.Record, expression.Values, *visitor) {
	b.Helper()
	v := &visitor{age: 42, city: "Porto", tags: []string{"new", "vip"}, amount: 12.5}
	record := l.NewRecord()
	for name, to := range map[string]any{
		"profile.age": v.age, "profile.city": v.city, "profile.tags": v.tags, "parameters.amount": v.amount,
	} {
		slot, ok := l.Slot(name)
		require.True(b, ok)
		record.Set(slot, to)
	}
	return record, expression.Values{
		"profile":    map[string]any{"age": v.age, "city": v.city, "tags": v.tags},
		"parameters": map[string]any{"amount": v.amount},
	}, v
}

// BenchmarkCelEval is one evaluation of a rule with four clauses that all hold.
func BenchmarkCelEval(b *testing.B) {
	l := profileLanguage(b)
	record, plain, v := fourClauseScopes(b, l)
	p, err := l.Compile(fourClauses, expression.Bool)
	require.NoError(b, err)
	for name, scope := range map[string]expression.Scope{"fast": record, "cel-go": plain} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := p.Bool(scope); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
	clauses := []func(*visitor) bool{
		func(v *visitor) bool { return v.age > 30 },
		func(v *visitor) bool { return v.city == "Porto" },
		func(v *visitor) bool { return slices.Contains(v.tags, "vip") },
		func(v *visitor) bool { return v.amount >= 10 },
	}
	b.Run("closures", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, clause := range clauses {
				if !clause(v) {
					b.Fatal("does not hold")
				}
			}
		}
	})
}

// BenchmarkCompile is one rule with four clauses, from its text.
func BenchmarkCompile(b *testing.B) {
	l := profileLanguage(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Compile(fourClauses, expression.Bool); err != nil {
			b.Fatal(err)
		}
	}
}
