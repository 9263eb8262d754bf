package process

import (
	"fmt"
	"slices"
)

// Reasons with which the language itself stops an interaction.
const (
	ReasonCompleted    = "completed"      // the process came to its end
	ReasonTooManySteps = "too-many-steps" // MaxExecuted steps were executed
)

// answers are the events that fit an effect.
var answers = map[EffectKind][]EventKind{
	EffectWait:   {Elapsed},
	EffectRoute:  {Completed, NoTarget},
	EffectQueue:  {Completed},
	EffectHTTP:   {Responded, CallFailed},
	EffectOffers: {Responded, CallFailed},
}

// Advance runs the process from s with the event e until it has to wait again or
// ends, and returns the new state and what to do, which is also its Pending. It is
// pure: s is not changed. An event whose sequence is not that of the pending effect
// changes nothing and returns that effect, so that events may be delivered twice.
// The error is one of the host: an event that does not fit the pending effect, or a
// state of another definition.
func (d *Definition) Advance(s State, e Event, in Input) (State, Effect, error) {
	if s.Pending == nil {
		if e.Kind != Started {
			return s, Effect{}, fmt.Errorf("advance process %s: event %s before it was started", d.Name, e.Kind)
		}
		r := run{definition: d, state: s, in: in}
		return r.from(0)
	}
	if s.Pending.Final() || e.Sequence != s.Pending.Sequence {
		return s, *s.Pending, nil
	}
	if !slices.Contains(answers[s.Pending.Kind], e.Kind) {
		return s, *s.Pending, fmt.Errorf("advance process %s: event %s does not answer effect %s of step %s",
			d.Name, e.Kind, s.Pending.Kind, s.Step)
	}
	i, ok := d.index[s.Step]
	if !ok {
		return s, *s.Pending, fmt.Errorf("advance process %s: it has no step %s", d.Name, s.Step)
	}
	if !d.steps[i].asks(s.Pending.Kind) {
		return s, *s.Pending, fmt.Errorf("advance process %s: its step %s does not ask for %s", d.Name, s.Step, s.Pending.Kind)
	}
	r := run{definition: d, state: s, in: in}
	return r.resume(d.steps[i], e)
}

// asks reports whether the step is one that has this effect.
func (s step) asks(kind EffectKind) bool {
	switch kind {
	case EffectWait:
		return s.wait != nil
	case EffectRoute:
		return s.route != nil
	case EffectQueue:
		return s.queue != nil
	case EffectHTTP:
		return s.http != nil
	case EffectOffers:
		return s.offers != nil
	default:
		return false
	}
}

// Eligible reports whether the agent fits the target for this interaction. An
// expression that fails (a property that is missing) is false and an error.
func (d *Definition) Eligible(ref TargetRef, agent Agent, in Input, s State) (bool, error) {
	i, ok := d.index[ref.Step]
	if !ok || d.steps[i].route == nil || ref.Index < 0 || ref.Index >= len(d.steps[i].route.targets) {
		return false, fmt.Errorf("process %s has no target %d at step %s", d.Name, ref.Index, ref.Step)
	}
	fits, err := d.steps[i].route.eligible[ref.Index].Bool(&scope{in: &in, state: &s, agent: &agent})
	if err != nil {
		return false, fmt.Errorf("target %d of step %s: %w", ref.Index, ref.Step, err)
	}
	return fits, nil
}
