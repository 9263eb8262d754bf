package touchpoint

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/session"
)

// delay makes what is kept of an action that is done later: with all that the event
// knows now. Contacts are those of the last answer by now.
func (h *happening) delay(a definition.EventAction, of cause, path string) []schedule.Action {
	if h.s.o.Schedule == nil {
		h.warn(ActionDelayed, "%s of %s: this server keeps no delayed actions", path, of.text)
		return nil
	}
	due, ok := h.due(a, of, path)
	if !ok {
		return nil
	}
	data := h.sent(a, of, path)
	a.When, a.After, a.At, a.Send = "", nil, "", nil
	treatments := []history.Treatment{h.treatment}
	if a.Do == definition.LogContact && h.treatment.IsZero() {
		treatments = nil
		for _, t := range h.data.Last() {
			treatments = append(treatments, t.Code)
		}
		if len(treatments) == 0 {
			h.warn(UnknownTreatment, "%s: the event names no treatment, and no offers were answered before", path)
		}
	}
	if a.Do == definition.SuppressOffers && len(a.Offers) == 0 {
		known := h.data.Find(h.treatment)
		if h.treatment.IsZero() || known == nil {
			h.warn(UnknownTreatment, "%s: the session knows no offer of the treatment", path)
			return nil
		}
		a.Offers = []string{known.Offer}
	}
	var all []schedule.Action
	for _, treatment := range treatments {
		id, err := schedule.NewID()
		if err != nil {
			h.warn(ActionDelayed, "%s of %s: %s", path, of.text, err)
			return nil
		}
		work := schedule.Work{Channel: h.data.Channel, Key: h.data.Key, Cause: of.text + ", " + path, Do: a,
			Event: of.event, Values: of.values, ResponseType: h.responseType, Data: data}
		if !treatment.IsZero() {
			work.Treatment = treatment.String()
		}
		all = append(all, schedule.Action{ID: id, Due: due, Level: h.data.Level, Customer: h.data.Audience, Session: h.data.ID, Work: work})
	}
	return all
}

// due is when an action is done; false where that is not known. A time that is over
// is now.
func (h *happening) due(a definition.EventAction, of cause, path string) (time.Time, bool) {
	switch {
	case a.After != nil:
		return h.now.Add(time.Duration(*a.After)), true
	case a.At == "":
		return h.now, true
	}
	program := of.programs.At(path + ".at")
	if program == nil {
		return time.Time{}, false // the audience level does not have what it reads
	}
	value, err := program.Value(h.evaluate())
	if err != nil {
		h.warn(ExpressionFailed, "%s, %s.at: %s", of.text, path, err)
		return time.Time{}, false
	}
	due, ok := value.(time.Time)
	switch {
	case !ok:
		h.warn(ActionDelayed, "%s of %s: its time is not known", path, of.text)
		return time.Time{}, false
	case due.After(h.now.Add(schedule.Farthest)):
		h.warn(ActionDelayed, "%s of %s: its time is more than ten years away", path, of.text)
		return time.Time{}, false
	case due.Before(h.now):
		due = h.now
	}
	return due, true
}

// sent computes what goes along with a trigger. What fails, or the audience level
// does not have, is left out.
func (h *happening) sent(a definition.EventAction, of cause, path string) map[string]any {
	data := make(map[string]any, len(a.Send))
	for _, name := range slices.Sorted(maps.Keys(a.Send)) {
		at := definition.Join(path+".send", name)
		program := of.programs.At(at)
		if program == nil {
			continue
		}
		value, err := program.Value(h.evaluate())
		if err == nil {
			_, err = json.Marshal(value) // not all numbers can be written
		}
		if err != nil {
			h.warn(ExpressionFailed, "%s, %s: %s", of.text, at, err)
			continue
		}
		data[name] = value
	}
	return data
}

// Execute does a delayed action, for schedule.Runner: in the session of its visitor
// while that lives on this server, else for the customer alone. What concerns
// nothing but a visit that is over is left.
func (s *Service) Execute(ctx context.Context, a schedule.Action) error {
	if a.Work.Do.Do.Triggers() {
		if s.o.Triggers == nil {
			return fault.New(fault.Invalid, "no-triggers", "this server does not %s", a.Work.Do.Do)
		}
		return s.o.Triggers.Execute(ctx, a)
	}
	var failed error
	c := &call{s: s}
	if err := c.turn(ctx, a.Session, func(ctx context.Context) { failed = c.execute(ctx, a) }); err != nil {
		return err
	}
	return failed
}

