package scope

import (
	"errors"
	"fmt"
	"slices"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// macro is a named expression of a level.
type macro struct {
	name       string
	definition definition.Macro
	slot       expression.Slot
	program    *Program
}

// compileMacros compiles the macros and finds what each reads of the others, in
// the order in which they have to be evaluated.
func (l *Level) compileMacros() []fault.Place {
	var places []fault.Place
	direct := make([][]int, len(l.macros))
	for i := range l.macros {
		m := &l.macros[i]
		compiled, err := l.Compile(definition.Expressions(m.definition)[0])
		if err != nil {
			places = append(places, placesOf("macros/"+m.name+".expression", err)...)
			continue
		}
		m.program = compiled
		direct[i] = l.macrosIn(compiled.program.Uses())
	}
	if len(places) > 0 {
		return places
	}
	all := make([]int, len(l.macros))
	for i := range all {
		all[i] = i
	}
	if circle := definition.Circle(len(all), all, func(i int) []int { return direct[i] }, make([]bool, len(all))); circle != nil {
		return []fault.Place{{
			Path: "macros/" + l.macros[circle[0]].name + ".expression",
			Message: fmt.Sprintf("the macros form a circle: %s",
				definition.Trail(circle, func(i int) string { return l.macros[i].name })),
		}}
	}
	closed := make([][]int, len(all))
	for i := range all {
		l.close(i, direct, closed)
	}
	for i := range l.macros {
		l.macros[i].program.macros = slices.Clip(closed[i][:len(closed[i])-1])
	}
	return nil
}

// close lists a macro behind all that it reads, each once.
func (l *Level) close(i int, direct, closed [][]int) []int {
	if closed[i] != nil {
		return closed[i]
	}
	seen := map[int]bool{}
	for _, d := range direct[i] {
		for _, j := range l.close(d, direct, closed) {
			if !seen[j] {
				closed[i] = append(closed[i], j)
			}
			seen[j] = true
		}
	}
	closed[i] = append(closed[i], i)
	return closed[i]
}

// macrosIn are the macros that an expression reads itself.
func (l *Level) macrosIn(uses []expression.Use) []int {
	var in []int
	seen := map[int]bool{}
	for _, use := range uses {
		if use.Variable != "macro" {
			continue
		}
		if i, ok := l.byMacro[use.Field]; ok && !seen[i] {
			seen[i] = true
			in = append(in, i)
		}
	}
	return in
}

// macrosFor are the macros that have to be evaluated before an expression, in
// order.
func (l *Level) macrosFor(uses []expression.Use) []int {
	var order []int
	seen := map[int]bool{}
	for _, i := range l.macrosIn(uses) {
		if l.macros[i].program == nil {
			continue // of a macro: they are completed by compileMacros
		}
		for _, j := range append(l.macros[i].program.macros, i) {
			if !seen[j] {
				seen[j] = true
				order = append(order, j)
			}
		}
	}
	return order
}

// placesOf are the places of a broken expression, each with its line and column.
func placesOf(path string, err error) []fault.Place {
	var broken *expression.SyntaxError
	if !errors.As(err, &broken) {
		return []fault.Place{{Path: path, Message: err.Error()}}
	}
	var places []fault.Place
	for _, p := range broken.Problems {
		places = append(places, fault.Place{Path: path,
			Message: fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Message)})
	}
	return places
}
