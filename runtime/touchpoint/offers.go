package touchpoint

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/switchyard/switchyard/internal/deadline"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/runtime/session"
)

func (c *call) getOffers(ctx context.Context, r GetOffers) {
	if !c.live(ctx) || !c.inRange(r.Points) {
		return
	}
	parameters, ok := c.parameters(c.data.Parameters, r.Parameters)
	if !ok {
		return
	}
	seen, ok := c.parameters(parameters, r.CallParameters)
	if !ok {
		return
	}
	c.data.Parameters = parameters
	c.evaluate().SetParameters(seen)
	o := c.offering(len(r.Points))
	defer o.end()
	for _, wanted := range r.Points {
		o.point(ctx, wanted)
	}
	o.record(ctx)
	c.answer.OfferLists = o.lists
}

// inRange checks what is asked for in all.
func (c *call) inRange(points []Wanted) bool {
	if n := len(points); n < 1 || n > MaxPoints {
		c.fail(PointsOutOfRange, "there are %d points, expected 1 to %d", n, MaxPoints)
		return false
	}
	sum := 0
	for _, wanted := range points {
		if wanted.Count > 0 && wanted.Count <= MaxOffers {
			sum += wanted.Count
		}
	}
	if sum > MaxOffersOfCall {
		c.fail(OffersOutOfRange, "%d offers at %d points, at most %d are given in one call", sum, len(points), MaxOffersOfCall)
		return false
	}
	return true
}

// offering collects what a call presents. It is used again, all but the lists.
type offering struct {
	*call
	in         decision.Input
	decided    decision.Result // of the last point
	drawing    drawing
	learned    func(model string, offer decision.OfferID) (float64, bool) // of the drawing
	lists      []OfferList
	given      []decision.OfferID // to the points so far
	past       []decision.Past
	contacts   []history.Contact // those beyond have columns to be used again
	places     []place           // of the contacts
	treatments []session.Treatment
	handed     bool // are the contacts to the history, which may still look at them
}

var offerings = sync.Pool{New: func() any {
	o := &offering{}
	o.learned = o.drawing.score
	return o
}}

func (c *call) offering(points int) *offering {
	o := offerings.Get().(*offering)
	o.call, o.lists = c, make([]OfferList, 0, points)
	return o
}

// end forgets the visitor.
func (o *offering) end() {
	o.call, o.in, o.lists = nil, decision.Input{}, nil
	o.drawing.begin(nil, "")
	if o.handed {
		o.contacts, o.handed = nil, false
	}
	for i := range o.contacts {
		columns := o.contacts[i].Columns
		clear(columns)
		o.contacts[i] = history.Contact{Columns: columns}
	}
	clear(o.treatments)
	clear(o.decided.Offers)
	o.given, o.past, o.contacts, o.places, o.treatments = o.given[:0], o.past[:0], o.contacts[:0], o.places[:0], o.treatments[:0]
	offerings.Put(o)
}

// contact is one more, and an empty map for its columns.
func (o *offering) contact() (*history.Contact, map[string]any) {
	n := len(o.contacts)
	o.contacts = slices.Grow(o.contacts, 1)[:n+1]
	contact := &o.contacts[n]
	if contact.Columns == nil {
		contact.Columns = map[string]any{}
	}
	return contact, contact.Columns
}

// place is where an offer is in the answer.
type place struct {
	list, offer int
	id          decision.OfferID
}

// point decides for one point.
func (o *offering) point(ctx context.Context, w Wanted) {
	p, ok := o.plan.model.Point(w.Point)
	if !ok {
		_, name, _ := find(o.plan.content.InteractionPoints, w.Point)
		p, ok = o.plan.model.Point(name)
	}
	if !ok {
		o.fail(UnknownPoint, "%.60q", w.Point)
		o.lists = append(o.lists, OfferList{Point: shortened(w.Point), Offers: []Offer{}})
		return
	}
	list := OfferList{Point: p.Name, Default: p.Default, Offers: []Offer{}}
	switch {
	case w.Count < 1 || w.Count > MaxOffers:
		o.fail(OffersOutOfRange, "%d for point %s, expected 1 to %d", w.Count, p.Name, MaxOffers)
	case w.Duplicates < 0 || w.Duplicates > AllowDuplicates:
		o.fail(UnknownDuplicates, "%d for point %s, expected 1 or 2", w.Duplicates, p.Name)
	default:
		chosen, taken := o.decide(ctx, p, w)
		list.Offers = make([]Offer, 0, len(chosen))
		propensities := o.drawing.propensities(chosen, o)
		for rank, offer := range chosen {
			at := place{list: len(o.lists), offer: rank, id: offer.Offer}
			list.Offers = append(list.Offers, o.present(p, offer, at, taken, propensities[rank], w))
		}
		if len(chosen) > 0 {
			list.Default = ""
		}
	}
	o.lists = append(o.lists, list)
}

// mostAttempts bounds how often a point is decided again because a presentation
// that a total limit had left was gone.
const mostAttempts = 5

