package touchpoint

import (
	"context"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/session"
)

// Schedule keeps what events leave behind; schedulepg.Store has it.
type Schedule interface {
	// Write writes all of a moment or nothing, and says which steps met their
	// patterns.
	Write(ctx context.Context, m schedule.Moment) (met []bool, err error)
	// Forget removes actions that were taken and are done.
	Forget(ctx context.Context, done []schedule.ID) error
}

// patterns are the event patterns of a level.
type patterns struct {
	byName map[string]*pattern
	// byEvent has those that take notice of an event, sorted by name.
	byEvent map[string][]*pattern
}

type pattern struct {
	*eventpattern.Pattern
	name     string
	programs scope.Programs
}

func patternsOf(c *bundle.Compiled, level string) patterns {
	all := patterns{byName: map[string]*pattern{}, byEvent: map[string][]*pattern{}}
	for _, name := range slices.Sorted(maps.Keys(c.Package.Content.EventPatterns)) {
		programs := c.EventPatterns[name][level]
		p := &pattern{Pattern: eventpattern.Compile(c.Package.Content.EventPatterns[name], programs), name: name, programs: programs}
		all.byName[name] = p
		for _, event := range p.Events() {
			all.byEvent[event] = append(all.byEvent[event], p)
		}
	}
	return all
}

// occurrence is an event of which the patterns have to take notice.
type occurrence struct {
	event  string
	values map[string]any
}

// step is what an occurrence means to a pattern.
type step struct {
	*pattern
	occurrence
	hit   eventpattern.Hit
	ifMet []schedule.Action
}

// settle writes what the event led to, and does the actions of patterns that are
// met by it, and by what those trigger. The responses come first: they count once,
// however often the event is posted, but patterns count it each time. What the
// patterns do is put by with their states: once it is written that a pattern is met
// its actions are done, here or later.
func (h *happening) settle(ctx context.Context) {
	for {
		steps := h.steps()
		if !h.record(ctx) {
			return
		}
		met, ok := h.leave(ctx, steps)
		if !ok {
			return
		}
		h.over()
		if len(met) == 0 {
			return
		}
		for _, s := range met {
			h.began(s.ifMet)
			h.actions(s.cause(), s.Definition().Actions, false)
		}
	}
}

func (s *step) cause() cause {
	return cause{text: "pattern " + s.name, event: s.event, values: s.values, programs: s.programs}
}

// steps are those of the events that have occurred since the last time.
func (h *happening) steps() []step {
	var steps []step
	for _, o := range h.occurred {
		for _, p := range h.level.patterns.byEvent[o.event] {
			h.evaluate().SetEvent(o.values)
			hit, err := p.Match(o.event, h.frame)
			if err != nil {
				h.warn(ExpressionFailed, "pattern %s, %s", p.name, err)
			}
			if hit.None() {
				continue
			}
			s := step{pattern: p, occurrence: o, hit: hit}
			s.ifMet = append(h.delays(&s), h.take(&s)...)
			steps = append(steps, s)
		}
	}
	h.occurred = nil
	return steps
}

// delays are the delayed actions of a pattern, if it is met.
func (h *happening) delays(s *step) []schedule.Action {
	if h.s.o.Schedule == nil {
		return nil
	}
	var all []schedule.Action
	for i, a := range s.Definition().Actions {
		path := actionPath(i)
		if isLeft(a) && (a.When == "" || h.holds(s.cause(), path)) {
			all = append(all, h.delay(a, s.cause(), path)...)
		}
	}
	return all
}

// leave goes on with the states of patterns and puts delayed actions by. It returns
// the steps that met their patterns; false where nothing is kept.
func (h *happening) leave(ctx context.Context, steps []step) (met []step, ok bool) {
	moment := schedule.Moment{Channel: h.data.Channel, Level: h.data.Level, Customer: h.data.Audience, Actions: h.delayed, Done: h.taken}
	h.delayed = nil
	var states map[string]eventpattern.State
	if h.keepsPatterns() {
		for _, s := range steps {
			moment.Steps = append(moment.Steps, schedule.Step{Pattern: s.name, IfMet: s.ifMet,
				Apply: func(state eventpattern.State) (eventpattern.State, bool) { return s.Step(state, s.hit, h.now) }})
		}
	} else if len(steps) > 0 {
		states, met = h.stepInSession(steps)
		for _, s := range met {
			moment.Actions = append(moment.Actions, s.ifMet...)
		}
	}
	if len(moment.Steps) > 0 || len(moment.Actions) > 0 {
		ctx, cancel := context.WithTimeout(ctx, h.s.o.Deadline*3/4)
		defer cancel()
		written, err := h.s.o.Schedule.Write(ctx, moment)
		if err != nil {
			if !h.putOff() {
				h.notKept(err)
			}
			return nil, false
		}
		h.taken = nil
		for i, isMet := range written {
			if isMet {
				met = append(met, steps[i])
			}
		}
	}
	if states != nil {
		h.data.Patterns = states
	}
	return met, true
}

// notKept says that nothing of the patterns and delayed actions was kept.
func (c *call) notKept(err error) {
	if f, ok := fault.As(err); ok && f.Kind != fault.Unavailable {
		c.fail(EventNotKept, "%s", f.Message)
		return
	}
	c.fail(EventNotKept, "the event has to be posted again")
}

// keepsPatterns reports whether the states of patterns are kept for the customer,
// not in the session.
func (c *call) keepsPatterns() bool { return c.s.o.Schedule != nil && !c.data.Anonymous() }

// stepInSession goes on with states of the session, and leaves those alone.
func (h *happening) stepInSession(steps []step) (states map[string]eventpattern.State, met []step) {
	states = make(map[string]eventpattern.State, len(h.data.Patterns)+1)
	for name, state := range h.data.Patterns {
		if h.level.patterns.byName[name] != nil {
			states[name] = state
		}
	}
	for _, s := range steps {
		next, isMet := s.Step(states[s.name], s.hit, h.now)
		if states[s.name] = next; isMet {
			met = append(met, s)
		}
	}
	return states, met
}

// patternsOfVisit takes the states of patterns out of a session, to be kept under
// another visitor or not.
func patternsOfVisit(d *session.Data, keep bool) map[string]eventpattern.State {
	states := d.Patterns
	d.Patterns = nil
	if !keep {
		return nil
	}
	return states
}

// mergePatterns adds what counted in the visit to what counted for the customer.
func (c *call) mergePatterns(ctx context.Context, visit map[string]eventpattern.State) {
	if len(visit) == 0 {
		return
	}
	if !c.keepsPatterns() {
		c.data.Patterns = visit
		return
	}
	moment := schedule.Moment{Channel: c.data.Channel, Level: c.data.Level, Customer: c.data.Audience}
	for _, name := range slices.Sorted(maps.Keys(visit)) {
		if p := c.level.patterns.byName[name]; p != nil {
			moment.Steps = append(moment.Steps, schedule.Step{Pattern: name,
				Apply: func(known eventpattern.State) (eventpattern.State, bool) { return p.Merge(known, visit[name]), false }})
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.s.o.Deadline/2)
	defer cancel()
	if _, err := c.s.o.Schedule.Write(ctx, moment); err != nil {
		c.warn(EventNotKept, "event patterns do not count what happened before the visitor was known")
	}
}

// isLeft reports whether an action is left to the schedule: one with a time of its
// own, and one that has to be done once although it leads out of the runtime.
func isLeft(a definition.EventAction) bool { return a.After != nil || a.At != "" || a.Do.Triggers() }
