package interactionserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// rivals bounds how often Advance starts anew because another host took a step
// in between; each time the process has gone on.
const rivals = 10

// Advance takes an interaction's business process as far as it goes now, writes
// each step in one transaction, and says what it waits for. Calling it again
// without news changes nothing and returns the same, so that a lost answer, a
// repeated nudge and two hosts at once are all harmless.
//
// It is for the process host, not for callers: it checks no access. A missing
// interaction is NotFound.
func (s *Service) Advance(ctx context.Context, id InteractionID) (Await, error) {
	for range rivals {
		record, found, err := s.store.Load(ctx, id)
		if err != nil {
			return Await{}, err
		}
		if !found {
			return Await{}, interactionNotFound()
		}
		for changed := true; changed; {
			event, due := record.due()
			if !due {
				return record.await()
			}
			var next Record
			if next, changed, err = s.step(ctx, record, event); err != nil {
				return Await{}, err
			}
			if changed {
				record = next
			}
		}
	}
	return Await{}, fault.New(fault.Unavailable, "interaction-busy", "the interaction is being changed; try again")
}

// due returns the event that the machine has to see now, if any.
func (r *Record) due() (process.Event, bool) {
	switch {
	case r.WaitsFor == WaitsForNothing:
		return process.Event{}, false
	case r.News != nil:
		return *r.News, true
	case r.WaitsFor == WaitsForStart:
		return process.Event{Kind: process.Started}, true
	case r.WaitsFor == WaitsForTimer && !r.ReadAt.Before(r.WakesAt):
		return process.Event{Kind: process.Elapsed, Sequence: r.Sequence}, true
	default:
		return process.Event{}, false
	}
}

// step runs the machine with one event and writes what comes of it.
func (s *Service) step(ctx context.Context, r Record, e process.Event) (_ Record, changed bool, _ error) {
	definition, err := s.definitions.load(ctx, version{r.Process, r.ProcessVersion})
	if err != nil {
		return Record{}, false, err
	}
	machine, effect, err := definition.Advance(r.Machine, e, r.input())
	if err != nil {
		return Record{}, false, err
	}
	if machine.Sequence <= r.Sequence {
		return Record{}, false, fmt.Errorf("interaction %s: event %s of sequence %d led nowhere", r.ID, e.Kind, e.Sequence)
	}
	next, changed, err := s.store.TakeStep(ctx, newStep(r, e, machine, effect))
	if err != nil || !changed {
		return Record{}, false, err
	}
	if next.WaitsFor == WaitsForAgent {
		s.matcher.add(next)
	}
	return next, true, nil
}

// input is what expressions may know of the interaction.
func (r *Record) input() process.Input {
	return process.Input{Interaction: process.Interaction{
		ID:          string(r.ID),
		ExternalID:  r.ExternalID,
		MediaType:   r.MediaType,
		Type:        r.Type,
		Subtype:     r.Subtype,
		Priority:    r.Priority,
		Properties:  r.Properties,
		SubmittedAt: r.SubmittedAt,
	}}
}

// newStep says what the effect of an event changes.
func newStep(r Record, e process.Event, machine process.State, effect process.Effect) Step {
	_, queue := r.Queue.Split()
	step := Step{
		Interaction: r.ID,
		Sequence:    r.Sequence,
		Machine:     machine,
		State:       Routing,
		Queue:       queue,
		Priority:    r.Priority,
	}
	if effect.Priority != nil {
		step.Priority = *effect.Priority
	}
	detail := map[string]any{"step": effect.Step}
	switch effect.Kind {
	case process.EffectWait:
		step.WaitsFor, step.Event = WaitsForTimer, EventWaiting
		step.Wait = time.Duration(effect.For)
		detail["for"] = step.Wait.String()
	case process.EffectRoute:
		step.WaitsFor, step.Event = WaitsForAgent, EventRouting
		step.enter(r, e, effect.Queue, queue)
		detail["queue"] = effect.Queue
	case process.EffectQueue:
		step.WaitsFor, step.Event, step.State = WaitsForPull, EventQueued, Queued
		step.enter(r, e, effect.Queue, queue)
		detail["queue"] = effect.Queue
	case process.EffectHTTP:
		step.WaitsFor, step.Event = WaitsForCall, EventRequested
		detail["method"] = effect.Request.Method
		detail["host"] = hostOf(effect.Request.Endpoint)
	case process.EffectOffers:
		step.WaitsFor, step.Event = WaitsForCall, EventRequested
		detail["channel"], detail["point"] = effect.Request.Offers.Channel, effect.Request.Offers.Point
	case process.EffectStop:
		step.stop(effect.Reason)
	case process.EffectFail:
		step.stop("process-failed: " + effect.Reason)
	default:
		step.stop(fmt.Sprintf("process-failed: this server does not know effect %s", effect.Kind))
	}
	step.Detail = detail
	return step
}

// enter places the interaction in a queue. It keeps its place when it is there
// already, unless an agent has been done with it since: then it queues again.
func (s *Step) enter(r Record, e process.Event, queue, former string) {
	s.Queue = queue
	done := e.Kind == process.Completed || r.CompletedAt.After(r.QueuedAt)
	s.Enters = queue != former || r.QueuedAt.IsZero() || done
}

func (s *Step) stop(reason string) {
	s.WaitsFor, s.State, s.Event, s.StopReason = WaitsForNothing, Stopped, EventStopped, reason
}

// hostOf is the part of an endpoint that is safe to log: paths and queries may
// hold secrets and personal data.
func hostOf(endpoint string) string {
	if u, err := url.Parse(endpoint); err == nil {
		return u.Host
	}
	return ""
}

// await tells the process host what the interaction waits for.
func (r *Record) await() (Await, error) {
	machine, err := json.Marshal(r.Machine)
	if err != nil {
		return Await{}, fmt.Errorf("encode machine of interaction %s: %w", r.ID, err)
	}
	a := Await{
		Kind:       AwaitNudge,
		Sequence:   r.Sequence,
		Process:    r.Process,
		Version:    r.ProcessVersion,
		MediaType:  r.MediaType,
		State:      r.State,
		Step:       r.Step,
		Queue:      r.Queue,
		StopReason: r.StopReason,
		Machine:    machine,
	}
	switch r.WaitsFor {
	case WaitsForNothing:
		a.Kind = AwaitNothing
	case WaitsForTimer:
		a.Kind, a.Until = AwaitTimer, r.WakesAt
	case WaitsForCall:
		if r.Machine.Pending == nil || r.Machine.Pending.Request == nil {
			return Await{}, fmt.Errorf("interaction %s waits for a call that it did not ask for", r.ID)
		}
		a.Kind, a.Call = AwaitCall, r.Machine.Pending.Request
	case WaitsForStart, WaitsForAgent, WaitsForPull, WaitsForProcess:
	}
	return a, nil
}

// Respond records how the call of Advance's AwaitCall ended; sequence is that
// Await's. The first result counts, later ones are ignored without an error.
func (s *Service) Respond(ctx context.Context, id InteractionID, sequence int64, r CallResult) error {
	event := process.Event{Kind: process.Responded, Sequence: sequence, Status: r.Status, Body: r.Body}
	if r.Failure != "" {
		event = process.Event{Kind: process.CallFailed, Sequence: sequence, Problem: r.Failure}
	}
	_, err := s.store.Respond(ctx, id, event)
	return err
}
