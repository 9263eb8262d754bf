package simulation

import (
	"fmt"
	"maps"

	"github.com/switchyard/switchyard/runtime/decision"
)

// Never says why an offer or a rule did not win.
type Never struct {
	// Certain is true where no profile could change it, false where it only was so
	// with these profiles.
	Certain bool   `json:"certain"`
	Why     Why    `json:"why"`
	Text    string `json:"text"`
	// By is the offer that was chosen most often instead.
	By string `json:"by,omitempty"`
}

// Why is a reason not to win. The codes are stable.
type Why string

// The closed set of reasons, from what is farthest from winning to what is nearest.
const (
	NoRule          Why = "no-rule"
	Retired         Why = "retired"
	Disabled        Why = "disabled"
	OutOfDate       Why = "out-of-date"
	NoPoint         Why = "zone-without-point"
	NoFlowchart     Why = "no-flowchart-assigns-segment"
	ConstantFalse   Why = "condition-never-holds"
	NobodyInIt      Why = "nobody-in-segment"
	OtherLevel      Why = "no-profile-of-audience-level"
	NeverEligible   Why = "never-eligible"
	NeverScored     Why = "score-always-failed"
	AlwaysWorse     Why = "always-better-rule"
	AlwaysOutscored Why = "always-outscored"
)

// order of the reasons, the nearest to winning last.
var order = map[Why]int{NoRule: 0, Retired: 1, Disabled: 2, OutOfDate: 3, NoPoint: 4, NoFlowchart: 5, ConstantFalse: 6,
	OtherLevel: 7, NobodyInIt: 8, NeverEligible: 9, NeverScored: 10, AlwaysWorse: 11, AlwaysOutscored: 12}

// reportOffers reports rules, and offers by the rule that came nearest to winning.
func (s *Simulation) reportOffers(r *Report, assigned map[string]int) {
	m := s.target.Model
	zones := map[string]bool{}
	for _, name := range m.Points() {
		p, _ := m.Point(name)
		zones[p.Zone] = true
	}
	nearest := make([]*Never, m.Offers())
	for i := range s.rules {
		id := decision.RuleID(i)
		d := m.Definition(id)
		offer, _ := m.Offer(d.Offer)
		rule := RuleReport{Rule: m.Rule(id), Offer: d.Offer, Won: s.rules[i].won, Dropped: maps.Clone(s.rules[i].dropped)}
		if rule.Won == 0 {
			rule.Never = s.never(id, zones, assigned)
			if n := nearest[offer]; n == nil || order[rule.Never.Why] > order[n.Why] {
				nearest[offer] = rule.Never
			}
		}
		r.Rules = append(r.Rules, rule)
	}
	for i := range s.offers {
		id := decision.OfferID(i)
		offer := OfferReport{Code: m.Code(id), Won: s.offers[i].won, Dropped: maps.Clone(s.offers[i].dropped)}
		if offer.Won == 0 {
			if offer.Never = nearest[i]; offer.Never == nil {
				offer.Never = &Never{Certain: true, Why: NoRule, Text: "no rule offers it"}
			}
		}
		r.Offers = append(r.Offers, offer)
	}
}

// never says why a rule did not win: first what no profile could change, then the
// step that is nearest to winning.
func (s *Simulation) never(id decision.RuleID, zones map[string]bool, assigned map[string]int) *Never {
	m := s.target.Model
	d := m.Definition(id)
	certain := func(why Why, format string, args ...any) *Never {
		return &Never{Certain: true, Why: why, Text: fmt.Sprintf(format, args...)}
	}
	offer, _ := m.Offer(d.Offer)
	visitors, isAssigned := assigned[d.Segment]
	switch {
	case m.OfferDefinition(offer).Retired:
		return certain(Retired, "the offer is retired")
	case d.Disabled:
		return certain(Disabled, "the rule is disabled")
	case m.OutOfDate(id, s.options.Now):
		return certain(OutOfDate, "the rule, its offer or the campaign does not count at this time")
	case d.Zone != "" && !zones[d.Zone]:
		return certain(NoPoint, "no interaction point lies in zone %s", d.Zone)
	case d.Segment != "" && !isAssigned:
		return certain(NoFlowchart, "no flowchart puts anybody in segment %s", d.Segment)
	case m.NeverHolds(id):
		return certain(ConstantFalse, "the condition can never hold: %s", d.When)
	}
	return s.neverHere(id, offer, d.Segment, visitors)
}

func (s *Simulation) neverHere(id decision.RuleID, offer decision.OfferID, in string, visitors int) *Never {
	dropped := s.rules[id].dropped
	switch {
	case dropped[decision.Outscored] > 0:
		by := s.mostBefore(offer)
		return &Never{Why: AlwaysOutscored, By: by, Text: "it was outscored each time, most often by " + by}
	case dropped[decision.Duplicate] > 0:
		return &Never{Why: AlwaysWorse, Text: "another rule for the same offer counted each time"}
	case dropped[decision.ScoreFailed] > 0:
		return &Never{Why: NeverScored, Text: "its score failed each time"}
	case dropped[decision.NotEligible]+dropped[decision.ConditionFailed] > 0:
		return &Never{Why: NeverEligible, Text: "its condition held for none of the profiles"}
	case len(dropped) == 0:
		return &Never{Why: OtherLevel, Text: "no profile was of its audience level"}
	case visitors == 0 && in != "":
		return &Never{Why: NobodyInIt, Text: "none of the profiles is in segment " + in}
	default:
		return &Never{Why: NoPoint, Text: "no point of its zone was asked for a profile of its segment"}
	}
}

// mostBefore is the offer that was chosen most often where this one was outscored;
// of equals the first in order of code.
func (s *Simulation) mostBefore(offer decision.OfferID) string {
	best, most := decision.OfferID(-1), 0
	for id, n := range s.offers[offer].behind {
		if n > most || n == most && id < best {
			best, most = id, n
		}
	}
	return s.target.Model.Code(best)
}
