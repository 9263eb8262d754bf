package scope

import (
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Program is a compiled expression. It is immutable and safe for concurrent use,
// each goroutine with its own frame.
type Program struct {
	program  *expression.Program
	result   definition.ValueType
	macros   []int // that it reads, each after those that it reads itself
	requires []expression.Requirement
	reads    []string
}

// Bool evaluates a condition.
func (p *Program) Bool(f *Frame) (bool, error) {
	if err := p.prepare(f); err != nil {
		return false, err
	}
	return p.program.Bool(f.record)
}

// Float evaluates to a number.
func (p *Program) Float(f *Frame) (float64, error) {
	if err := p.prepare(f); err != nil {
		return 0, err
	}
	return p.program.Float(f.record)
}

// Value evaluates to a value of the type that it was compiled for: a string,
// int64, float64, bool, time.Time or []string; nil where the expression gives
// null. One of no certain type gives what expression.Program.Value does.
func (p *Program) Value(f *Frame) (any, error) {
	if err := p.prepare(f); err != nil {
		return nil, err
	}
	value, err := p.program.Value(f.record)
	if err != nil || p.result == "" {
		return value, err
	}
	converted, err := p.result.Convert(value)
	if err != nil {
		return nil, fmt.Errorf("evaluate expression: %w", err)
	}
	return converted, nil
}

// Constant is the value of an expression that reads no variable: an error where
// evaluating it always fails.
func (p *Program) Constant() (constant any, ok bool) { return p.program.Constant() }

// Requires are equalities of the profile that have to hold for the condition to be
// true. Frame.Record has the keys.
func (p *Program) Requires() []expression.Requirement { return p.requires }

// Reads lists what the program itself reads, each once: "profile.age", "macro.vip",
// "segments".
func (p *Program) Reads() []string { return p.reads }

// ReadsOffer reports whether the program reads the offer that is decided on. Its macros
// cannot.
func (p *Program) ReadsOffer() bool {
	return slices.ContainsFunc(p.reads, func(name string) bool { return name == "offer" || strings.HasPrefix(name, "offer.") })
}

// prepare evaluates the macros that the program reads and that were not yet. A
// program that reads one that fails, fails: null in its place could make a
// condition hold.
func (p *Program) prepare(f *Frame) error {
	for _, i := range p.macros {
		m := &f.macros[i]
		if !m.done {
			f.evaluate(i)
		}
		if m.failed != nil {
			return m.failed
		}
	}
	return nil
}
