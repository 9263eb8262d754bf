package touchpoint

import (
	"maps"
	"slices"
	"strconv"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/scope"
)

// run does the actions of an event in their order. Patterns take notice of it
// afterwards.
func (h *happening) run(name string, event definition.Event, values map[string]any) {
	h.occurred = append(h.occurred, occurrence{name, values})
	h.actions(cause{text: "event " + name, event: name, values: values, programs: h.level.programs[name]}, event.Actions, true)
}

// cause is what has actions: an event, or a pattern that an event has met.
type cause struct {
	text     string // for people
	event    string
	values   map[string]any // of the event
	programs scope.Programs
}

// actions does actions in their order. Those that are delayed are left to the
// schedule, or out where the schedule has them already.
func (h *happening) actions(of cause, actions []definition.EventAction, delayed bool) {
	for i, a := range actions {
		if !delayed && isLeft(a) {
			continue
		}
		if h.left <= 0 {
			return
		}
		if h.left--; h.left == 0 {
			h.fail(TooManyActions, "at most %d are done", mostActions-1)
			return
		}
		path := actionPath(i)
		h.evaluate().SetEvent(of.values) // an event triggered before has set its own
		switch {
		case a.When != "" && !h.holds(of, path):
		case isLeft(a):
			h.delayed = append(h.delayed, h.delay(a, of, path)...)
		default:
			h.do(a, of, path)
		}
	}
}

func actionPath(i int) string { return "actions[" + strconv.Itoa(i) + "]" }

// holds evaluates the condition of an action. One that reads what the audience
// level does not have does not hold.
func (h *happening) holds(of cause, path string) bool {
	program := of.programs.At(path + ".when")
	if program == nil {
		return false
	}
	holds, err := program.Bool(h.evaluate())
	if err != nil {
		h.warn(ExpressionFailed, "%s, %s.when: %s", of.text, path, err)
		return false
	}
	return holds
}

func (h *happening) do(a definition.EventAction, of cause, path string) {
	if h.again && concernsVisit(a.Do) {
		return
	}
	switch a.Do {
	case definition.ReSegment:
		h.segment(a.Flowcharts)
	case definition.LogContact:
		h.logContact(path)
	case definition.LogAcceptance:
		h.logResponse(a, path, typeAccept, definition.CountsAsAccept)
	case definition.LogRejection:
		h.logResponse(a, path, typeReject, definition.CountsAsReject)
	case definition.SetProfile:
		h.setProfile(a, of, path)
	case definition.SuppressOffers:
		h.suppress(a, path)
	case definition.TriggerEvents:
		for _, name := range a.Events {
			triggered := h.plan.content.Events[name]
			h.run(name, triggered, h.handedOn(name, triggered, of.values))
		}
	case definition.CallWebhook, definition.SubmitInteraction, definition.StartProcess:
		// The schedule has them executed.
	}
}

// logContact logs the event's treatment as seen, or all of the last answer.
func (h *happening) logContact(path string) {
	if !h.treatment.IsZero() {
		h.respond(h.treatment, typeSeen, history.Seen)
		return
	}
	last := h.data.Last()
	if h.last != nil {
		last = h.last
	}
	if len(last) == 0 {
		h.warn(UnknownTreatment, "%s: the event names no treatment, and no offers were answered before", path)
	}
	for _, treatment := range last {
		if !treatment.Seen {
			h.respond(treatment.Code, typeSeen, history.Seen)
		}
	}
}

func (h *happening) logResponse(a definition.EventAction, path, name string, class definition.ResponseClass) {
	if h.treatment.IsZero() {
		h.fail(UnknownTreatment, "%s: the event names no treatment", path)
		return
	}
	if given := a.ResponseType; given != "" {
		name = given
	}
	if h.responseType != "" {
		name = h.responseType
	}
	if known, ok := h.level.types[name]; ok {
		class = known
	}
	h.respond(h.treatment, name, classOf(class))
}

func classOf(class definition.ResponseClass) history.Class {
	switch class {
	case definition.CountsAsAccept:
		return history.Accept
	case definition.CountsAsReject:
		return history.Reject
	default:
		return history.Neither
	}
}

// setProfile computes all attributes before it sets them. One that fails keeps its
// value; one that the audience level does not have is left out.
func (h *happening) setProfile(a definition.EventAction, of cause, path string) {
	type setting struct {
		name  string
		value any
	}
	var settings []setting
	frame := h.evaluate()
	for _, name := range slices.Sorted(maps.Keys(a.Set)) {
		at := definition.Join(path+".set", name)
		program := of.programs.At(at)
		if program == nil {
			continue
		}
		value, err := program.Value(frame)
		if err != nil {
			h.warn(ExpressionFailed, "%s, %s: %s", of.text, at, err)
			continue
		}
		settings = append(settings, setting{name, value})
	}
	for _, s := range settings {
		frame.SetAttribute(s.name, s.value)
		h.data.Profile.Set(s.name, s.value)
		if !slices.Contains(h.data.Set, s.name) {
			h.data.Set = append(h.data.Set, s.name)
		}
	}
}

// suppress suppresses offers for the rest of the visit: those that the action
// names, or that of the event's treatment.
func (h *happening) suppress(a definition.EventAction, path string) {
	offers := a.Offers
	if len(offers) == 0 {
		known := h.data.Find(h.treatment)
		if h.treatment.IsZero() || known == nil {
			h.warn(UnknownTreatment, "%s: the session knows no offer of the treatment", path)
			return
		}
		offers = []string{known.Offer}
	}
	for _, code := range offers {
		h.data.Of(code).Suppressed = true
	}
}

// handedOn are the parameters that an event hands on to one that it triggers:
// those of the same name, where the type fits.
func (h *happening) handedOn(name string, triggered definition.Event, values map[string]any) map[string]any {
	handed := make(map[string]any, len(triggered.Parameters))
	for _, a := range triggered.Parameters {
		value, err := a.Type.Convert(values[a.Name])
		if err != nil {
			h.warn(EventParameter, "%s of event %s: %s", a.Name, name, err)
		}
		if value == nil {
			value, _ = a.Type.Convert(a.Default) // which the check of documents has converted
		}
		if value != nil {
			handed[a.Name] = value
		}
	}
	return handed
}
