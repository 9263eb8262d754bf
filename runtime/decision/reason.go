package decision

// Step is a step of arbitration.
type Step int

// The steps in which candidates are dropped or chosen.
const (
	StepCandidates Step = 2
	StepFilters    Step = 3
	StepScore      Step = 4
	StepOnce       Step = 5
	StepBest       Step = 6
	StepChosen     Step = 7
)

// Reason says why a candidate was dropped. The codes are stable.
type Reason string

// The closed set of reasons, in the order in which they are looked at.
const (
	RuleDisabled Reason = "rule-disabled"
	OfferRetired Reason = "offer-retired"
	OtherZone    Reason = "other-zone"
	NotInSegment Reason = "not-in-segment"
	NotAssigned  Reason = "override-does-not-apply"
	UnknownOffer Reason = "unknown-offer"

	RuleNotYet      Reason = "rule-not-yet-effective"
	RuleExpired     Reason = "rule-expired"
	OfferNotYet     Reason = "offer-not-yet-effective"
	OfferExpired    Reason = "offer-expired"
	CampaignNotYet  Reason = "campaign-not-yet-started"
	CampaignEnded   Reason = "campaign-ended"
	NotEligible     Reason = "not-eligible"
	ConditionFailed Reason = "condition-failed"
	Blocked         Reason = "blocked"
	Suppressed      Reason = "suppressed"
	AlreadyAccepted Reason = "already-accepted"
	AlreadyRejected Reason = "already-rejected"
	ShownTooOften   Reason = "shown-too-often"
	CustomerLimit   Reason = "customer-limit"
	AtOtherPoint    Reason = "at-other-point"
	TotalLimit      Reason = "total-limit"

	ScoreFailed Reason = "score-failed"
	Duplicate   Reason = "better-rule"
	Outscored   Reason = "outscored"

	Won Reason = "chosen"
)

// Reasons are all reasons but Won.
var Reasons = []Reason{
	RuleDisabled, OfferRetired, OtherZone, NotInSegment, NotAssigned, UnknownOffer,
	RuleNotYet, RuleExpired, OfferNotYet, OfferExpired, CampaignNotYet, CampaignEnded, NotEligible, ConditionFailed,
	Blocked, Suppressed, AlreadyAccepted, AlreadyRejected, ShownTooOften, CustomerLimit, AtOtherPoint, TotalLimit,
	ScoreFailed, Duplicate, Outscored,
}

// Step is the step that looks at the reason.
func (r Reason) Step() Step {
	switch r {
	case RuleDisabled, OfferRetired, OtherZone, NotInSegment, NotAssigned, UnknownOffer:
		return StepCandidates
	case ScoreFailed:
		return StepScore
	case Duplicate:
		return StepOnce
	case Outscored:
		return StepBest
	case Won:
		return StepChosen
	default:
		return StepFilters
	}
}
