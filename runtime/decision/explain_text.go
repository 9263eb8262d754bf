package decision

import (
	"fmt"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
)

const (
	textUnknown = "the model has no such offer"
	// maxSource bounds what of an expression is shown.
	maxSource = 200
)

// textOf says for people why a candidate was dropped. The rule is nil for assigned
// and default offers.
func (x *explainer) textOf(id OfferID, rule *definition.TreatmentRule, v verdict) string {
	if !x.texts || v.reason == "" {
		return ""
	}
	o := x.m.definitions.Offers[x.m.offers[id].code]
	switch v.reason {
	case RuleDisabled:
		return "the rule is disabled"
	case OfferRetired:
		return "the offer is retired"
	case OtherZone:
		return fmt.Sprintf("the rule is for zone %s, the point lies in %s", rule.Zone, named(x.in.Point.Zone, "none"))
	case NotInSegment:
		return "the visitor is not in segment " + rule.Segment
	case NotAssigned:
		return "the override's zone, segment or condition does not fit"
	case RuleNotYet, RuleExpired:
		return outOf("the rule", rule.Effective, rule.Expires, v.reason == RuleExpired)
	case OfferNotYet, OfferExpired:
		return outOf("the offer", o.Effective, o.Expires, v.reason == OfferExpired)
	case CampaignNotYet, CampaignEnded:
		campaign := x.m.definitions.Campaigns[o.Campaign]
		return outOf("campaign "+o.Campaign, campaign.Start, campaign.End, v.reason == CampaignEnded)
	case NotEligible:
		return "the condition does not hold: " + shortened(rule.When)
	case ConditionFailed:
		return "the condition failed: " + v.err.Error()
	case ScoreFailed:
		return "the score failed: " + v.err.Error()
	default:
		return x.textOfPast(id, o, v.reason)
	}
}

// textOfPast says why an offer is not for this customer now.
func (x *explainer) textOfPast(id OfferID, o definition.Offer, reason Reason) string {
	switch reason {
	case Blocked:
		return "the offer is on the customer's block list"
	case Suppressed:
		return "the offer is suppressed for the customer"
	case AlreadyAccepted:
		return "the offer was accepted in this visit"
	case AlreadyRejected:
		return "the offer was rejected in this visit"
	case ShownTooOften:
		return "the offer was shown " + times(int64(x.m.perVisit)) + " in this visit, which is the most"
	case CustomerLimit:
		return "the customer was presented the offer as often as allowed up to now: " + times(x.allowed(id, o.Limits.PerCustomer))
	case TotalLimit:
		return "the offer was presented as often as allowed up to now: " + times(x.allowed(id, o.Limits.Total))
	case AtOtherPoint:
		return "another point of the call has the offer"
	default:
		return ""
	}
}

func outOf(what string, from, until *time.Time, over bool) string {
	if over {
		return what + " counts until " + until.UTC().Format(time.RFC3339)
	}
	return what + " counts from " + from.UTC().Format(time.RFC3339)
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return strconv.FormatInt(n, 10) + " times"
}

func named(name, without string) string {
	if name == "" {
		return without
	}
	return name
}

func shortened(source string) string {
	if r := []rune(source); len(r) > maxSource {
		return string(r[:maxSource]) + "…"
	}
	return source
}
