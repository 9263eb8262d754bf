package touchpoint

import (
	"context"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/session"
)

// take makes what is kept of the actions that a pattern has done in this call: where
// this server dies before they are done, another one does them. There are none
// where nothing but the session is changed, with which the state of the pattern is
// kept or lost, nor where they are too large to be kept.
func (h *happening) take(s *step) []schedule.Action {
	if h.s.o.Schedule == nil {
		return nil
	}
	work := schedule.Work{Channel: h.data.Channel, Key: h.data.Key, Cause: s.cause().text, Event: s.event, Values: s.values,
		ResponseType: h.responseType}
	for _, a := range s.Definition().Actions {
		if !isLeft(a) {
			work.All = append(work.All, a)
		}
	}
	if len(work.All) == 0 || h.data.Anonymous() && visitOnly(work) {
		return nil
	}
	if !h.treatment.IsZero() {
		work.Treatment = h.treatment.String()
	} else {
		for _, t := range h.data.Last() {
			work.Last = append(work.Last, schedule.Presented{Treatment: t.Code.String(), Offer: t.Offer})
		}
	}
	id, err := schedule.NewID()
	if err != nil {
		return nil
	}
	a := schedule.Action{ID: id, Due: h.now, Level: h.data.Level, Customer: h.data.Audience, Session: h.data.ID, Work: work, Taken: true}
	if _, err := a.Encode(); err != nil {
		return nil
	}
	return []schedule.Action{a}
}

// visitOnly reports whether an action of the schedule changes nothing but the
// session.
func visitOnly(w schedule.Work) bool {
	for _, a := range w.All {
		if !concernsVisit(a.Do) {
			return false
		}
	}
	return len(w.All) > 0 || concernsVisit(w.Do.Do)
}

// began notes what this call has taken and does from now on.
func (h *happening) began(actions []schedule.Action) {
	for _, a := range actions {
		if a.Taken {
			h.data.Begin(a.ID.String())
			h.taken = append(h.taken, a.ID)
		}
	}
}

// over notes that what was taken is done, as soon as the session is kept.
func (h *happening) over() {
	h.done, h.taken = append(h.done, h.taken...), nil
}

// putOff says that actions of patterns are not done in this call but later; false
// where there are none.
func (h *happening) putOff() bool {
	if len(h.taken) == 0 {
		return false
	}
	h.warn(ActionDelayed, "actions of patterns are done later")
	return true
}

// forget removes from the schedule what this call has done. What is not removed is
// claimed once more, and changes nothing then.
func (c *call) forget(ctx context.Context) {
	if len(c.done) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.s.o.Deadline/4)
	defer cancel()
	_ = c.s.o.Schedule.Forget(ctx, c.done)
}

// doAll does the actions of a pattern that another call has left undone.
func (h *happening) doAll(w schedule.Work, of cause) {
	h.last = make([]session.Treatment, 0, len(w.Last))
	for _, p := range w.Last {
		if code, ok := history.ParseTreatment(p.Treatment); ok {
			h.last = append(h.last, session.Treatment{Code: code, Offer: p.Offer})
		}
	}
	for i, a := range w.All {
		h.compile(of.programs, actionPath(i), a, w.Event)
	}
	h.actions(of, w.All, false)
}

// compile compiles what an action of the schedule reads, as of now. What the level
// does not have is left out.
func (h *happening) compile(into scope.Programs, path string, a definition.EventAction, event string) {
	parameters := h.plan.content.Events[event].Parameters
	add := func(e definition.Expression) {
		e.Sees, e.Parameters = definition.SeesAction, parameters
		if program, err := h.level.scope.CompileAlone(e); err == nil {
			into[e.Path] = program
		}
	}
	if a.When != "" {
		add(definition.Expression{Path: path + ".when", Source: a.When})
	}
	for name, source := range a.Set {
		add(definition.Expression{Path: definition.Join(path+".set", name), Source: source, Attribute: name})
	}
}
