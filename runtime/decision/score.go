package decision

import (
	"errors"
	"math"
)

var errNotFinite = errors.New("the score is not a finite number")

// score is step 4: a final override, else what was learned, else an override, else
// the rule's expression or number, or the default offer's number.
func (r *run) score(e entry, rule *rule, byDefault float64) (entry, verdict) {
	var override *Override
	if at := r.override[e.offer]; at > 0 {
		override = &r.in.Overrides[at-1]
	}
	if override != nil && override.Final {
		return e.scored(override.Score, fromOverride)
	}
	if r.learning != "" && (rule == nil || rule.learns) {
		e.learns = true
		if r.in.Learned != nil {
			if score, known := r.in.Learned(r.learning, e.offer); known {
				if alone, v := r.marketers(e, override, rule, byDefault); v.reason == "" {
					r.baseline.consider(r, alone)
				}
				return e.scored(score, fromLearning)
			}
		}
	}
	return r.marketers(e, override, rule, byDefault)
}

// marketers is the score where nothing is learned.
func (r *run) marketers(e entry, override *Override, rule *rule, byDefault float64) (entry, verdict) {
	switch {
	case override != nil:
		return e.scored(override.Score, fromOverride)
	case rule == nil:
		return e.scored(byDefault, fromDefault)
	case rule.expression == nil:
		return e.scored(rule.score, fromRule)
	}
	r.in.Frame.SetScore(rule.score)
	score, err := rule.expression.Float(r.in.Frame)
	if err != nil {
		return e, verdict{reason: ScoreFailed, err: err}
	}
	return e.scored(score, fromExpression)
}

// scored gives an entry its score. Only finite numbers can be compared.
func (e entry) scored(score float64, from source) (entry, verdict) {
	if math.IsNaN(score) || math.IsInf(score, 0) {
		return e, verdict{reason: ScoreFailed, err: errNotFinite}
	}
	e.score, e.source = score, from
	return e, verdict{}
}
