package scope

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/switchyard/switchyard/internal/expression"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Level is the language of one audience level. It is immutable and safe for
// concurrent use.
type Level struct {
	name     string
	language *expression.Language
	profile  []attribute
	types    map[string]definition.ValueType // of the profile, by name
	key      []string
	offer    []attribute // code and the offer attributes
	offers   map[string]definition.OfferAttribute
	derived  map[string]expression.Slot
	mixed    map[string]bool // derived fields that flowcharts give different types
	macros   []macro
	byMacro  map[string]int // by identifier
	slots    slots
	compiled sync.Map // key → *compilation
}

// attribute is a field of the profile or of the offer and where it is kept.
type attribute struct {
	name     string
	place    int // of an attribute of the profile, among their names in order
	slot     expression.Slot
	kind     definition.ValueType
	standing any // stands in where there is no value
}

type slots struct{ segments, parameters, event, score, now expression.Slot }

// Name is that of the audience level.
func (l *Level) Name() string { return l.name }

// Attribute finds the type of an attribute of the profile or the key.
func (l *Level) Attribute(name string) (definition.ValueType, bool) {
	t, ok := l.types[name]
	return t, ok
}

// Key are the attributes of the key, in order.
func (l *Level) Key() []string { return l.key }

func typeOf(t definition.ValueType) expression.Type {
	switch t {
	case definition.Text:
		return expression.Text
	case definition.Whole:
		return expression.Int
	case definition.Number:
		return expression.Double
	case definition.Boolean:
		return expression.Bool
	case definition.Timestamp:
		return expression.Timestamp
	case definition.Texts:
		return expression.List(expression.Text)
	default:
		return expression.Any
	}
}

func newLevel(name string, d Definitions) (*Level, []fault.Place, error) {
	level := d.AudienceLevels[name]
	l := &Level{name: name, types: map[string]definition.ValueType{}, offers: d.OfferAttributes,
		derived: map[string]expression.Slot{}, mixed: map[string]bool{}, byMacro: map[string]int{}}

	declared := slices.Concat(level.Key, level.Profile)
	for _, a := range declared {
		standing, err := a.Type.Convert(a.Default)
		if err != nil {
			return nil, nil, fmt.Errorf("default of %s: %w", a.Name, err)
		}
		l.types[a.Name] = a.Type
		l.profile = append(l.profile, attribute{name: a.Name, kind: a.Type, standing: standing})
	}
	names := slices.Sorted(maps.Keys(l.types))
	for i := range l.profile {
		l.profile[i].place, _ = slices.BinarySearch(names, l.profile[i].name)
	}
	for _, a := range level.Key {
		l.key = append(l.key, a.Name)
	}
	l.offer = append(l.offer, attribute{name: "code", kind: definition.Text})
	for _, name := range slices.Sorted(maps.Keys(d.OfferAttributes)) {
		a := d.OfferAttributes[name]
		standing, err := a.Type.Convert(a.Default)
		if err != nil {
			return nil, nil, fmt.Errorf("default of offer attribute %s: %w", name, err)
		}
		l.offer = append(l.offer, attribute{name: name, kind: a.Type, standing: standing})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Macros)) {
		if m := d.Macros[name]; m.AudienceLevel == l.name {
			l.byMacro[definition.Identifier(name)] = len(l.macros)
			l.macros = append(l.macros, macro{name: name, definition: m})
		}
	}
	if err := l.declare(l.derivedFields(d.Flowcharts)); err != nil {
		return nil, nil, err
	}
	return l, l.compileMacros(), nil
}

// derivedFields are the derived fields of all flowcharts. One language serves all
// of them, so that a visitor's profile is set once; a field to which they give
// different types is checked flowchart by flowchart.
func (l *Level) derivedFields(flowcharts map[string]definition.Flowchart) map[string]definition.ValueType {
	fields := map[string]definition.ValueType{}
	for _, f := range flowcharts {
		for _, field := range f.Derived() {
			if t, ok := fields[field.Name]; ok && t != field.Type {
				l.mixed[field.Name] = true
			}
			fields[field.Name] = field.Type
		}
	}
	for name := range l.mixed {
		fields[name] = ""
	}
	return fields
}

// declare makes the language and finds the places of its variables.
func (l *Level) declare(derived map[string]definition.ValueType) error {
	var err error
	if l.language, err = expression.New(l.variables(derived)...); err != nil {
		return err
	}
	for i := range l.profile {
		l.profile[i].slot, _ = l.language.Slot("profile." + l.profile[i].name)
	}
	for i := range l.offer {
		l.offer[i].slot, _ = l.language.Slot("offer." + definition.Identifier(l.offer[i].name))
	}
	for i := range l.macros {
		l.macros[i].slot, _ = l.language.Slot("macro." + definition.Identifier(l.macros[i].name))
	}
	for name := range derived {
		l.derived[name], _ = l.language.Slot("derived." + name)
	}
	for name, slot := range map[string]*expression.Slot{"segments": &l.slots.segments, "parameters": &l.slots.parameters,
		"event": &l.slots.event, "score": &l.slots.score, "now": &l.slots.now} {
		*slot, _ = l.language.Slot(name)
	}
	return nil
}

func (l *Level) variables(derived map[string]definition.ValueType) []expression.Variable {
	var profile, offer, macros, fields []expression.Variable
	for _, a := range l.profile {
		profile = append(profile, expression.Variable{Name: a.name, Type: typeOf(a.kind)})
	}
	for _, a := range l.offer {
		offer = append(offer, expression.Variable{Name: definition.Identifier(a.name), Type: typeOf(a.kind)})
	}
	for _, m := range l.macros {
		macros = append(macros, expression.Variable{Name: definition.Identifier(m.name), Type: typeOf(m.definition.Type)})
	}
	for _, name := range slices.Sorted(maps.Keys(derived)) {
		fields = append(fields, expression.Variable{Name: name, Type: typeOf(derived[name])})
	}
	variables := []expression.Variable{
		{Name: "profile", Fields: profile},
		{Name: "offer", Fields: offer},
		{Name: "segments", Type: expression.List(expression.Text)},
		{Name: "parameters", Type: expression.Map(expression.Any)},
		{Name: "event", Type: expression.Map(expression.Any)},
		{Name: "score", Type: expression.Double},
		{Name: "now", Type: expression.Timestamp},
	}
	if len(macros) > 0 {
		variables = append(variables, expression.Variable{Name: "macro", Fields: macros})
	}
	if len(fields) > 0 {
		variables = append(variables, expression.Variable{Name: "derived", Fields: fields})
	}
	return variables
}
