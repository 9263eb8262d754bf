package scope

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// visible are the variables of each sight.
var visible = map[definition.Sight][]string{
	definition.SeesMacro:     {"macro", "now", "profile"},
	definition.SeesFlowchart: {"derived", "macro", "now", "parameters", "profile"},
	definition.SeesRule:      {"macro", "now", "offer", "parameters", "profile", "segments"},
	definition.SeesScore:     {"macro", "now", "offer", "parameters", "profile", "score", "segments"},
	definition.SeesAction:    {"event", "macro", "now", "parameters", "profile", "segments"},
	definition.SeesHistory:   {"event", "macro", "now", "offer", "parameters", "profile", "score", "segments"},
}

// Programs are the compiled expressions of a document by their paths, as
// definition.Expressions gives them: "rules[3].when".
type Programs map[string]*Program

// At finds a program; nil where the document has no expression.
func (p Programs) At(path string) *Program { return p[path] }

// References lists what the expressions name: macros and offer attributes. The
// paths are those of the expressions.
func (p Programs) References() []definition.Mention {
	var mentions []definition.Mention
	for _, path := range slices.Sorted(maps.Keys(p)) {
		for _, use := range p[path].program.Uses() {
			r := definition.Reference{Name: strings.ReplaceAll(use.Field, "_", "-")}
			switch {
			case use.Variable == "macro":
				r.Kind = definition.KindMacro
			case use.Variable == "offer" && use.Field != "code" && use.Field != "":
				r.Kind = definition.KindOfferAttribute
			default:
				continue
			}
			if m := (definition.Mention{Path: path, Reference: r}); !slices.Contains(mentions, m) {
				mentions = append(mentions, m)
			}
		}
	}
	return mentions
}

// CompileDocument compiles all expressions of a document and checks what it names of the
// profile. The places are within the document. Events may be nil for documents
// whose expressions read no other document's parameters.
func (l *Level) CompileDocument(d definition.Document, events Events) (Programs, []fault.Place) {
	programs := Programs{}
	places := l.unknownAttributes(d)
	for _, e := range definition.Expressions(d) {
		if e.Event != "" && events != nil {
			parameters, ok := events(e.Event)
			if !ok {
				continue // a reference that does not exist is reported as such
			}
			e.Parameters = parameters
		}
		program, err := l.Compile(e)
		if err != nil {
			places = append(places, placesOf(e.Path, err)...)
		} else {
			programs[e.Path] = program
		}
		if len(places) >= definition.MaxProblems {
			break
		}
	}
	return programs, places
}

// resultOf is the type that an expression has to have.
func (l *Level) resultOf(e definition.Expression) (definition.ValueType, bool) {
	switch {
	case e.Attribute == "":
		return e.Result, true
	case e.Sees == definition.SeesAction:
		t, ok := l.types[e.Attribute]
		return t, ok && !slices.Contains(l.key, e.Attribute)
	default:
		return l.offers[e.Attribute].Type, true
	}
}

func (l *Level) notSettable(attribute string) string {
	if slices.Contains(l.key, attribute) {
		return fmt.Sprintf("%s is part of the key of audience level %s and cannot be set", attribute, l.name)
	}
	return l.noAttribute(attribute)
}

func (l *Level) noAttribute(name string) string {
	return fmt.Sprintf("audience level %s has no attribute %s in its profile", l.name, name)
}

// unknownAttributes finds what a document names of the profile by itself, not in
// an expression.
func (l *Level) unknownAttributes(d definition.Document) []fault.Place {
	var places []fault.Place
	check := func(path string, names []string) {
		for i, name := range names {
			if _, ok := l.types[name]; !ok {
				places = append(places, fault.Place{Path: fmt.Sprintf("%s[%d]", path, i), Message: l.noAttribute(name)})
			}
		}
	}
	switch d := d.(type) {
	case definition.LearningModel:
		check("attributes", d.Attributes)
	case definition.Flowchart:
		for i, box := range d.Boxes {
			check(fmt.Sprintf("boxes[%d].attributes", i), box.Attributes)
		}
	}
	return places
}

// compilation is what came of a text and a type; sights differ only in what they
// refuse.
type compilation struct {
	program *Program
	err     error
}

type compilationKey struct {
	source string
	result definition.ValueType
}

