package process

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
)

// run is one Advance.
type run struct {
	definition *Definition
	state      State
	in         Input
}

func (r *run) scope() *scope { return &scope{in: &r.in, state: &r.state} }

// resume takes in the event that the step waited for and goes on behind it.
func (r *run) resume(s step, e Event) (State, Effect, error) {
	switch e.Kind {
	case Completed:
		r.state.Outcome, r.state.Agent = shorten(clean(e.Outcome), maxReason), clean(e.Agent)
		return r.from(s.next)
	case NoTarget:
		if !s.route.expires() {
			return r.state, *r.state.Pending, fmt.Errorf("advance process %s: the targets of step %s have no end", r.definition.Name, s.name)
		}
		return r.from(s.route.onNoTarget)
	case Responded, CallFailed:
		return r.answered(s, e)
	default: // Elapsed: nothing to take in
		return r.from(s.next)
	}
}

// answered takes in the result of a call.
func (r *run) answered(s step, e Event) (State, Effect, error) {
	problem := ""
	r.state.Response = &Response{Status: e.Status}
	switch body, err := normalBounded(e.Body); {
	case e.Kind == CallFailed:
		problem = shorten(clean(e.Problem), maxReason)
		r.state.Response.Status = 0
	case err != nil:
		problem = "its answer cannot be kept: " + err.Error()
	case e.Status < 200 || e.Status > 299:
		problem = fmt.Sprintf("it answered with status %d", e.Status)
		r.state.Response.Body = Value{body}
	default:
		r.state.Response.Body = Value{body}
	}
	r.state.Response.Error = problem
	o, output := s.outcome(), r.state.Response.Body.Any
	switch {
	case problem == "":
	case o.onFailure != nil:
		return r.from(*o.onFailure)
	case o.fallback == nil:
		return r.fail("the call failed: %s", problem)
	default:
		var err error
		if output, err = o.fallback.value(r.scope()); err != nil {
			return r.fail("default: %s", err)
		}
	}
	if o.output == "" {
		return r.from(s.next)
	}
	if err := r.assign(map[string]any{o.output: output}); err != nil {
		return r.fail("output: %s", err)
	}
	return r.from(s.next)
}

// from executes steps from i on until one has an effect.
func (r *run) from(i int) (State, Effect, error) {
	for i >= 0 {
		if r.state.Steps >= MaxExecuted {
			return r.ask(Effect{Kind: EffectStop, Reason: ReasonTooManySteps})
		}
		s := &r.definition.steps[i]
		r.state.Steps++
		r.state.Step = s.name
		if s.condition != nil {
			holds, err := s.condition.Bool(r.scope())
			if err != nil {
				return r.fail("if: %s", err)
			}
			if !holds {
				i = s.skip
				continue
			}
		}
		effect, next, err := r.execute(s)
		if err != nil {
			return r.fail("%s", err)
		}
		if effect != nil {
			return r.ask(*effect)
		}
		i = next
	}
	return r.ask(Effect{Kind: EffectStop, Reason: ReasonCompleted})
}

// execute does one step: it returns its effect, or else the step to go on with.
func (r *run) execute(s *step) (*Effect, int, error) {
	switch {
	case s.block != nil:
		return nil, s.block.first, nil
	case s.set != nil:
		return nil, s.next, r.set(s.set)
	case s.choice != nil:
		next, err := r.choose(s)
		return nil, next, err
	case s.wait != nil:
		return &Effect{Kind: EffectWait, For: s.wait.duration}, 0, nil
	case s.route != nil:
		effect, err := r.routeEffect(s.route)
		return effect, 0, err
	case s.queue != nil:
		priority, err := r.priority(s.queue.priority)
		return &Effect{Kind: EffectQueue, Queue: s.queue.queue, Priority: priority}, 0, err
	case s.http != nil:
		request, err := s.http.request(r.scope())
		return &Effect{Kind: EffectHTTP, Request: request}, 0, err
	case s.offers != nil:
		request, err := s.offers.request(r.scope())
		return &Effect{Kind: EffectOffers, Request: request}, 0, err
	default:
		reason, err := r.reason(s.stop)
		return &Effect{Kind: EffectStop, Reason: reason}, 0, err
	}
}

// ask numbers the effect and makes the process wait for its answer.
func (r *run) ask(e Effect) (State, Effect, error) {
	r.state.Sequence++
	e.Step, e.Sequence = r.state.Step, r.state.Sequence
	r.state.Pending = &e
	return r.state, e, nil
}

func (r *run) fail(format string, args ...any) (State, Effect, error) {
	reason := fmt.Sprintf("step %s: ", r.state.Step) + fmt.Sprintf(format, args...)
	return r.ask(Effect{Kind: EffectFail, Reason: shorten(reason, 2*maxReason)})
}

// choose finds the first case that applies.
func (r *run) choose(s *step) (int, error) {
	scope := r.scope()
	for _, c := range s.choice.cases {
		if c.when == nil {
			return c.to, nil
		}
		holds, err := c.when.Bool(scope)
		if err != nil {
			return 0, fmt.Errorf("case %s: %w", c.name, err)
		}
		if holds {
			return c.to, nil
		}
	}
	return s.next, nil
}

func (r *run) set(t *setTask) error {
	values, err := t.vars.value(r.scope())
	if err != nil {
		return fmt.Errorf("set: %w", err)
	}
	return r.assign(values.(map[string]any))
}

// assign gives variables their values, in a copy: the state that Advance was
// handed keeps its own.
func (r *run) assign(values map[string]any) error {
	vars := maps.Clone(r.state.Vars)
	if vars == nil {
		vars = Values{}
	}
	maps.Copy(vars, values)
	bounded, err := normalBounded(vars)
	if err != nil {
		return fmt.Errorf("the variables cannot be kept: %w", err)
	}
	r.state.Vars = bounded.(map[string]any)
	return nil
}

func (r *run) routeEffect(t *routeTask) (*Effect, error) {
	priority, err := r.priority(t.priority)
	return &Effect{Kind: EffectRoute, Queue: t.queue, Priority: priority,
		InviteTimeout: t.inviteTimeout, Targets: t.targets}, err
}

// priority evaluates a priority; nil leaves the interaction's own.
func (r *run) priority(p *expression.Program) (*int, error) {
	if p == nil {
		return nil, nil
	}
	n, err := p.Int(r.scope())
	if err != nil {
		return nil, fmt.Errorf("priority: %w", err)
	}
	if n < -maxPriority || n > maxPriority {
		return nil, fmt.Errorf("priority: %d is not from %d to %d", n, -maxPriority, maxPriority)
	}
	priority := int(n)
	return &priority, nil
}

func (r *run) reason(t *stopTask) (string, error) {
	value, err := t.reason.value(r.scope())
	if err != nil {
		return "", fmt.Errorf("reason: %w", err)
	}
	reason := shorten(strings.TrimSpace(clean(asText(value))), maxReason)
	if reason == "" {
		return "", errors.New("reason: it is empty")
	}
	return reason, nil
}
