package touchpoint

import (
	"context"
	"slices"

	"github.com/switchyard/switchyard/internal/deadline"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/session"
)

func (c *call) postEvent(ctx context.Context, r PostEvent) {
	if !c.live(ctx) {
		return
	}
	event, name, ok := find(c.plan.content.Events, r.Event)
	if !ok {
		c.fail(UnknownEvent, "%.60q", r.Event)
		return
	}
	h := happening{call: c, responseType: r.ResponseType, left: mostActions}
	if !h.about(r) {
		return
	}
	values, ok := c.eventParameters(event, r.Parameters)
	if !ok {
		return
	}
	parameters, ok := c.parameters(c.data.Parameters, r.Parameters)
	if !ok {
		return
	}
	c.data.Parameters = parameters
	c.evaluate().SetParameters(parameters)
	h.run(name, event, values)
	h.settle(ctx)
}

// eventParameters converts the parameters that an event declares; false where one
// is of another type.
func (c *call) eventParameters(event definition.Event, given map[string]any) (map[string]any, bool) {
	values, fits := make(map[string]any, len(event.Parameters)), true
	for _, a := range event.Parameters {
		value, err := a.Type.Convert(given[a.Name])
		if err != nil {
			c.fail(EventParameter, "%s: %s", a.Name, err)
			fits = false
			continue
		}
		if value == nil {
			value, _ = a.Type.Convert(a.Default) // which the check of documents has converted
		}
		if value != nil {
			values[a.Name] = value
		}
	}
	return values, fits
}

// happening is an event with what it leads to.
type happening struct {
	*call
	treatment    history.Treatment // that it is about; zero for none
	responseType string
	left         int // actions that it may still do
	occurred     []occurrence
	delayed      []schedule.Action
	taken        []schedule.ID       // what this call does of what it has put by
	again        bool                // the visit has what the actions change of it
	last         []session.Treatment // the answer that is logged as seen, in place of the session's
	responses    []history.Response
	offers       []string // of the responses; empty where the session does not know it
}

// mostActions bounds what one event leads to, through the events that it triggers.
const mostActions = 200

// about reads what a call says that the event is about; false where it is refused.
func (h *happening) about(r PostEvent) bool {
	if r.ResponseType != "" {
		if _, ok := h.level.types[r.ResponseType]; !ok {
			h.fail(UnknownResponseType, "%.60q", r.ResponseType)
			return false
		}
	}
	if r.Treatment == "" {
		return true
	}
	treatment, ok := history.ParseTreatment(r.Treatment)
	if !ok {
		h.fail(UnknownTreatment, "%.60q is no treatment code", r.Treatment)
		return false
	}
	if h.forged(treatment) {
		h.s.refusals.forged.Add(1)
		h.fail(UnknownTreatment, "%s was not made here", treatment)
		return false
	}
	h.treatment = treatment
	return true
}

// respond notes a response, to be written with the others.
func (h *happening) respond(treatment history.Treatment, name string, class history.Class) {
	response := history.Response{
		Treatment: treatment, Type: name, Class: class, Session: h.data.ID, Channel: h.data.Channel, At: h.now,
	}
	if slices.ContainsFunc(h.responses, func(r history.Response) bool { return r.Treatment == treatment && r.Type == name }) {
		return
	}
	offer := ""
	if known := h.data.Find(treatment); known != nil {
		offer = known.Offer
		response.Columns = h.responseColumns(offer)
		h.count(offer, class)
	}
	h.responses, h.offers = append(h.responses, response), append(h.offers, offer)
}

// responseColumns computes the further columns of a response to an offer.
func (h *happening) responseColumns(offer string) map[string]any {
	if len(h.level.columns.response) == 0 {
		return nil
	}
	h.evaluate().SetOffer(h.level.scope.NewOffer(offer, h.plan.content.Offers[offer].Attributes))
	columns := make(map[string]any, len(h.level.columns.response))
	h.values(columns, h.level.columns.response, 0)
	return columns
}

// count notes in the session what the visitor answered to an offer. Answering again
// changes nothing.
func (h *happening) count(offer string, class history.Class) {
	if class == history.Seen {
		return
	}
	o := h.data.Of(offer)
	switch class {
	case history.Accept:
		if !o.Accepted {
			o.Accepted = true
			o.Past.Accept(h.now)
		}
	case history.Reject:
		if !o.Rejected {
			o.Rejected = true
			o.Past.Reject(h.now)
		}
	case history.Neither:
		o.Past.Answer(h.now)
	case history.Seen:
	}
}

// record writes the responses before the answer; false where they are not.
func (h *happening) record(ctx context.Context) bool {
	if len(h.responses) == 0 {
		return true
	}
	if !h.mayOrphan() {
		h.s.refusals.orphans.Add(1)
		h.fail(TooManyOrphans, "of this session; post the event again later")
		return false
	}
	within := deadline.Within(ctx, h.s.o.Deadline*3/4)
	defer within.End()
	kept, err := h.s.history.Record(within, history.Batch{Responses: h.responses})
	if err != nil {
		if !h.putOff() {
			h.fail(HistoryAway, "the event has to be posted again; what is written already counts once")
		}
		return false
	}
	refused := false
	for i, k := range kept {
		switch k.State {
		case history.Orphaned:
			h.data.Orphan(h.now)
			h.warn(NoContact, "treatment %s", h.responses[i].Treatment)
		case history.Refused:
			refused = true
			h.s.refusals.orphans.Add(1)
			h.fail(TooManyOrphans, "treatment %s; post the event again later", h.responses[i].Treatment)
		case history.Recorded:
			if h.offers[i] == "" && k.Customer != "" && k.Customer == h.data.Audience && k.Level == h.data.Level {
				h.count(k.Offer, h.responses[i].Class)
			}
			h.saw(i)
		case history.Repeated:
			h.saw(i)
		}
	}
	h.responses, h.offers = nil, nil
	return !refused
}

// saw notes that a treatment was seen.
func (h *happening) saw(i int) {
	if h.responses[i].Class != history.Seen {
		return
	}
	if known := h.data.Find(h.responses[i].Treatment); known != nil {
		known.Seen = true
	}
}