// sameVisitor reports whether an action was left by the visitor of the session: also
// one of whom it was not known yet who it is.
func sameVisitor(d *session.Data, a schedule.Action) bool {
	return d.Audience == a.Customer || a.Customer == "" && d.Merged
}

func (c *call) execute(ctx context.Context, a schedule.Action) error {
	c.begin(a.Session)
	d, again := c.data, false
	if d != nil && d.Channel == a.Work.Channel && d.Level == a.Level && sameVisitor(d, a) {
		if !c.live(ctx) {
			return c.failure()
		}
		again = !d.Begin(a.ID.String())
	} else {
		if visitOnly(a.Work) {
			return nil
		}
		defer func() {
			c.release()
			c.data = d
		}()
		if err := c.standIn(ctx, a); err != nil {
			return err
		}
	}
	h := happening{call: c, responseType: a.Work.ResponseType, left: mostActions, again: again}
	h.treatment, _ = history.ParseTreatment(a.Work.Treatment)
	of := cause{text: a.Work.Cause, event: a.Work.Event, values: h.valuesOf(a.Work), programs: scope.Programs{}}
	if len(a.Work.All) > 0 {
		h.doAll(a.Work, of)
	} else {
		h.compile(of.programs, delayedPath, a.Work.Do, a.Work.Event)
		c.evaluate().SetEvent(of.values)
		h.do(a.Work.Do, of, delayedPath)
	}
	h.settle(ctx)
	return c.failure()
}

// delayedPath is where the programs of a delayed action are.
const delayedPath = "action"

// concernsVisit reports whether an action changes nothing but the session.
func concernsVisit(kind definition.ActionKind) bool {
	return kind == definition.ReSegment || kind == definition.SetProfile || kind == definition.SuppressOffers
}

// standIn makes a session that is not kept, of the visitor of an action.
func (c *call) standIn(ctx context.Context, a schedule.Action) error {
	p := c.s.plan(a.Work.Channel)
	if p == nil {
		return fault.New(fault.Unavailable, "channel-not-served", "channel %s is not served", a.Work.Channel)
	}
	l := p.levels[a.Level]
	if l == nil {
		return fault.New(fault.NotFound, "unknown-audience-level", "channel %s has no audience level %s", a.Work.Channel, a.Level)
	}
	v := visitor{level: l, text: a.Customer, inline: map[string]any{}}
	for i, attribute := range l.definition.Key {
		if i >= len(a.Work.Key) {
			break
		}
		value, err := attribute.Type.Convert(a.Work.Key[i])
		if err != nil {
			return fault.New(fault.Invalid, "malformed-audience-id", "%s: %s", attribute.Name, err)
		}
		v.key = append(v.key, value)
	}
	if n := len(l.definition.Key); len(v.key) != 0 && len(v.key) != n || len(a.Work.Key) > n {
		return fault.New(fault.Invalid, "malformed-audience-id", "the key has %d values, that of %s has %d", len(a.Work.Key), l.name, n)
	}
	c.plan = p
	c.data = &session.Data{ID: a.Session, Channel: p.version.Channel, Started: c.now,
		Version: session.Version{Number: p.version.Number, Hash: p.version.Hash}}
	if c.become(ctx, v); !c.data.Unloaded.IsZero() {
		return fault.New(fault.Unavailable, "customer-not-loaded", "the customer could not be loaded")
	}
	return nil
}

// valuesOf are the parameters of the event, with the types that it declares by now.
// What has another type is left out.
func (h *happening) valuesOf(w schedule.Work) map[string]any {
	event := h.plan.content.Events[w.Event]
	values := make(map[string]any, len(w.Values))
	for _, a := range event.Parameters {
		if value, err := a.Type.Convert(w.Values[a.Name]); err == nil && value != nil {
			values[a.Name] = value
		}
	}
	return values
}

// failure is the first error of the answer, as one of a delayed action: what cannot
// be written now is tried again.
func (c *call) failure() error {
	for _, m := range c.answer.Messages {
		if m.Level != LevelError {
			continue
		}
		kind := fault.Invalid
		if m.Code == HistoryAway || m.Code == EventNotKept || m.Code == UnknownChannel || m.Code == Overloaded {
			kind = fault.Unavailable
		}
		return fault.New(kind, "delayed-action-failed", "%d: %s; %s", m.Code, m.Text, m.Detail)
	}
	return nil
}
