package scope

import (
	"fmt"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Definitions are what the languages are made of, by name.
type Definitions struct {
	AudienceLevels  map[string]definition.AudienceLevel
	Macros          map[string]definition.Macro
	OfferAttributes map[string]definition.OfferAttribute
	// Flowcharts are asked for their derived fields.
	Flowcharts map[string]definition.Flowchart
}

// Scope has the languages of all audience levels. It is immutable and safe for
// concurrent use.
type Scope struct {
	levels     map[string]*Level
	attributes map[string]definition.OfferAttribute
}

// New makes the languages and compiles the macros. The definitions have passed
// their Check. The error is a fault.Invalid with places such as
// macros/vip.expression.
func New(d Definitions) (*Scope, error) {
	s := &Scope{levels: map[string]*Level{}, attributes: d.OfferAttributes}
	var places []fault.Place
	for _, name := range slices.Sorted(maps.Keys(d.Macros)) {
		if level := d.Macros[name].AudienceLevel; !has(d.AudienceLevels, level) {
			places = append(places, fault.Place{Path: "macros/" + name + ".audienceLevel",
				Message: fmt.Sprintf("there is no audience level %s", level)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.AudienceLevels)) {
		l, broken, err := newLevel(name, d)
		if err != nil {
			return nil, fmt.Errorf("declare audience level %s: %w", name, err)
		}
		s.levels[name] = l
		places = append(places, broken...)
	}
	if err := definition.Problem(places); err != nil {
		return nil, err
	}
	return s, nil
}

func has[V any](m map[string]V, name string) bool {
	_, ok := m[name]
	return ok
}

// Level finds the language of an audience level.
func (s *Scope) Level(name string) (*Level, bool) {
	l, ok := s.levels[name]
	return l, ok
}

// Events gives the parameters of an event; false where there is no such event.
type Events func(name string) ([]definition.Attribute, bool)

// Compile compiles a document whose expressions are evaluated on any of several
// audience levels, such as the actions of an event. An expression counts at the
// levels whose profile has what it reads, and there must be one. The programs are
// by level; the places are within the document.
func (s *Scope) Compile(d definition.Document, levels []string, events Events) (map[string]Programs, []fault.Place) {
	all := map[string]Programs{}
	var first []fault.Place
	failed := map[string]int{}
	known := 0
	for _, name := range levels {
		l, ok := s.levels[name]
		if !ok {
			continue // a reference that does not exist is reported as such
		}
		known++
		programs, places := l.CompileDocument(d, events)
		all[name] = programs
		if known == 1 {
			first = places
		}
		once := map[string]bool{}
		for _, p := range places {
			if !once[p.Path] {
				failed[p.Path]++
			}
			once[p.Path] = true
		}
	}
	return all, slices.DeleteFunc(first, func(p fault.Place) bool { return failed[p.Path] < known })
}

// LevelsOf are the audience levels that a document's expressions are evaluated on,
// in a channel with these levels. An offer has none of its own: it goes by the
// strategies that offer it.
func LevelsOf(d definition.Document, channel []string) []string {
	var own string
	switch d := d.(type) {
	case definition.Macro:
		own = d.AudienceLevel
	case definition.LearningModel:
		own = d.AudienceLevel
	case definition.HistoryMapping:
		own = d.AudienceLevel
	case definition.Flowchart:
		own = d.AudienceLevel
	case definition.Strategy:
		own = d.AudienceLevel
	case definition.Event, definition.EventPattern:
		return channel
	default:
		return nil
	}
	if own == "" && len(channel) > 0 {
		own = channel[0]
	}
	return []string{own}
}

// CheckOffer checks the attributes of an offer against their definitions. An
// attribute without a definition is a reference that does not exist, and is left
// to who checks those.
func (s *Scope) CheckOffer(o definition.Offer) []fault.Place {
	var places []fault.Place
	for _, name := range slices.Sorted(maps.Keys(s.attributes)) {
		attribute := s.attributes[name]
		value, named := o.Attributes[name]
		if !named {
			if attribute.Required && !has(o.Computed, name) {
				places = append(places, fault.Place{Path: "attributes." + name, Message: "every offer must name a value for " + name})
			}
			continue
		}
		if _, err := attribute.Type.Convert(value); err != nil {
			places = append(places, fault.Place{Path: "attributes." + name, Message: err.Error()})
		}
	}
	return places
}