// Compile compiles an expression of a document. The same text is compiled once for
// all documents. The error is an *expression.SyntaxError.
func (l *Level) Compile(e definition.Expression) (*Program, error) {
	result, ok := l.resultOf(e)
	if !ok {
		return nil, problem(1, 1, l.notSettable(e.Attribute))
	}
	key := compilationKey{e.Source, result}
	found, ok := l.compiled.Load(key)
	if !ok {
		c := &compilation{}
		c.program, c.err = l.compileText(l.language, e.Source, result)
		found, _ = l.compiled.LoadOrStore(key, c)
	}
	c := found.(*compilation)
	if c.err != nil {
		return nil, c.err
	}
	if err := l.refuse(e, c.program.program.Uses()); err != nil {
		return nil, err
	}
	return c.program, l.checkMixed(e, c.program)
}

func (l *Level) compileText(language *expression.Language, source string, result definition.ValueType) (*Program, error) {
	program, err := language.Compile(source, typeOf(result))
	if err != nil && result == definition.Number {
		// A whole number is a number, of which CEL knows nothing.
		if whole, wrong := language.Compile(source, expression.Int); wrong == nil {
			program, err = whole, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &Program{program: program, result: result, reads: reads(program.Uses()),
		macros: l.macrosFor(program.Uses()), requires: l.profileOnly(program.Requires())}, nil
}

// reads lists what is read, each once: "profile.age", "segments".
func reads(uses []expression.Use) []string {
	var names []string
	for _, use := range uses {
		name := use.Variable
		if use.Field != "" {
			name += "." + use.Field
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// profileOnly keeps requirements of the profile: what else a record holds changes
// from one expression to the next.
func (l *Level) profileOnly(requires []expression.Requirement) []expression.Requirement {
	var kept []expression.Requirement
	for _, r := range requires {
		if slices.ContainsFunc(l.profile, func(a attribute) bool { return a.slot == r.Slot }) {
			kept = append(kept, r)
		}
	}
	return kept
}

// refuse finds what an expression reads and does not see.
func (l *Level) refuse(e definition.Expression, uses []expression.Use) error {
	for _, use := range uses {
		if why := unseen(e, use); why != "" {
			return problem(use.Line, use.Column, why)
		}
	}
	return nil
}

func problem(line, column int, message string) error {
	return &expression.SyntaxError{Problems: []expression.Problem{{Line: line, Column: column, Message: message}}}
}

func unseen(e definition.Expression, use expression.Use) string {
	if !slices.Contains(visible[e.Sees], use.Variable) {
		return fmt.Sprintf("%s cannot be read here; the variables are %s", use.Variable, strings.Join(visible[e.Sees], ", "))
	}
	switch {
	case (use.Variable == "macro" || use.Variable == "derived") && use.Field == "":
		return fmt.Sprintf("%s is read field by field: %s.name", use.Variable, use.Variable)
	case use.Variable == "derived" && !slices.ContainsFunc(e.Derived, func(f definition.DerivedField) bool { return f.Name == use.Field }):
		return fmt.Sprintf("undefined field '%s': no box of the flowchart derives it", use.Field)
	case use.Variable == "event" && e.Sees == definition.SeesAction && use.Field != "" &&
		!slices.ContainsFunc(e.Parameters, func(a definition.Attribute) bool { return a.Name == use.Field }):
		return fmt.Sprintf("undefined field '%s': the event declares no such parameter", use.Field)
	}
	return ""
}

// checkMixed checks an expression once more with the types that its own flowchart
// gives to derived fields.
func (l *Level) checkMixed(e definition.Expression, p *Program) error {
	if !slices.ContainsFunc(p.program.Uses(), func(u expression.Use) bool { return u.Variable == "derived" && l.mixed[u.Field] }) {
		return nil
	}
	fields := map[string]definition.ValueType{}
	for _, f := range e.Derived {
		fields[f.Name] = f.Type
	}
	own, err := expression.New(l.variables(fields)...)
	if err != nil {
		return fmt.Errorf("declare derived fields: %w", err)
	}
	_, err = l.compileText(own, e.Source, e.Result)
	return err
}

// CompileAlone compiles an expression as Compile does and keeps nothing of it: for
// texts that lie in no document, of which there may be any number.
func (l *Level) CompileAlone(e definition.Expression) (*Program, error) {
	result, ok := l.resultOf(e)
	if !ok {
		return nil, problem(1, 1, l.notSettable(e.Attribute))
	}
	program, err := l.compileText(l.language, e.Source, result)
	if err != nil {
		return nil, err
	}
	if err := l.refuse(e, program.program.Uses()); err != nil {
		return nil, err
	}
	return program, l.checkMixed(e, program)
}
