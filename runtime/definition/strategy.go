package definition

import "time"

// Strategy is a set of treatment rules, marked and deployed as one.
type Strategy struct {
	// AudienceLevel is whose profile it reads; empty for the channel's first.
	AudienceLevel string          `json:"audienceLevel,omitempty" doc:"Whose profile it reads; without it the channel's first"`
	Rules         []TreatmentRule `json:"rules" maxItems:"10000" doc:"The treatment rules"`
}

// TreatmentRule offers something to a segment in a zone.
type TreatmentRule struct {
	// Name is unique in the strategy.
	Name    string `json:"name" maxLength:"63" doc:"Unique in the strategy"`
	Segment string `json:"segment,omitempty" doc:"Who; without it every visitor"`
	Zone    string `json:"zone,omitempty" doc:"Where; without it in all zones"`
	Offer   string `json:"offer" doc:"What"`
	// Score is the marketer's, 0 to 100; ScoreExpression takes its place.
	Score           *float64 `json:"score,omitempty" minimum:"0" maximum:"100" doc:"The marketer's score; without it 50"`
	ScoreExpression string   `json:"scoreExpression,omitempty" maxLength:"4096" doc:"A CEL expression that takes the place of the score"`
	// When is the eligibility condition, empty for always.
	When      string     `json:"when,omitempty" maxLength:"4096" doc:"A CEL condition of eligibility; without one always"`
	Effective *time.Time `json:"effective,omitempty" doc:"Does not count before"`
	Expires   *time.Time `json:"expires,omitempty" doc:"Does not count from then on"`
	Disabled  bool       `json:"disabled,omitempty" doc:"Does not count"`
	// Learning, where false, keeps the rule's score whatever was learned.
	Learning *bool `json:"learning,omitempty" doc:"false: the score counts whatever was learned"`
	// Computed overrides computed attributes of the offer.
	Computed map[string]string `json:"computed,omitempty" doc:"Expressions of attributes of the offer, for this rule"`
}

// DefaultScore is a rule's score that names none.
const DefaultScore = 50.0
