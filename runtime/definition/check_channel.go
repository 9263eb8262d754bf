package definition

import (
	"fmt"
	"net/url"

	"github.com/switchyard/switchyard/internal/fault"
)

// Check implements Document.
func (d Channel) Check() []fault.Place {
	c := &checker{}
	c.name("solution", d.Solution)
	c.names("serverGroups", d.ServerGroups, 1, 20, "server groups")
	c.names("audienceLevels", d.AudienceLevels, 1, 10, "audience levels")
	c.between("presentationsPerVisit", float64(d.PresentationsPerVisit), 0, 1000)
	c.optional("learning", d.Learning)
	return c.places
}

// Check implements Document.
func (d Zone) Check() []fault.Place {
	c := &checker{}
	c.optional("learning", d.Learning)
	return c.places
}

// Check implements Document.
func (d InteractionPoint) Check() []fault.Place {
	c := &checker{}
	c.name("zone", d.Zone)
	if d.Default == "" {
		c.problem("default", "a default is needed: what is answered when no offer qualifies")
	}
	c.text("default", d.Default, 10_000)
	return c.places
}

// Check implements Document.
func (d Event) Check() []fault.Place {
	c := &checker{}
	if c.count("parameters", len(d.Parameters), 0, 100, "parameters") {
		c.attributes("parameters", d.Parameters, c.once())
	}
	c.actions(d.Actions)
	return c.places
}

// Check implements Document.
func (d EventPattern) Check() []fault.Place {
	c := &checker{}
	oneOf(c, "logic", d.Logic, []PatternLogic{MatchAll, Counter, WeightedCounter, Sequence})
	if c.count("members", len(d.Members), 1, 50, "events") {
		for i, member := range d.Members {
			c.member(index("members", i), member, d.Logic)
		}
	}
	switch {
	case d.Logic == WeightedCounter && !(d.Threshold > 0):
		c.problem("threshold", "a weighted counter needs a threshold above 0")
	case d.Logic != WeightedCounter && d.Threshold != 0:
		c.problem("threshold", "only a weighted-counter has a threshold")
	}
	if w := d.Window; w != nil {
		c.window(*w)
	}
	c.names("suspend", d.Suspend, 0, 20, "events")
	c.actions(d.Actions)
	return c.places
}

func (c *checker) member(path string, m PatternMember, logic PatternLogic) {
	c.name(path+".event", m.Event)
	c.condition(path+".when", m.When)
	c.between(path+".count", float64(m.Count), 0, 1_000_000)
	if m.Count != 0 && logic != Counter {
		c.problem(path+".count", "only the events of a counter have a count")
	}
	switch {
	case logic == WeightedCounter && !(m.Weight > 0):
		c.problem(path+".weight", "an event of a weighted counter needs a weight above 0")
	case logic != WeightedCounter && m.Weight != 0:
		c.problem(path+".weight", "only the events of a weighted-counter have a weight")
	}
}

func (c *checker) window(w PatternWindow) {
	c.dates(w.From, w.To, "window.from", "window.to")
	c.span("window.for", w.For)
	switch {
	case w.For != nil && (w.From != nil || w.To != nil):
		c.problem("window.for", "a window is rolling or lies between two instants, not both")
	case w.For == nil && w.From == nil && w.To == nil:
		c.problem("window", "for, from or to is needed")
	}
}

// actionKinds are all kinds of actions.
var actionKinds = []ActionKind{
	ReSegment, LogContact, LogAcceptance, LogRejection, SetProfile, SuppressOffers, TriggerEvents,
	CallWebhook, SubmitInteraction, StartProcess,
}

func (c *checker) actions(actions []EventAction) {
	if !c.count("actions", len(actions), 0, 20, "actions") {
		return
	}
	for i, a := range actions {
		c.action(index("actions", i), a)
	}
}

func (c *checker) action(path string, a EventAction) {
	if !oneOf(c, path+".do", a.Do, actionKinds) {
		return
	}
	c.condition(path+".when", a.When)
	c.condition(path+".at", a.At)
	c.span(path+".after", a.After)
	if a.After != nil && a.At != "" {
		c.problem(path+".at", "an action is delayed by after or done at a time, not both")
	}
	c.names(path+".flowcharts", a.Flowcharts, 0, 50, "flowcharts")
	c.computed(path+".set", a.Set, identifierProblem)
	c.names(path+".offers", a.Offers, 0, 100, "offers")
	c.names(path+".events", a.Events, 0, 20, "events")
	c.optional(path+".responseType", a.ResponseType)
	c.optional(path+".process", a.Process)
	c.optional(path+".mediaType", a.MediaType)
	c.computed(path+".send", a.Send, identifierProblem)
	if a.URL != "" {
		c.why(path+".url", addressProblem(a.URL))
	}

	for _, field := range []struct {
		name string
		set  bool
		of   []ActionKind
	}{
		{"flowcharts", len(a.Flowcharts) > 0, []ActionKind{ReSegment}},
		{"set", len(a.Set) > 0, []ActionKind{SetProfile}},
		{"offers", len(a.Offers) > 0, []ActionKind{SuppressOffers}},
		{"events", len(a.Events) > 0, []ActionKind{TriggerEvents}},
		{"responseType", a.ResponseType != "", []ActionKind{LogAcceptance, LogRejection}},
		{"url", a.URL != "", []ActionKind{CallWebhook}},
		{"process", a.Process != "", []ActionKind{SubmitInteraction, StartProcess}},
		{"mediaType", a.MediaType != "", []ActionKind{SubmitInteraction}},
		{"send", len(a.Send) > 0, []ActionKind{CallWebhook, SubmitInteraction, StartProcess}},
	} {
		belongs(c, path, field.name, field.set, a.Do, field.of...)
	}
	switch {
	case a.Do == SetProfile && len(a.Set) == 0:
		c.problem(path+".set", "set-profile needs at least one attribute")
	case a.Do == TriggerEvents && len(a.Events) == 0:
		c.problem(path+".events", "trigger-events needs at least one event")
	case a.Do == CallWebhook && a.URL == "":
		c.problem(path+".url", "call-webhook needs an address to post to")
	case a.Do.Triggers() && a.Do != CallWebhook && a.Process == "":
		c.problem(path+".process", "%s needs a business process", string(a.Do))
	case a.Do == SubmitInteraction && a.MediaType == "":
		c.problem(path+".mediaType", "submit-interaction needs the media type of the interaction")
	}
}

// maxAddress bounds the address of a webhook, in bytes.
const maxAddress = 2_000

// addressProblem says what is wrong with the address of a webhook; empty when
// nothing is. Whom it leads to is looked at when it is called.
func addressProblem(text string) string {
	if len(text) > maxAddress {
		return fmt.Sprintf("the address has %d bytes, at most %d are allowed", len(text), maxAddress)
	}
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.User != nil || address.Fragment != "" || address.Scheme != "http" && address.Scheme != "https" {
		return "expected an absolute http or https address without user information and fragment"
	}
	return ""
}
