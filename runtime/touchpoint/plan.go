package touchpoint

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
)

// plan is a version of a channel as calls need it. Sessions hold on to theirs.
type plan struct {
	serving *versions.Serving
	version Version
	content *bundle.Content
	model   *decision.Model
	levels  map[string]*level
	// offers are the definitions by their id.
	offers []definition.Offer
	// limited says that some offer has a total limit.
	limited bool
	// learners are the learning models by name.
	learners map[string]*learner
	// unlisted is what is kept beside sessions of visitors who are on no list.
	unlisted attached
}

// level is an audience level of the channel.
type level struct {
	name        string
	definition  definition.AudienceLevel
	scope       *scope.Level
	flowcharts  []*segment.Flowchart // by name
	types       map[string]definition.ResponseClass
	columns     columns
	frames      sync.Pool
	conditions  conditions
	programs    map[string]scope.Programs // of events, by name
	patterns    patterns
	profileType map[string]definition.ValueType
	names       []string // of the attributes, in order
	usual       usual
}

// plans has the plan of what is served of each channel, and those of versions that
// sessions of other servers began with.
type plans struct {
	learning Learning
	mu       sync.Mutex
	current  map[string]*plan
	past     []*plan // those used last at the end
}

// mostPast are the plans that are kept beside those of what is served.
const mostPast = 16

// ofPast returns the plan of a version that a session of another server began with.
func (p *plans) ofPast(v *versions.Serving) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.current[v.Channel]; found != nil && found.serving == v {
		return found
	}
	var made *plan
	if at := slices.IndexFunc(p.past, func(kept *plan) bool { return kept.serving == v }); at >= 0 {
		made = p.past[at]
		p.past = slices.Delete(p.past, at, at+1)
	} else {
		made = newPlan(v)
		made.follow(p.learning)
	}
	if len(p.past) == mostPast {
		p.past = slices.Delete(p.past, 0, 1)
	}
	p.past = append(p.past, made)
	return made
}

// of returns the plan of what is served.
func (p *plans) of(v *versions.Serving) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.current[v.Channel]; found != nil && found.serving == v {
		return found
	}
	if p.current == nil {
		p.current = map[string]*plan{}
	}
	made := newPlan(v)
	made.follow(p.learning)
	p.current[v.Channel] = made
	return made
}

// plan finds what is served of a channel, whose name is known in any case; nil
// where nothing is.
func (s *Service) plan(channel string) *plan {
	v := s.versions.Serving(channel)
	if v == nil && len(channel) <= maxName {
		v = s.versions.Serving(strings.ToLower(channel))
	}
	if v == nil || v.Compiled == nil {
		return nil
	}
	return s.plans.of(v)
}

// maxName is the longest name that a definition can have.
const maxName = 63

// find looks a name up as it is and in lower case, as all names are.
func find[T any](all map[string]T, name string) (T, string, bool) {
	found, ok := all[name]
	if !ok && len(name) <= maxName {
		name = strings.ToLower(name)
		found, ok = all[name]
	}
	return found, name, ok
}

func newPlan(v *versions.Serving) *plan {
	c := v.Compiled
	p := &plan{serving: v, version: versionOf(v), content: &c.Package.Content, model: c.Model, levels: map[string]*level{}}
	p.unlisted.plan = p
	for _, name := range p.content.Channel.AudienceLevels {
		if made := newLevel(c, name); made != nil {
			p.levels[name] = made
		}
	}
	for id := range c.Model.Offers() {
		o := c.Model.OfferDefinition(decision.OfferID(id))
		p.offers = append(p.offers, o)
		p.limited = p.limited || o.Limits != nil && o.Limits.Total != nil
	}
	return p
}

// total is the total limit of an offer; nil for none.
func (p *plan) total(id decision.OfferID) *definition.Limit {
	if limits := p.offers[id].Limits; limits != nil {
		return limits.Total
	}
	return nil
}

// perCustomer is the limit of an offer per customer; nil for none.
func (p *plan) perCustomer(id decision.OfferID) *definition.Limit {
	if limits := p.offers[id].Limits; limits != nil {
		return limits.PerCustomer
	}
	return nil
}

func newLevel(c *bundle.Compiled, name string) *level {
	language, ok := c.Scope.Level(name)
	if !ok {
		return nil
	}
	l := &level{name: name, definition: c.Package.Content.AudienceLevels[name], scope: language,
		types: responseTypes(), programs: map[string]scope.Programs{}, profileType: map[string]definition.ValueType{}}
	l.frames.New = func() any { return language.NewFrame() }
	for _, flowchart := range slices.Sorted(maps.Keys(c.Flowcharts)) {
		if f := c.Flowcharts[flowchart]; f.Level() == language {
			l.flowcharts = append(l.flowcharts, f)
		}
	}
	for _, mapping := range slices.Sorted(maps.Keys(c.HistoryMappings)) {
		if d := c.Package.Content.HistoryMappings[mapping]; d.AudienceLevel == name {
			maps.Copy(l.types, d.ResponseTypes)
			l.columns.add(d, c.HistoryMappings[mapping])
		}
	}
	for event, programs := range c.Events {
		l.programs[event] = programs[name]
	}
	l.patterns = patternsOf(c, name)
	for _, a := range slices.Concat(l.definition.Key, l.definition.Profile) {
		l.profileType[a.Name] = a.Type
	}
	l.names = slices.Sorted(maps.Keys(l.profileType))
	return l
}

// Response types that are always there.
const (
	typeAccept = "accept"
	typeReject = "reject"
	typeSeen   = "seen"
)

func responseTypes() map[string]definition.ResponseClass {
	return map[string]definition.ResponseClass{typeAccept: definition.CountsAsAccept, typeReject: definition.CountsAsReject}
}

// conditions are compiled conditions of overrides, which lie in no package. They
// are forgotten when they are many.
type conditions struct {
	mu       sync.Mutex
	compiled map[string]condition
}

type condition struct {
	program *scope.Program
	err     error
}

const mostConditions = 10_000

// condition compiles a condition of an override.
func (l *level) condition(source string) (*scope.Program, error) {
	l.conditions.mu.Lock()
	found, ok := l.conditions.compiled[source]
	l.conditions.mu.Unlock()
	if ok {
		return found.program, found.err
	}
	found.program, found.err = l.scope.CompileAlone(definition.Expression{
		Path: "when", Source: source, Sees: definition.SeesRule, Result: definition.Boolean,
	})
	l.conditions.mu.Lock()
	defer l.conditions.mu.Unlock()
	if l.conditions.compiled == nil || len(l.conditions.compiled) >= mostConditions {
		l.conditions.compiled = map[string]condition{}
	}
	l.conditions.compiled[source] = found
	return found.program, found.err
}
