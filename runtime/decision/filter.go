package decision

import (
	"slices"
	"time"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/definition"
)

// verdict says why a candidate was dropped; the zero verdict lets it pass.
type verdict struct {
	reason Reason
	err    error // of the expression that failed
}

// candidacy is step 2.
func (r *run) candidacy(rule *rule) Reason {
	switch {
	case rule.off != "":
		return rule.off
	case rule.zone != anywhere && rule.zone != r.point:
		return OtherZone
	case rule.segment != anybody && !slices.Contains(r.segments, rule.segment):
		return NotInSegment
	default:
		return ""
	}
}

// judge takes a rule through the steps 3 and 4.
func (r *run) judge(id RuleID) (entry, verdict) {
	rule := &r.m.rules[id]
	if r.now < rule.from || r.now >= rule.until {
		return entry{}, verdict{reason: r.outOfDate(rule.offer, &id)}
	}
	if rule.readsOffer {
		r.in.Frame.SetOffer(r.level.values[rule.offer])
	}
	if rule.when != nil {
		switch holds, err := rule.when.Bool(r.in.Frame); {
		case err != nil:
			return entry{}, verdict{reason: ConditionFailed, err: err}
		case !holds:
			return entry{}, verdict{reason: NotEligible}
		}
	}
	if reason := r.offerDropped(rule.offer); reason != "" {
		return entry{}, verdict{reason: reason}
	}
	return r.score(entry{offer: rule.offer, rule: id, order: int32(id)}, rule, 0)
}

// assigned takes an offer that an override adds through the steps 3 and 4.
func (r *run) assigned(i int) (entry, verdict) {
	e := entry{offer: r.in.Overrides[i].Offer, rule: NoRule, order: int32(len(r.m.rules) + i)}
	return r.judgeOffer(e, 0)
}

// byDefault takes a default offer through the steps 3 and 4.
func (r *run) byDefault(i int) (entry, verdict) {
	d := r.in.Defaults[i]
	e := entry{offer: d.Offer, rule: NoRule, order: int32(len(r.m.rules) + len(r.in.Overrides) + i)}
	if !r.m.has(d.Offer) {
		return e, verdict{reason: UnknownOffer}
	}
	return r.judgeOffer(e, d.Score)
}

// judgeOffer takes a candidate without a rule through the steps 3 and 4.
func (r *run) judgeOffer(e entry, score float64) (entry, verdict) {
	o := &r.m.offers[e.offer]
	if o.retired {
		return e, verdict{reason: OfferRetired}
	}
	if r.now < o.from || r.now >= o.until {
		return e, verdict{reason: r.outOfDate(e.offer, nil)}
	}
	if reason := r.offerDropped(e.offer); reason != "" {
		return e, verdict{reason: reason}
	}
	return r.score(e, nil, score)
}

// outOfDate says which of the dates it is: those of the rule, where one is given,
// of the offer, or of its campaign.
func (r *run) outOfDate(id OfferID, of *RuleID) Reason {
	if of != nil {
		d := r.m.Definition(*of)
		switch from, until := dates(d.Effective, d.Expires); {
		case r.now < from:
			return RuleNotYet
		case r.now >= until:
			return RuleExpired
		}
	}
	d := r.m.definitions.Offers[r.m.offers[id].code]
	from, until := dates(d.Effective, d.Expires)
	start, _ := dates(r.m.definitions.Campaigns[d.Campaign].Start, nil)
	switch {
	case r.now < from:
		return OfferNotYet
	case r.now >= until:
		return OfferExpired
	case r.now < start:
		return CampaignNotYet
	default:
		return CampaignEnded
	}
}

// offerDropped says why an offer is dropped whichever candidate it is.
func (r *run) offerDropped(id OfferID) Reason {
	if r.dropped[id] != "" {
		return r.dropped[id]
	}
	o := &r.m.offers[id]
	if limit := o.limits.Total; limit != nil && r.in.Totals != nil && r.in.Totals(id) >= r.allowed(id, limit) {
		return TotalLimit
	}
	return ""
}

// dropOffers notes which offers are dropped; the first reason stands.
func (r *run) dropOffers() {
	for _, id := range r.in.Blocked {
		r.drop(id, Blocked)
	}
	for i := range r.in.Past {
		if p := &r.in.Past[i]; r.m.has(p.Offer) && r.suppressed(p) {
			r.drop(p.Offer, Suppressed)
			for _, also := range r.m.offers[p.Offer].also {
				r.drop(also, Suppressed)
			}
		}
	}
	for i := range r.in.Past {
		r.dropByPast(&r.in.Past[i])
	}
	for _, id := range r.in.Exclude {
		r.drop(id, AtOtherPoint)
	}
}

func (r *run) dropByPast(p *Past) {
	if !r.m.has(p.Offer) {
		return
	}
	limit := r.m.offers[p.Offer].limits.PerCustomer
	switch {
	case p.Accepted:
		r.drop(p.Offer, AlreadyAccepted)
	case p.Rejected:
		r.drop(p.Offer, AlreadyRejected)
	case r.m.perVisit > 0 && p.Shown >= r.m.perVisit:
		r.drop(p.Offer, ShownTooOften)
	case limit != nil && p.Presented >= r.allowed(p.Offer, limit):
		r.drop(p.Offer, CustomerLimit)
	}
}

func (r *run) drop(id OfferID, why Reason) {
	if r.m.has(id) && r.dropped[id] == "" {
		r.dropped[id] = why
		r.touched = append(r.touched, id)
	}
}

func (m *Model) has(id OfferID) bool { return id >= 0 && int(id) < len(m.offers) }

// suppressed reports whether what happened with an offer suppresses it.
func (r *run) suppressed(p *Past) bool {
	if p.Suppressed {
		return true
	}
	s := r.m.offers[p.Offer].suppress
	if s == nil {
		return false
	}
	return s.OnAccept && !p.AcceptedAt.IsZero() && r.lasts(p.AcceptedAt, s.For) ||
		s.OnReject && !p.RejectedAt.IsZero() && r.lasts(p.RejectedAt, s.For) ||
		s.AfterPresentations > 0 && p.Unanswered >= s.AfterPresentations && r.lasts(p.ShownAt, s.For)
}

// lasts reports whether a time that began at some instant is not over; without a
// length it never is.
func (r *run) lasts(since time.Time, length *duration.Duration) bool {
	return length == nil || r.in.Now.Before(since.Add(time.Duration(*length)))
}

// allowed is the number of presentations that a limit allows up to now.
func (r *run) allowed(id OfferID, limit *definition.Limit) int64 {
	o := r.m.definitions.Offers[r.m.offers[id].code]
	return o.Allowed(limit, r.in.Now)
}

// applyOverrides finds the override of each offer that applies.
func (r *run) applyOverrides() {
	for i := range r.in.Overrides {
		o := &r.in.Overrides[i]
		applies := r.m.has(o.Offer) && r.overrideApplies(o)
		r.applies = append(r.applies, applies)
		if applies && r.override[o.Offer] == 0 {
			r.override[o.Offer] = int32(i) + 1
			r.touched = append(r.touched, o.Offer)
		}
	}
}

func (r *run) overrideApplies(o *Override) bool {
	if o.Zone != "" && o.Zone != r.in.Point.Zone || o.Segment != "" && !slices.Contains(r.in.Segments, o.Segment) {
		return false
	}
	if o.When == nil {
		return true
	}
	if r.level != nil {
		r.in.Frame.SetOffer(r.level.values[o.Offer])
	}
	holds, err := o.When.Bool(r.in.Frame)
	return err == nil && holds
}
