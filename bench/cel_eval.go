package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/switchyard/switchyard/internal/expression"
)

// celEvalAim is in nanoseconds.
const celEvalAim = 80

// fourClauses all hold for every visitor of the benchmark.
const fourClauses = `profile.age > 30 && profile.city == "Porto" && "vip" in profile.tags && parameters.amount >= 10.0`

type celVisitor struct {
	age    int64
	city   string
	tags   []string
	amount float64
}

// benchCelEval measures one rule of four clauses. The limit is the same rule in Go,
// a closure for each clause; beside it is cel-go, over maps as it wants them.
func benchCelEval(context.Context, *environment) (result, error) {
	language, err := expression.New(
		expression.Variable{Name: "profile", Fields: []expression.Variable{
			{Name: "age", Type: expression.Int}, {Name: "city", Type: expression.Text}, {Name: "tags", Type: expression.List(expression.Text)},
		}},
		expression.Variable{Name: "parameters", Fields: []expression.Variable{{Name: "amount", Type: expression.Double}}},
	)
	if err != nil {
		return result{}, err
	}
	program, err := language.Compile(fourClauses, expression.Bool)
	if err != nil {
		return result{}, err
	}
	v := &celVisitor{age: 42, city: "Porto", tags: []string{"new", "vip"}, amount: 12.5}
	plain := expression.Values{
		"profile":    map[string]any{"age": v.age, "city": v.city, "tags": v.tags},
		"parameters": map[string]any{"amount": v.amount},
	}
	var failed error
	evaluates := func(scope expression.Scope) candidate {
		return func(n int) {
			for range n {
				if ok, err := program.Bool(scope); !ok || err != nil {
					failed = fmt.Errorf("the rule does not hold: %w", err)
				}
			}
		}
	}
	clauses := []func(*celVisitor) bool{
		func(v *celVisitor) bool { return v.age > 30 },
		func(v *celVisitor) bool { return v.city == "Porto" },
		func(v *celVisitor) bool { return slices.Contains(v.tags, "vip") },
		func(v *celVisitor) bool { return v.amount >= 10 },
	}
	byHand := func(n int) {
		for range n {
			for _, clause := range clauses {
				if !clause(v) {
					failed = fmt.Errorf("the rule by hand does not hold")
				}
			}
		}
	}
	costs, ratios, err := alternate(evaluates(v.record(language)), byHand, evaluates(plain))
	if err != nil {
		return result{}, err
	}
	r := newResult("celEval", "ns of CPU", costs[0].nanoseconds, "the same rule as closures in Go", costs[1].nanoseconds)
	r.Ratio = rounded(ratios[0])
	r.Beside = map[string]float64{"aim": celEvalAim, "celGo": rounded(costs[2].nanoseconds), "allocations": rounded(costs[0].allocations)}
	return r, failed
}

func (v *celVisitor) record(l *expression.Language) *expression.Record {
	record := l.NewRecord()
	for name, value := range map[string]any{"profile.age": v.age, "profile.city": v.city, "profile.tags": v.tags, "parameters.amount": v.amount} {
		slot, _ := l.Slot(name)
		record.Set(slot, value)
	}
	return record
}