// decide chooses the offers of a point, and takes the presentations of those with
// a total limit.
func (o *offering) decide(ctx context.Context, p decision.Point, w Wanted) ([]decision.Chosen, map[decision.OfferID]history.Reservation) {
	o.in = decision.Input{
		Level: o.data.Level, Frame: o.frame, Segments: o.data.Segments, Point: p, Count: w.Count, Now: o.now,
		Past: o.history(), Blocked: o.kept.blocked, Overrides: o.kept.overrides, Defaults: o.kept.defaults,
	}
	if len(o.plan.learners) > 0 {
		o.in.Learned = o.learned
	}
	if w.Duplicates != AllowDuplicates {
		o.in.Exclude = o.given
	}
	if !o.plan.limited {
		chosen, explain := o.choose()
		o.explain(explain)
		return chosen, nil
	}
	counts := map[decision.OfferID]int64{}
	o.in.Totals = func(id decision.OfferID) int64 { return o.count(ctx, counts, id) }
	taken := map[decision.OfferID]history.Reservation{}
	for attempt := 1; ; attempt++ {
		chosen, explain := o.choose()
		lost := o.take(chosen, taken)
		for _, id := range lost {
			counts[id] = math.MaxInt64
		}
		if len(lost) > 0 && attempt < mostAttempts {
			continue
		}
		if len(lost) > 0 {
			chosen = slices.DeleteFunc(chosen, func(c decision.Chosen) bool { return slices.Contains(lost, c.Offer) })
			o.drawing.spoilt()
		}
		o.explain(explain)
		return chosen, taken
	}
}

// byRules is what the scores of the rules alone would choose.
func (o *offering) byRules() []decision.Chosen {
	in := o.in
	in.Learned = nil
	return o.plan.model.Decide(&in).Offers
}

// choose decides; with an explanation while the session is debugged.
func (o *offering) choose() ([]decision.Chosen, *decision.Explanation) {
	o.drawing.begin(o.call, o.in.Point.Name)
	if !o.data.Debug {
		o.plan.model.DecideInto(&o.in, &o.decided)
		o.drawing.decided(o.decided)
		return o.decided.Offers, nil
	}
	explanation := o.plan.model.Explain(&o.in)
	o.drawing.decided(explanation.Result)
	return explanation.Offers, &explanation
}

// count is how often an offer with a total limit was presented; always the same in
// a decision.
func (o *offering) count(ctx context.Context, counts map[decision.OfferID]int64, id decision.OfferID) int64 {
	limit := o.plan.total(id)
	if limit == nil {
		return 0
	}
	if n, ok := counts[id]; ok {
		return n
	}
	n := int64(math.MaxInt64)
	if o.s.o.Limits != nil {
		offer := &o.plan.offers[id]
		n = o.s.o.Limits.Count(ctx, history.Total{Offer: o.plan.model.Code(id), Limit: *limit, Allowed: offer.Allowed(limit, o.now)})
	}
	counts[id] = n
	return n
}

// take takes a presentation of each chosen offer with a total limit; lost are
// those of which none was left.
func (o *offering) take(chosen []decision.Chosen, taken map[decision.OfferID]history.Reservation) (lost []decision.OfferID) {
	for _, c := range chosen {
		if _, has := taken[c.Offer]; has || o.plan.total(c.Offer) == nil {
			continue
		}
		reservation, ok := o.s.o.Limits.Take(c.Code)
		if !ok {
			lost = append(lost, c.Offer)
			continue
		}
		taken[c.Offer] = reservation
	}
	return lost
}

// history is what happened with offers before, as decisions read it.
func (o *offering) history() []decision.Past {
	o.past = o.past[:0]
	for i := range o.data.Offers {
		kept := &o.data.Offers[i]
		id, ok := o.plan.model.Offer(kept.Code)
		if !ok {
			continue
		}
		past := decision.Past{
			Offer: id, Shown: kept.Shown, Accepted: kept.Accepted, Rejected: kept.Rejected, Suppressed: kept.Suppressed,
			AcceptedAt: kept.Past.AcceptedAt, RejectedAt: kept.Past.RejectedAt,
			Unanswered: kept.Past.Unanswered, ShownAt: kept.Past.ShownAt,
		}
		if limit := o.plan.perCustomer(id); limit != nil {
			past.Presented = kept.Past.PresentedWithin(limit, o.now)
		}
		o.past = append(o.past, past)
	}
	return o.past
}

