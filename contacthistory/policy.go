package contacthistory

import (
	"strings"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Bounds of a report on policies.
const (
	// MaxFirstPlaces bounds the contacts that policies are judged by: the newest.
	MaxFirstPlaces = 100_000
	// MaxPolicies bounds those of one report.
	MaxPolicies = 20
	// alwaysByDefault is the number of offers of which a report that names no policy
	// says what came of presenting each to all.
	alwaysByDefault = 10
)

// PolicyKind is how a policy chooses.
type PolicyKind string

// The closed set of kinds. A policy chooses among the candidates of a decision.
const (
	// Logging is what was deployed: learning with its exploration.
	Logging PolicyKind = "logging"
	// Baseline goes by the marketer's scores alone.
	Baseline PolicyKind = "baseline"
	// BestPerSegment takes what visitors of the same smart segments accepted most in
	// the other half of the history.
	BestPerSegment PolicyKind = "best-per-segment"
	// Always takes one offer wherever it is a candidate, else what Baseline takes.
	Always PolicyKind = "always"
)

// Policy is a way to choose the offer of the first place.
type Policy struct {
	Kind  PolicyKind
	Offer string // of Always
}

// String is how a policy is named: always:gold-card.
func (p Policy) String() string {
	if p.Kind == Always {
		return string(Always) + ":" + p.Offer
	}
	return string(p.Kind)
}

// ParsePolicy reads what String writes. The error is a fault Invalid.
func ParsePolicy(text string) (Policy, error) {
	switch kind := PolicyKind(text); kind {
	case Logging, Baseline, BestPerSegment:
		return Policy{Kind: kind}, nil
	case Always:
	}
	offer, ok := strings.CutPrefix(text, string(Always)+":")
	if !ok || definition.CheckName(definition.KindOffer, offer) != nil {
		return Policy{}, fault.New(fault.Invalid, "bad-policy", "the policy is not known").
			At("query.policy", 0, "%.80q: expected logging, baseline, best-per-segment or always:OFFER", text)
	}
	return Policy{Kind: Always, Offer: offer}, nil
}

// PolicyQuery selects contacts, and the policies that are judged by them. Its
// segment is one of the visitors, whatever rule their offer came from. Without
// policies all are judged, Always of the most presented offers.
type PolicyQuery struct {
	ReportQuery
	Policies []Policy
}

// FirstPlace is a contact at the first place of a list that learning chose.
type FirstPlace struct {
	At time.Time
	// Visitor is the customer, or the session of one who is not known.
	Visitor  string
	Offer    string
	Accepted bool
	// Choice is the text of a learning.Choice.
	Choice string
}

// PolicyReport is what would have been accepted at the first place of lists had
// other policies chosen it.
type PolicyReport struct {
	PolicyQuery
	// Contacts are those that were judged by, of so many visitors, the oldest and
	// the newest of them at these times.
	Contacts       int64
	Visitors       int64
	Oldest, Newest time.Time
	// Cut says that there were older ones, which were left out.
	Cut      bool
	Policies []PolicySummary
	// Unseen are the offers of policies that none of the contacts knows of.
	Unseen []string
}

// PolicySummary is what is known of one policy.
type PolicySummary struct {
	Policy
	// Contacts are those that the estimates are of, Matched those of them that had
	// the offer which the policy chooses, Accepted those that were accepted. Of the
	// others of the report the candidates were too many to be kept.
	Contacts int64
	Matched  int64
	Accepted int64
	// Effective is how many contacts chosen by the policy itself would tell as much.
	Effective float64
	// The acceptance by each estimator; nil of less than two visitors. An interval
	// may be narrower than the distance to its estimate, which is no probability: 0
	// and 1 bound it alone.
	InversePropensity, SelfNormalized, DoublyRobust *PolicyEstimate
	// Gain is how much greater the acceptance is than that of what was presented,
	// doubly robust, by the same contacts; nil for Logging.
	Gain     *PolicyEstimate
	Warnings []PolicyWarning
}

// PolicyEstimate is an estimate with its standard error.
type PolicyEstimate struct {
	Interval
	StandardError float64
}

// PolicyWarning says why estimates are not to be relied on.
type PolicyWarning struct {
	Code PolicyDoubt
	Text string
}

// PolicyDoubt is a reason for doubt.
type PolicyDoubt string

// The closed set of doubts.
const (
	// NoExploration: some decisions were made without any, so that what they never
	// choose was never seen.
	NoExploration PolicyDoubt = "no-exploration"
	// NotCovered: the weights do not add up to what they would if the policy's
	// choices had been made with the propensities that are noted.
	NotCovered PolicyDoubt = "not-covered"
	// NeverCandidate: no contact had the policy's offer among its candidates, so that
	// the policy has no estimates: they would be those of Baseline.
	NeverCandidate PolicyDoubt = "never-candidate"
	// TooFew: the interval is too narrow, for it is that of many.
	TooFew PolicyDoubt = "too-few"
)
