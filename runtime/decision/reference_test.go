package decision_test

import (
	"maps"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// outcome is what becomes of a candidate in the plain implementation of the six
// steps, which is here to compare the fast one with. It knows no index and no
// compiled form: it reads the definitions for every candidate.
type outcome struct {
	offer  string
	origin decision.Origin
	rule   string // strategy and name
	reason decision.Reason
	score  float64
	source decision.Source
	rank   int
}

type reference struct {
	scope *scope.Scope
	d     decision.Definitions
	m     *decision.Model // for the codes of offers in the input only
	in    *decision.Input
}

func (r reference) decide() []outcome {
	r.in.Frame.SetSegments(r.in.Segments)
	r.in.Frame.SetNow(r.in.Now)
	var all []outcome
	for _, name := range slices.Sorted(maps.Keys(r.d.Strategies)) {
		strategy := r.d.Strategies[name]
		level := strategy.AudienceLevel
		if level == "" {
			level = r.d.Channel.AudienceLevels[0]
		}
		if level != r.in.Level {
			continue
		}
		for _, rule := range strategy.Rules {
			all = append(all, r.byRule(name, rule))
		}
	}
	for _, o := range r.in.Overrides {
		if o.Adds {
			all = append(all, r.assigned(o))
		}
	}
	for _, d := range r.in.Defaults {
		all = append(all, r.byDefault(d))
	}
	return r.rank(all)
}

func (r reference) byRule(strategy string, rule definition.TreatmentRule) outcome {
	o := outcome{offer: rule.Offer, origin: decision.OriginRule, rule: strategy + "/" + rule.Name}
	switch {
	case rule.Disabled:
		o.reason = decision.RuleDisabled
	case r.d.Offers[rule.Offer].Retired:
		o.reason = decision.OfferRetired
	case rule.Zone != "" && rule.Zone != r.in.Point.Zone:
		o.reason = decision.OtherZone
	case rule.Segment != "" && !slices.Contains(r.in.Segments, rule.Segment):
		o.reason = decision.NotInSegment
	case rule.Effective != nil && r.in.Now.Before(*rule.Effective):
		o.reason = decision.RuleNotYet
	case rule.Expires != nil && !r.in.Now.Before(*rule.Expires):
		o.reason = decision.RuleExpired
	default:
		o.reason = r.outOfDate(rule.Offer)
	}
	if o.reason == "" && rule.When != "" {
		holds, err := r.program(rule.When, definition.SeesRule, definition.Boolean, rule.Offer).Bool(r.in.Frame)
		if err != nil {
			o.reason = decision.ConditionFailed
		} else if !holds {
			o.reason = decision.NotEligible
		}
	}
	if o.reason == "" {
		o.reason = r.notForThisCustomer(rule.Offer)
	}
	if o.reason == "" {
		o.score, o.source, o.reason = r.score(rule.Offer, &rule, 0)
	}
	return o
}

func (r reference) assigned(override decision.Override) outcome {
	o := outcome{origin: decision.OriginAssigned}
	if int(override.Offer) >= r.m.Offers() {
		o.reason = decision.UnknownOffer
		return o
	}
	o.offer = r.m.Code(override.Offer)
	if !r.applies(override) {
		o.reason = decision.NotAssigned
		return o
	}
	return r.withoutRule(o, 0)
}

func (r reference) byDefault(d decision.Default) outcome {
	o := outcome{origin: decision.OriginDefault}
	if int(d.Offer) >= r.m.Offers() {
		o.reason = decision.UnknownOffer
		return o
	}
	o.offer = r.m.Code(d.Offer)
	return r.withoutRule(o, d.Score)
}

func (r reference) withoutRule(o outcome, score float64) outcome {
	if r.d.Offers[o.offer].Retired {
		o.reason = decision.OfferRetired
	}
	if o.reason == "" {
		o.reason = r.outOfDate(o.offer)
	}
	if o.reason == "" {
		o.reason = r.notForThisCustomer(o.offer)
	}
	if o.reason == "" {
		o.score, o.source, o.reason = r.score(o.offer, nil, score)
	}
	return o
}

func (r reference) outOfDate(code string) decision.Reason {
	offer := r.d.Offers[code]
	campaign := r.d.Campaigns[offer.Campaign]
	switch {
	case offer.Effective != nil && r.in.Now.Before(*offer.Effective):
		return decision.OfferNotYet
	case offer.Expires != nil && !r.in.Now.Before(*offer.Expires):
		return decision.OfferExpired
	case campaign.Start != nil && r.in.Now.Before(*campaign.Start):
		return decision.CampaignNotYet
	case campaign.End != nil && !r.in.Now.Before(*campaign.End):
		return decision.CampaignEnded
	}
	return ""
}

func (r reference) notForThisCustomer(code string) decision.Reason {
	id, _ := r.m.Offer(code)
	offer := r.d.Offers[code]
	if slices.Contains(r.in.Blocked, id) {
		return decision.Blocked
	}
	for _, past := range r.in.Past {
		other := r.d.Offers[r.m.Code(past.Offer)]
		takesAlong := other.Suppress != nil && slices.Contains(other.Suppress.Also, code)
		if (past.Offer == id || takesAlong) && r.suppresses(past, other.Suppress) {
			return decision.Suppressed
		}
	}
	for _, past := range r.in.Past {
		if past.Offer != id {
			continue
		}
		switch most := r.d.Channel.PresentationsPerVisit; {
		case past.Accepted:
			return decision.AlreadyAccepted
		case past.Rejected:
			return decision.AlreadyRejected
		case most > 0 && past.Shown >= most:
			return decision.ShownTooOften
		case offer.Limits != nil && offer.Limits.PerCustomer != nil && past.Presented >= r.allowed(offer, *offer.Limits.PerCustomer):
			return decision.CustomerLimit
		}
	}
	if slices.Contains(r.in.Exclude, id) {
		return decision.AtOtherPoint
	}
	if offer.Limits != nil && offer.Limits.Total != nil && r.in.Totals(id) >= r.allowed(offer, *offer.Limits.Total) {
		return decision.TotalLimit
	}
	return ""
}

func (r reference) suppresses(past decision.Past, s *definition.Suppression) bool {
	if past.Suppressed {
		return true
	}
	if s == nil {
		return false
	}
	lasts := func(since time.Time) bool {
		return s.For == nil || since.Add(time.Duration(*s.For)).After(r.in.Now)
	}
	if s.OnAccept && !past.AcceptedAt.IsZero() && lasts(past.AcceptedAt) {
		return true
	}
	if s.OnReject && !past.RejectedAt.IsZero() && lasts(past.RejectedAt) {
		return true
	}
	return s.AfterPresentations > 0 && past.Unanswered >= s.AfterPresentations && lasts(past.ShownAt)
}

func (r reference) allowed(offer definition.Offer, limit definition.Limit) int64 {
	if limit.Even && limit.For == nil && offer.Effective != nil && offer.Expires != nil {
		over, whole := int64(r.in.Now.Sub(*offer.Effective).Seconds()), int64(offer.Expires.Sub(*offer.Effective).Seconds())
		return max(1, (over*int64(limit.Presentations)+whole-1)/whole)
	}
	return int64(limit.Presentations)
}

func (r reference) applies(o decision.Override) bool {
	if o.Zone != "" && o.Zone != r.in.Point.Zone {
		return false
	}
	if o.Segment != "" && !slices.Contains(r.in.Segments, o.Segment) {
		return false
	}
	if o.When == nil {
		return true
	}
	r.setOffer(r.m.Code(o.Offer))
	holds, err := o.When.Bool(r.in.Frame)
	return err == nil && holds
}

func (r reference) score(code string, rule *definition.TreatmentRule, byDefault float64) (float64, decision.Source, decision.Reason) {
	id, _ := r.m.Offer(code)
	var override *decision.Override
	for i, o := range r.in.Overrides {
		if o.Offer == id && r.applies(o) {
			override = &r.in.Overrides[i]
			break
		}
	}
	learning := r.d.Zones[r.in.Point.Zone].Learning
	if learning == "" {
		learning = r.d.Channel.Learning
	}
	if learning == definition.LearningOff || rule != nil && rule.Learning != nil && !*rule.Learning {
		learning = ""
	}
	marketers := definition.DefaultScore
	if rule != nil && rule.Score != nil {
		marketers = *rule.Score
	}
	if override != nil && override.Final {
		return override.Score, decision.FromOverride, ""
	}
	if learning != "" {
		if learned, known := r.in.Learned(learning, id); known {
			return learned, decision.FromLearning, ""
		}
	}
	if override != nil {
		return override.Score, decision.FromOverride, ""
	}
	if rule == nil {
		return byDefault, decision.FromDefault, ""
	}
	if rule.ScoreExpression == "" {
		return marketers, decision.FromRule, ""
	}
	program := r.program(rule.ScoreExpression, definition.SeesScore, definition.Number, code)
	r.in.Frame.SetScore(marketers)
	computed, err := program.Float(r.in.Frame)
	if err != nil || math.IsInf(computed, 0) || math.IsNaN(computed) {
		return 0, "", decision.ScoreFailed
	}
	return computed, decision.FromExpression, ""
}

// rank is the steps 5 and 6.
func (r reference) rank(all []outcome) []outcome {
	best := map[string]int{} // by offer
	for i, o := range all {
		if o.reason != "" {
			continue
		}
		if other, ok := best[o.offer]; !ok || o.score > all[other].score {
			best[o.offer] = i
		}
	}
	for i := range all {
		if all[i].reason == "" && best[all[i].offer] != i {
			all[i].reason = decision.Duplicate
		}
	}
	ranking := slices.Collect(maps.Values(best))
	effective := func(i int) time.Time {
		if t := r.d.Offers[all[i].offer].Effective; t != nil {
			return *t
		}
		return time.Time{}
	}
	sort.Slice(ranking, func(a, b int) bool {
		x, y := ranking[a], ranking[b]
		if all[x].score != all[y].score {
			return all[x].score > all[y].score
		}
		if !effective(x).Equal(effective(y)) {
			return effective(x).After(effective(y))
		}
		return all[x].offer < all[y].offer
	})
	for place, i := range ranking {
		all[i].rank = place + 1
		all[i].reason = decision.Won
		if place >= r.in.Count {
			all[i].reason = decision.Outscored
		}
	}
	return all
}

// program compiles an expression and sets what it reads of the offer.
func (r reference) program(source string, sees definition.Sight, result definition.ValueType, offer string) *scope.Program {
	r.setOffer(offer)
	program, err := r.in.Frame.Level().Compile(definition.Expression{Path: "x", Source: source, Sees: sees, Result: result})
	if err != nil {
		panic(source + ": " + err.Error())
	}
	return program
}

func (r reference) setOffer(code string) {
	r.in.Frame.SetOffer(r.in.Frame.Level().NewOffer(code, r.d.Offers[code].Attributes))
}

// attributes are those of a chosen offer, and the names of computed ones that fail.
func (r reference) attributes(code string, rule *definition.TreatmentRule) (map[string]any, []string) {
	offer := r.d.Offers[code]
	found, sources := map[string]any{"price": 10.0}, map[string]string{}
	maps.Copy(found, offer.Attributes)
	maps.Copy(sources, offer.Computed)
	if rule != nil {
		maps.Copy(sources, rule.Computed)
	}
	r.setOffer(code)
	var failed []string
	for name, source := range sources {
		delete(found, name)
		program, err := r.in.Frame.Level().Compile(definition.Expression{Path: "x", Source: source, Sees: definition.SeesRule, Attribute: name})
		if err != nil {
			continue // the level knows not what the expression reads
		}
		value, err := program.Value(r.in.Frame)
		switch {
		case err != nil:
			failed = append(failed, name)
		case value != nil:
			found[name] = value
		}
	}
	return found, failed
}
