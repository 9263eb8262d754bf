package definition

import (
	"time"

	"github.com/switchyard/switchyard/internal/duration"
)

// AudienceLevel says who a customer is: its key and its profile.
type AudienceLevel struct {
	// Key identifies one, in this order; at least one attribute. Only texts and
	// whole numbers can be part of a key.
	Key     []Attribute `json:"key" minItems:"1" maxItems:"5" doc:"What identifies one, in this order"`
	Profile []Attribute `json:"profile" maxItems:"500" doc:"What is known of one"`
}

// Macro is a named expression: macro.name in others. It sees the profile of its
// audience level and other macros of the same level.
type Macro struct {
	AudienceLevel string    `json:"audienceLevel" doc:"Whose profile it reads"`
	Type          ValueType `json:"type" enum:"text,whole,number,boolean,timestamp,texts" doc:"Type of the result"`
	Expression    string    `json:"expression" maxLength:"4096" doc:"A CEL expression"`
}

// OfferAttribute defines an attribute that offers have.
type OfferAttribute struct {
	Type     ValueType `json:"type" enum:"text,whole,number,boolean,timestamp,texts" doc:"Type of the value"`
	Default  any       `json:"default,omitempty" doc:"Value of offers that name none"`
	Required bool      `json:"required,omitempty" doc:"Every offer must name a value"`
}

// Offer is what a customer can be offered. Its name is its code.
type Offer struct {
	Description string `json:"description,omitempty" maxLength:"2000" doc:"For people"`
	Campaign    string `json:"campaign,omitempty" doc:"Campaign that it belongs to; its dates count as well"`
	// Attributes by name of the definition, JSON values of its type.
	Attributes map[string]any `json:"attributes,omitempty" doc:"Values of its attributes, by name of the definition"`
	// Computed attributes are expressions, evaluated for each visitor.
	Computed  map[string]string `json:"computed,omitempty" doc:"Expressions of attributes that are computed for each visitor"`
	Effective *time.Time        `json:"effective,omitempty" doc:"Not offered before"`
	Expires   *time.Time        `json:"expires,omitempty" doc:"Not offered from then on"`
	Retired   bool              `json:"retired,omitempty" doc:"Never offered again"`
	Suppress  *Suppression      `json:"suppress,omitempty" doc:"When it is not offered any more to a customer"`
	Limits    *OfferLimits      `json:"limits,omitempty" doc:"How often it is presented at most"`
}

// Suppression says after what an offer is not presented any more to one customer.
// Zero values do not suppress.
type Suppression struct {
	OnAccept           bool               `json:"onAccept,omitempty" doc:"After it was accepted"`
	OnReject           bool               `json:"onReject,omitempty" doc:"After it was rejected"`
	AfterPresentations int                `json:"afterPresentations,omitempty" minimum:"0" maximum:"100000" doc:"After so many presentations without a response"`
	For                *duration.Duration `json:"for,omitempty" doc:"How long, ISO 8601; without it for good"`
	// Also names offers that are suppressed together with this one.
	Also []string `json:"also,omitempty" maxItems:"100" doc:"Offers that are suppressed together with this one"`
}

// OfferLimits bound the presentations of an offer.
type OfferLimits struct {
	PerCustomer *Limit `json:"perCustomer,omitempty" doc:"To one customer"`
	Total       *Limit `json:"total,omitempty" doc:"To all customers together"`
}

// Limit is a number of presentations, in a time where For is given.
type Limit struct {
	Presentations int                `json:"presentations" minimum:"1" maximum:"1000000000" doc:"At most so many"`
	For           *duration.Duration `json:"for,omitempty" doc:"Within this time, ISO 8601; without it ever"`
	// Even spreads the presentations over the offer's dates.
	Even bool `json:"even,omitempty" doc:"Spread evenly between the effective and the expiration date"`
}

// Campaign has the dates that count for all its offers.
type Campaign struct {
	Description string     `json:"description,omitempty" maxLength:"2000" doc:"For people"`
	Start       *time.Time `json:"start,omitempty" doc:"Its offers are not offered before"`
	End         *time.Time `json:"end,omitempty" doc:"Its offers are not offered from then on"`
}

// Segment is a named group that flowcharts put visitors in.
type Segment struct {
	Description string `json:"description,omitempty" maxLength:"2000" doc:"For people"`
}

// LearningModel says how the probability of acceptance is learned.
type LearningModel struct {
	Algorithm LearningAlgorithm `json:"algorithm" enum:"beta-bernoulli,linear" doc:"How it learns"`
	// Attributes of the profile of AudienceLevel that the probability depends on.
	AudienceLevel string   `json:"audienceLevel" doc:"Whose profile it reads"`
	Attributes    []string `json:"attributes,omitempty" maxItems:"20" doc:"Attributes of the profile that it depends on"`
	// Exploration is the share of decisions, 0 to 1, that are made at random.
	Exploration          float64            `json:"exploration,omitempty" minimum:"0" maximum:"1" doc:"Share of decisions made at random"`
	MinimumPresentations int                `json:"minimumPresentations,omitempty" minimum:"0" maximum:"1000000" doc:"The marketer's score counts until every offer was presented so often"`
	HalfLife             *duration.Duration `json:"halfLife,omitempty" doc:"After this time a response counts half, ISO 8601; without it for good"`
}

// LearningAlgorithm is a way to learn.
type LearningAlgorithm string

// The closed set of algorithms.
const (
	BetaBernoulli LearningAlgorithm = "beta-bernoulli"
	Linear        LearningAlgorithm = "linear"
)

// HistoryMapping says what is written of contacts and responses of an audience
// level, beside what always is.
type HistoryMapping struct {
	AudienceLevel string `json:"audienceLevel" doc:"Whose history it is"`
	// ResponseTypes by name: "purchased": accept.
	ResponseTypes map[string]ResponseClass `json:"responseTypes,omitempty" doc:"Custom response types and what they count as"`
	// Contact and Response are further columns: name → expression.
	Contact  map[string]string `json:"contact,omitempty" doc:"Further columns of contacts, by name: expressions"`
	Response map[string]string `json:"response,omitempty" doc:"Further columns of responses, by name: expressions"`
}

// ResponseClass is what a response type counts as.
type ResponseClass string

// The closed set of response classes.
const (
	CountsAsAccept  ResponseClass = "accept"
	CountsAsReject  ResponseClass = "reject"
	CountsAsNeither ResponseClass = "neither"
)
