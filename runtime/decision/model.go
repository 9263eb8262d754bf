package decision

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// Model decides. It is immutable and safe for concurrent use.
type Model struct {
	points   map[string]Point
	zones    map[string]int32
	learning []string // by zone: the model, empty for none
	perVisit int      // presentations of an offer, 0 for without limit

	offers   []offer // by code
	offerIDs map[string]OfferID
	levels   map[string]*level
	rules    []rule // by strategy and place
	names    []Rule // by rule

	definitions Definitions
	runs        sync.Pool
}

// level is what the model has for an audience level.
type level struct {
	scope    *scope.Level
	segments map[string]int32           // of its rules
	rules    []RuleID                   // all
	table    *table                     // those that can become candidates
	values   []*scope.Offer             // by offer
	computed map[OfferID]scope.Programs // by path: "computed.name"
	// ruleComputed are those of rules, by attribute.
	ruleComputed map[RuleID]scope.Programs
}

// Anywhere and anybody are the zone and the segment of rules that name none, and
// unknown what no rule has.
const (
	anywhere int32 = -1
	anybody  int32 = -1
	unknown  int32 = -2
)

// rule is a treatment rule in the form that decisions read.
type rule struct {
	when        *scope.Program // nil for always
	from, until int64          // also those of the offer and its campaign
	score       float64
	expression  *scope.Program // nil for the score
	offer       OfferID
	zone        int32
	segment     int32
	readsOffer  bool
	learns      bool
	off         Reason // why it is no candidate whoever comes
}

// offer is an offer in the form that decisions read.
type offer struct {
	code        string
	newness     int64 // the higher, the newer
	from, until int64 // also those of its campaign
	retired     bool
	suppress    *definition.Suppression
	also        []OfferID
	limits      definition.OfferLimits
}

// Point finds an interaction point.
func (m *Model) Point(name string) (Point, bool) {
	p, ok := m.points[name]
	return p, ok
}

// Points are the names of all interaction points.
func (m *Model) Points() []string {
	names := make([]string, 0, len(m.points))
	for name := range m.points {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Offer finds an offer by its code.
func (m *Model) Offer(code string) (OfferID, bool) {
	id, ok := m.offerIDs[code]
	return id, ok
}

// Code is an offer's code.
func (m *Model) Code(id OfferID) string { return m.offers[id].code }

// Offers is the number of offers; their ids are 0 to Offers-1, in order of code.
func (m *Model) Offers() int { return len(m.offers) }

// Rules is the number of rules; their ids are 0 to Rules-1.
func (m *Model) Rules() int { return len(m.rules) }

// Rule describes a rule; the zero Rule for NoRule.
func (m *Model) Rule(id RuleID) Rule {
	if id == NoRule {
		return Rule{}
	}
	return m.names[id]
}

// Definition is the definition of a rule.
func (m *Model) Definition(id RuleID) *definition.TreatmentRule {
	name := m.names[id]
	return &m.definitions.Strategies[name.Strategy].Rules[name.Index]
}

// NeverHolds reports whether a rule's condition is false, or fails, whoever comes.
func (m *Model) NeverHolds(id RuleID) bool { return m.rules[id].never() }

// OfferDefinition is the definition of an offer.
func (m *Model) OfferDefinition(id OfferID) definition.Offer {
	return m.definitions.Offers[m.offers[id].code]
}

// OutOfDate reports whether a rule does not count at an instant, by its own dates,
// those of its offer, or those of the campaign.
func (m *Model) OutOfDate(id RuleID, at time.Time) bool {
	now := at.UnixMicro()
	return now < m.rules[id].from || now >= m.rules[id].until
}

// Dates are from, included, and until, not included, in microseconds.
func dates(from, until *time.Time) (int64, int64) {
	first, last := int64(math.MinInt64), int64(math.MaxInt64)
	if from != nil {
		first = from.UnixMicro()
	}
	if until != nil {
		last = until.UnixMicro()
	}
	return first, last
}