// present gives a chosen offer to the visitor.
func (o *offering) present(p decision.Point, chosen decision.Chosen, at place, taken map[decision.OfferID]history.Reservation, propensity float64, w Wanted) Offer {
	attributes := o.attributes(chosen, w)
	o.given = append(o.given, chosen.Offer)
	limit := o.plan.perCustomer(chosen.Offer)
	kept := o.data.Of(chosen.Code)
	kept.Shown++
	kept.Past.Present(o.now, limit)

	contact, columns := o.contact()
	*contact = history.Contact{
		Session: o.data.ID, Channel: o.data.Channel, Point: p.Name, Zone: p.Zone, Level: o.data.Level, Customer: o.data.Audience,
		Offer: chosen.Code, Score: chosen.Score, Source: chosen.Source, Learning: chosen.Learning, Propensity: propensity,
		Deployment: o.data.Version.Number, Hash: o.data.Version.Hash, At: o.now, PerCustomer: limit,
		Reservation: taken[chosen.Offer],
	}
	if chosen.Rule != decision.NoRule {
		rule := o.plan.model.Rule(chosen.Rule)
		contact.Strategy, contact.Rule, contact.Segment = rule.Strategy, rule.Name, o.plan.model.Definition(chosen.Rule).Segment
	}
	trace, choice := o.drawing.trace(chosen), ""
	if at.offer == 0 {
		choice = o.drawing.choice(chosen)
	}
	if of := &o.level.columns; len(of.contact) > 0 {
		o.frame.SetScore(chosen.Score)
		if of.ofOffer {
			o.plan.model.SetOffer(&o.in, chosen.Offer)
		}
		o.values(columns, of.contact, len(learning.TraceColumn)+len(trace)+len(learning.ChoiceColumn)+len(choice))
	}
	noted(columns, learning.TraceColumn, trace)
	noted(columns, learning.ChoiceColumn, choice)
	contact.Columns = columns
	o.places = append(o.places, at)
	return Offer{Offer: chosen.Code, Score: chosen.Score, Attributes: attributes}
}

// attributes are those of a chosen offer that are asked for.
func (o *offering) attributes(chosen decision.Chosen, w Wanted) map[string]any {
	if w.Attributes == nil {
		if fixed, ok := o.plan.model.FixedAttributes(&o.in, chosen); ok {
			return fixed
		}
	}
	attributes, failed := o.plan.model.Attributes(&o.in, chosen)
	for _, name := range sortedKeys(failed) {
		o.warn(ExpressionFailed, "attribute %s of offer %s: %s", name, chosen.Code, failed[name])
	}
	if w.Attributes != nil {
		for name := range attributes {
			if !slices.Contains(w.Attributes, name) {
				delete(attributes, name)
			}
		}
	}
	return attributes
}

// record writes the contacts before the answer names their treatments. Where that
// fails the offers are answered without, but for those whose presentations are
// counted in total: they are left out.
func (o *offering) record(ctx context.Context) {
	if len(o.contacts) == 0 {
		return
	}
	within := deadline.Within(ctx, o.s.o.Deadline*3/4)
	defer within.End()
	if err := o.write(within); err != nil {
		o.warn(HistoryAway, "the offers have no treatment codes")
		o.withhold()
		return
	}
	for i := range o.contacts {
		contact, at := &o.contacts[i], o.places[i]
		o.treatments = append(o.treatments, session.Treatment{Code: contact.Treatment, Offer: contact.Offer})
		o.lists[at.list].Offers[at.offer].Treatment = contact.Treatment.String()
	}
	o.data.Present(o.treatments)
}

// write gives the contacts to the history.
func (o *offering) write(ctx context.Context) error {
	if err := o.codes(); err != nil {
		return err
	}
	o.handed = true
	_, err := o.s.history.Record(ctx, history.Batch{Contacts: o.contacts})
	if err == nil {
		o.handed = false
		return nil
	}
	if f, ok := fault.As(err); !ok || f.Type != "reservation-lapsed" {
		return err
	}
	// It is another batch from now on: the first one may still be looked at, and has
	// the same columns.
	o.contacts = slices.Clone(o.contacts)
	if !o.takeAgain(ctx) {
		return err
	}
	_, err = o.s.history.Record(ctx, history.Batch{Contacts: o.contacts})
	return err
}

// codes gives each contact a treatment code.
func (o *offering) codes() error {
	for i := range o.contacts {
		code, err := o.s.o.NewTreatment()
		if err != nil {
			return err
		}
		o.contacts[i].Treatment = code
	}
	return nil
}

// takeAgain takes presentations anew, where those taken before have lapsed; false
// where one is not left.
func (o *offering) takeAgain(ctx context.Context) bool {
	for i := range o.contacts {
		contact := &o.contacts[i]
		if contact.Reservation.IsZero() {
			continue
		}
		counts := map[decision.OfferID]int64{}
		o.count(ctx, counts, o.places[i].id) // reserves, where nothing is
		var ok bool
		if contact.Reservation, ok = o.s.o.Limits.Take(contact.Offer); !ok {
			return false
		}
	}
	return true
}

// withhold leaves offers with a total limit out of the answer: an unwritten
// presentation is not counted.
func (o *offering) withhold() {
	for i := len(o.places) - 1; i >= 0; i-- {
		at := o.places[i]
		if o.plan.total(at.id) == nil {
			continue
		}
		list := &o.lists[at.list]
		list.Offers = slices.Delete(list.Offers, at.offer, at.offer+1)
		if len(list.Offers) == 0 {
			p, _ := o.plan.model.Point(list.Point)
			list.Default = p.Default
		}
	}
}
