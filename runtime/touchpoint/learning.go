package touchpoint

import (
	"slices"
	"time"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/learning"
)

// Learning has what the group has learned; *learning.Book has it.
type Learning interface {
	Follow(model string, l *learning.Layout, offers []learning.Offer) *learning.Followed
}

// learner is a learning model of a channel.
type learner struct {
	level    string // whose profile it reads
	followed *learning.Followed
}

// learners are those of a plan, by name.
func (p *plan) follow(from Learning) {
	p.learners = map[string]*learner{}
	if from == nil {
		return
	}
	for name, d := range p.content.LearningModels {
		level := p.content.AudienceLevels[d.AudienceLevel]
		declared := append(append([]definition.Attribute{}, level.Key...), level.Profile...)
		p.learners[name] = &learner{level: d.AudienceLevel, followed: from.Follow(name, learning.NewLayout(d, declared), p.learnable(name))}
	}
}

// learnable are all offers by id, with the time in which a model awaits their
// minimum of presentations: while a rule that learns may offer them.
func (p *plan) learnable(model string) []learning.Offer {
	offers := make([]learning.Offer, len(p.offers))
	for id := range offers {
		offers[id].Code = p.model.Code(decision.OfferID(id)) //nolint:gosec // offers are counted by int32
	}
	for id := range p.model.Rules() {
		rule := p.model.Definition(decision.RuleID(id)) //nolint:gosec // rules are counted by int32
		at, known := p.model.Offer(rule.Offer)
		if !known || rule.Disabled || rule.Learning != nil && !*rule.Learning || !p.learnsIn(model, rule.Zone) {
			continue
		}
		if p.offers[at].Retired || p.model.NeverHolds(decision.RuleID(id)) { //nolint:gosec // rules are counted by int32
			continue
		}
		campaign := p.content.Campaigns[p.offers[at].Campaign]
		from := latest(rule.Effective, p.offers[at].Effective, campaign.Start)
		until := earliest(rule.Expires, p.offers[at].Expires, campaign.End)
		if until.IsZero() || from.Before(until) {
			offers[at].Awaited = append(offers[at].Awaited, learning.Span{From: from, Until: until})
		}
	}
	return offers
}

// learnsIn reports whether a model takes part in a zone, or in any.
func (p *plan) learnsIn(model, zone string) bool {
	if zone != "" {
		return p.modelOf(p.content.Zones[zone]) == model
	}
	for _, z := range p.content.Zones {
		if p.modelOf(z) == model {
			return true
		}
	}
	return false
}

func (p *plan) modelOf(z definition.Zone) string {
	if z.Learning == "" {
		return p.content.Channel.Learning
	}
	return z.Learning
}

// latest is the zero time where there is none, as earliest.
func latest(times ...*time.Time) (found time.Time) {
	for _, t := range times {
		if t != nil && t.After(found) {
			found = *t
		}
	}
	return found
}

func earliest(times ...*time.Time) (found time.Time) {
	for _, t := range times {
		if t != nil && (found.IsZero() || t.Before(found)) {
			found = *t
		}
	}
	return found
}

// drawing is the part of chance in the decisions of a call.
type drawing struct {
	draw    learning.Draw
	context learning.Context

	// Of one point.
	call     *call
	point    string
	model    string
	learner  *learner // nil where the model does not learn of this visitor
	snapshot *learning.Snapshot

	// baseline and mixed are of the decision, as in decision.Result.
	baseline string
	mixed    bool

	ids    []int
	shares []float64 // of ids
	all    []float64
	codes  []string
	text   []byte
}

// begin prepares for a decision of a point; nothing is computed before a score is
// asked for.
func (d *drawing) begin(c *call, point string) {
	d.call, d.point, d.model, d.learner, d.snapshot = c, point, "", nil, nil
	d.baseline, d.mixed = "", false
}

// score implements decision.Input.Learned. A point lies in one zone, so that one
// model is asked for.
func (d *drawing) score(model string, offer decision.OfferID) (float64, bool) {
	if d.model != model {
		d.use(model)
	}
	if d.snapshot == nil {
		return 0, false
	}
	return d.draw.Score(int(offer))
}

func (d *drawing) use(model string) {
	c := d.call
	d.model, d.learner, d.snapshot = model, c.plan.learners[model], nil
	if d.learner == nil || d.learner.level != c.data.Level {
		d.learner = nil
		return
	}
	d.learner.followed.Layout().ContextOf(&d.context, &c.data.Profile, c.now)
	if d.snapshot = d.learner.followed.Snapshot(); d.snapshot != nil {
		d.draw.Begin(d.snapshot, &d.context, learning.Seed(c.data.ID, d.point, c.now))
	}
}

// marketer decides by the scores of the rules alone.
type marketer interface{ byRules() []decision.Chosen }

// propensities are those of the chosen, in their order: 1 where nothing is left to
// chance. They are there until the next ones.
func (d *drawing) propensities(chosen []decision.Chosen, m marketer) []float64 {
	d.ids, d.shares = d.ids[:0], d.shares[:0]
	for _, c := range chosen {
		if d.learns(c) {
			d.ids = append(d.ids, int(c.Offer))
		}
	}
	if d.snapshot != nil && len(d.ids) > 0 {
		var alone []decision.Chosen
		asked := false
		d.shares = d.draw.Propensities(d.shares, d.ids, func(offer int) bool {
			if !asked {
				alone, asked = m.byRules(), true
			}
			for _, c := range alone {
				if int(c.Offer) == offer {
					return true
				}
			}
			return false
		})
	}
	d.all = d.all[:0]
	next := 0
	for _, c := range chosen {
		p := 1.0
		if next < len(d.shares) && d.learns(c) {
			p = d.shares[next]
			next++
		}
		d.all = append(d.all, p)
	}
	return d.all
}

// learns reports whether a presentation is learned from.
func (d *drawing) learns(c decision.Chosen) bool {
	return d.learner != nil && c.Learning != "" && c.Learning == d.model
}

// trace is what the history keeps of a presentation to learn from it; empty for
// none.
func (d *drawing) trace(c decision.Chosen) string {
	if !d.learns(c) {
		return ""
	}
	return learning.Trace{Shape: d.learner.followed.Layout().Shape(), Context: d.context}.String()
}

// decided notes what was decided.
func (d *drawing) decided(r decision.Result) { d.baseline, d.mixed = r.Baseline, r.Mixed }

// spoilt says that something else than the scores had a part in the choice.
func (d *drawing) spoilt() { d.mixed = true }

// choice is what the history keeps of the first place of a list to judge other
// policies by; empty where the probability of that choice is not known.
func (d *drawing) choice(c decision.Chosen) string {
	if !d.learns(c) || d.snapshot == nil || d.mixed {
		return ""
	}
	d.ids, d.codes = d.draw.Asked(d.ids[:0]), d.codes[:0]
	slices.Sort(d.ids) // offers are numbered in the order of their codes
	for _, id := range d.ids {
		d.codes = append(d.codes, d.call.plan.model.Code(decision.OfferID(id))) //nolint:gosec // offers are counted by int32
	}
	kept := learning.Choice{
		Propensity: d.draw.First(int(c.Offer), d.baseline == c.Code), Exploration: d.draw.Exploration(),
		Baseline: d.baseline, Segments: d.call.data.Segments, Candidates: d.codes,
	}
	d.text = kept.Append(d.text[:0])
	return string(d.text)
}

// noted adds a column to the further ones of a contact, which have left room; an
// empty text is not added.
func noted(columns map[string]any, name, text string) {
	if text != "" && len(columns) < history.MaxColumns {
		columns[name] = text
	}
}
