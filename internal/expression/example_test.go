package expression_test

import (
	"fmt"

	"github.com/switchyard/switchyard/internal/expression"
)

// Rules are compiled once; a visitor's values are set once and all rules read them.
func ExampleRecord() {
	language, err := expression.New(
		expression.Variable{Name: "profile", Fields: []expression.Variable{
			{Name: "age", Type: expression.Int},
			{Name: "city", Type: expression.Text},
			{Name: "tags", Type: expression.List(expression.Text)},
		}},
		expression.Variable{Name: "parameters", Fields: []expression.Variable{
			{Name: "amount", Type: expression.Double},
		}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	rule, err := language.Compile(
		`profile.age > 30 && profile.city == "Porto" && "vip" in profile.tags && parameters.amount >= 10.0`, expression.Bool)
	if err != nil {
		fmt.Println(err)
		return
	}
	score, err := language.Compile(`parameters.amount * 2`, expression.Double)
	if err != nil {
		fmt.Println(err)
		return
	}

	visitor := language.NewRecord()
	set := func(name string, to any) {
		if slot, ok := language.Slot(name); ok {
			visitor.Set(slot, to)
		}
	}
	set("profile.age", 42)
	set("profile.city", "Porto")
	set("profile.tags", []string{"vip"})
	set("parameters.amount", 12.5)

	fmt.Println(rule.Bool(visitor))
	fmt.Println(score.Float(visitor))
	// Output:
	// true <nil>
	// 25 <nil>
}
