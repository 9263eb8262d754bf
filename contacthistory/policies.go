package contacthistory

import (
	"context"
	"fmt"
	"math"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/tenants"
)

// Policies reports what other policies would have got. It is exact for the first
// place of lists: what stands below is as it was.
func (r *Reports) Policies(ctx context.Context, tenant tenants.TenantID, q PolicyQuery) (PolicyReport, error) {
	var err error
	if q.ReportQuery, err = q.within(); err != nil {
		return PolicyReport{}, err
	}
	if len(q.Policies) > MaxPolicies {
		return PolicyReport{}, fault.New(fault.Invalid, "bad-policy", "there are too many policies").
			At("query.policy", 0, "expected at most %d", MaxPolicies)
	}
	first, err := r.store.FirstPlaces(ctx, tenant, q.ReportQuery, MaxFirstPlaces+1)
	if err != nil {
		return PolicyReport{}, err
	}
	return policyReport(q, first, MaxFirstPlaces), nil
}

// policyReport judges by at most so many contacts, the newest of which come first.
func policyReport(q PolicyQuery, first []FirstPlace, limit int) PolicyReport {
	r := PolicyReport{Cut: len(first) > limit}
	first = first[:min(limit, len(first))]
	j := newJudge(first)
	r.Contacts, r.Visitors = int64(len(j.contacts)), int64(len(j.visitors.texts))
	if len(first) > 0 {
		r.Oldest, r.Newest = first[len(first)-1].At, first[0].At
	}
	if len(q.Policies) == 0 {
		q.Policies = j.usual()
	}
	r.PolicyQuery = q
	for _, p := range q.Policies {
		r.Policies = append(r.Policies, j.summary(p))
		if _, seen := j.offers.numbers[p.Offer]; p.Kind == Always && !seen {
			r.Unseen = append(r.Unseen, p.Offer)
		}
	}
	return r
}

// usual are the policies of a report that names none.
func (j *judge) usual() []Policy {
	if len(j.contacts) == 0 {
		return nil
	}
	all := []Policy{{Kind: Logging}, {Kind: Baseline}, {Kind: BestPerSegment}}
	offers := j.presented()
	for _, code := range offers[:min(alwaysByDefault, len(offers))] {
		all = append(all, Policy{Kind: Always, Offer: code})
	}
	return all
}

func (j *judge) summary(p Policy) PolicySummary {
	logged, s, unexplored := j.log(p)
	if s.Contacts > 0 && p.Kind == Always && !j.candidate(p.Offer) {
		return PolicySummary{Policy: p, Contacts: s.Contacts, Warnings: []PolicyWarning{{
			Code: NeverCandidate,
			Text: fmt.Sprintf("offer %s was not among the candidates of any of the %d contacts: nothing is known of it", p.Offer, s.Contacts),
		}}}
	}
	s.InversePropensity = policyEstimate(learning.InversePropensity(logged, confidence), 0)
	s.SelfNormalized = policyEstimate(learning.SelfNormalized(logged, confidence), 0)
	robust := learning.DoublyRobust(logged, confidence)
	s.DoublyRobust, s.Effective = policyEstimate(robust, 0), robust.Effective
	if p.Kind != Logging { // which gains nothing and is its own cover
		s.Gain = policyEstimate(learning.Gain(logged, confidence), -1)
		s.doubt(unexplored, logged)
	}
	return s
}

// log is what estimators read. Unexplored are the contacts whose decision had no
// exploration, and was another one than the policy's.
func (j *judge) log(p Policy) (logged []learning.Logged, s PolicySummary, unexplored int64) {
	s.Policy = p
	always := none
	if n, known := j.offers.numbers[p.Offer]; known && p.Kind == Always {
		always = n
	}
	logged = make([]learning.Logged, 0, len(j.contacts))
	for i := range j.contacts {
		c := &j.contacts[i]
		choice, known := j.choose(p, always, c)
		if !known {
			continue
		}
		s.Contacts++
		fitted := &j.fitted[c.fold]
		l := learning.Logged{
			Reward: c.accepted, Propensity: c.propensity, Visitor: c.visitor + 1,
			Predicted: fitted.predicted(c.segment, c.offer), Expected: fitted.predicted(c.segment, choice),
		}
		switch {
		case p.Kind == Logging:
			l.Target = c.propensity
		case choice == c.offer:
			l.Target = 1
		case !c.explored && choice != none:
			unexplored++
		}
		if l.Target > 0 {
			s.Matched++
			s.Accepted += int64(c.accepted)
		}
		logged = append(logged, l)
	}
	return logged, s, unexplored
}

// policyEstimate is nil where nothing is known. Low is the least that there can be.
func policyEstimate(e learning.Estimate, least float64) *PolicyEstimate {
	if math.IsInf(e.StandardError, 0) {
		return nil
	}
	return &PolicyEstimate{
		Interval:      Interval{Value: e.Value, Low: min(max(e.Low, least), 1), High: max(min(e.High, 1), least)},
		StandardError: e.StandardError,
	}
}

const (
	// fewEffective and fewAccepted are numbers under which the normal distribution
	// says too little of a rate.
	fewEffective = 100
	fewAccepted  = 10
	// enoughMatched is the number from which on it says enough of the weights.
	enoughMatched = 30
)

func (s *PolicySummary) doubt(unexplored int64, logged []learning.Logged) {
	warn := func(code PolicyDoubt, format string, args ...any) {
		s.Warnings = append(s.Warnings, PolicyWarning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if unexplored > 0 {
		warn(NoExploration, "%d of %d contacts are of decisions without exploration that chose something else: what they never choose was never seen", unexplored, s.Contacts)
	}
	// One in a thousand is found not to be covered though it is.
	coverage := learning.Coverage(logged, 0.998)
	if s.Contacts > 0 && (s.Matched == 0 || s.Matched >= enoughMatched && coverage.High < 1) {
		warn(NotCovered, "the contacts speak for %.0f %% of what the policy would choose: it chooses what was not presented", 100*coverage.Value)
	}
	if s.Effective < fewEffective || s.Accepted < fewAccepted {
		warn(TooFew, "as good as %.0f contacts of this policy, and %d acceptances: the interval is too narrow", s.Effective, s.Accepted)
	}
}
