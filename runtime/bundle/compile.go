package bundle

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
)

// Compiled is a package that is ready to decide with. It is immutable and safe for
// concurrent use.
type Compiled struct {
	Package *Package
	Hash    string
	Scope   *scope.Scope
	// Flowcharts by name.
	Flowcharts map[string]*segment.Flowchart
	Model      *decision.Model
	// Events and EventPatterns are the programs of their actions and members, by
	// name and audience level. Where an action's expression has no program at a
	// level, the profile of that level has not what it reads, and the action is not
	// done.
	Events        map[string]map[string]scope.Programs
	EventPatterns map[string]map[string]scope.Programs
	// HistoryMappings are the programs of further columns, by name.
	HistoryMappings map[string]scope.Programs
}

// Compile checks the documents of a package, resolves their references and
// compiles their expressions, on all cores. It keeps the package, which must not
// change any more. The error is a fault.Invalid of type invalid-package with places
// such as "strategies/winback.rules[3].when: line 1, column 5: …".
func Compile(p *Package) (*Compiled, error) {
	c := &compiler{p: p, compiled: &Compiled{Package: p}}
	c.together(c.hash, c.documents, c.references, c.circles)
	if err := c.problem(); err != nil {
		return nil, err
	}
	s, err := scope.New(scope.Definitions{
		AudienceLevels: p.Content.AudienceLevels, Macros: p.Content.Macros,
		OfferAttributes: p.Content.OfferAttributes, Flowcharts: p.Content.Flowcharts,
	})
	if err != nil {
		c.failed(err)
		return nil, c.problem()
	}
	c.compiled.Scope = s
	c.together(append([]func(){c.model, c.offers, c.actions, c.histories}, c.flowcharts()...)...)
	if err := c.problem(); err != nil {
		return nil, err
	}
	return c.compiled, nil
}

type compiler struct {
	p        *Package
	compiled *Compiled

	mu     sync.Mutex
	places []fault.Place
	err    error // that is no fault of the package
}

// together does parts of the work on all cores.
func (c *compiler) together(parts ...func()) {
	queue := make(chan func(), len(parts))
	for _, part := range parts {
		queue <- part
	}
	close(queue)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		workers.Go(func() {
			for part := range queue {
				part()
			}
		})
	}
	workers.Wait()
}

// wrong notes places within a document.
func (c *compiler) wrong(kind definition.Kind, name string, places ...fault.Place) {
	if len(places) == 0 {
		return
	}
	path := definition.Reference{Kind: kind, Name: name}.String()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places = append(c.places, definition.Below(path, places)...)
}

// failed notes the places of an error, or the error where it has none.
func (c *compiler) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := fault.As(err); ok && f.Kind == fault.Invalid && len(f.Places) > 0 {
		c.places = append(c.places, f.Places...)
	} else {
		c.err = err
	}
}

// problem is what was found so far, in an order that does not depend on which core
// was faster.
func (c *compiler) problem() error {
	if c.err != nil {
		return fmt.Errorf("compile package: %w", c.err)
	}
	if len(c.places) == 0 {
		return nil
	}
	slices.SortStableFunc(c.places, func(a, b fault.Place) int { return strings.Compare(a.Path, b.Path) })
	f := fault.New(fault.Invalid, "invalid-package", "the package of channel %s is not valid", c.p.Channel)
	f.Places = c.places[:min(len(c.places), definition.MaxProblems)]
	return f
}

func (c *compiler) hash() {
	_, hash, err := c.p.Encode()
	if err != nil {
		c.failed(err)
	}
	c.compiled.Hash = hash
}

func (c *compiler) model() {
	content := &c.p.Content
	model, err := decision.Compile(c.compiled.Scope, decision.Definitions{
		Channel: content.Channel, Zones: content.Zones, InteractionPoints: content.InteractionPoints,
		Campaigns: content.Campaigns, Offers: content.Offers,
		Strategies: content.Strategies,
	})
	if err != nil {
		c.failed(err)
	}
	c.compiled.Model = model
}

func (c *compiler) flowcharts() []func() {
	c.compiled.Flowcharts = map[string]*segment.Flowchart{}
	var parts []func()
	for name, d := range c.p.Content.Flowcharts {
		parts = append(parts, func() {
			level, _ := c.compiled.Scope.Level(scope.LevelsOf(d, c.p.Content.Channel.AudienceLevels)[0])
			compiled, err := segment.Compile(level, name, d)
			if err != nil {
				c.failed(err)
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.compiled.Flowcharts[name] = compiled
		})
	}
	return parts
}

// offers checks attributes of offers against their definitions, and what learning
// models read of the profile.
func (c *compiler) offers() {
	for name, d := range c.p.Content.Offers {
		c.wrong(definition.KindOffer, name, c.compiled.Scope.CheckOffer(d)...)
	}
	for name, d := range c.p.Content.LearningModels {
		_, places := c.compiled.Scope.Compile(d, []string{d.AudienceLevel}, nil)
		c.wrong(definition.KindLearningModel, name, places...)
	}
}

// actions compiles what events and patterns compute.
func (c *compiler) actions() {
	c.compiled.Events = map[string]map[string]scope.Programs{}
	c.compiled.EventPatterns = map[string]map[string]scope.Programs{}
	events := func(name string) ([]definition.Attribute, bool) {
		event, ok := c.p.Content.Events[name]
		return event.Parameters, ok
	}
	levels := c.p.Content.Channel.AudienceLevels
	for _, name := range slices.Sorted(maps.Keys(c.p.Content.Events)) {
		programs, places := c.compiled.Scope.Compile(c.p.Content.Events[name], levels, events)
		c.wrong(definition.KindEvent, name, places...)
		c.compiled.Events[name] = programs
	}
	for _, name := range slices.Sorted(maps.Keys(c.p.Content.EventPatterns)) {
		programs, places := c.compiled.Scope.Compile(c.p.Content.EventPatterns[name], levels, events)
		c.wrong(definition.KindEventPattern, name, places...)
		c.compiled.EventPatterns[name] = programs
	}
}

func (c *compiler) histories() {
	c.compiled.HistoryMappings = map[string]scope.Programs{}
	for name, d := range c.p.Content.HistoryMappings {
		programs, places := c.compiled.Scope.Compile(d, []string{d.AudienceLevel}, nil)
		c.wrong(definition.KindHistoryMapping, name, places...)
		c.compiled.HistoryMappings[name] = programs[d.AudienceLevel]
	}
}
