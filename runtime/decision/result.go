package decision

// Result is what was decided.
type Result struct {
	// Offers are the best, in order; empty when none qualifies.
	Offers []Chosen
	// Default stands where no offer qualifies: the point's default string.
	Default string
	// Baseline is the offer that the scores without learning put first, where a
	// model takes part in the zone; else empty.
	Baseline string
	// Mixed says that some candidates of such a zone keep their scores whatever is
	// learned.
	Mixed bool
}

// Chosen is an offer that was chosen.
type Chosen struct {
	Offer OfferID
	Code  string
	Score float64
	// Source is where the score comes from.
	Source Source
	// Rule made the offer a candidate; NoRule for an assigned or default offer.
	Rule RuleID
	// Learning is the model that takes part in the zone, empty where none does or
	// where the rule keeps its score.
	Learning string
}

// RuleID is a rule's place in a Model; Model.Rule describes it.
type RuleID int32

// NoRule stands where no rule has a part.
const NoRule RuleID = -1

// Source is where a score comes from.
type Source string

// The closed set of sources.
const (
	FromRule       Source = "rule"
	FromExpression Source = "expression"
	FromOverride   Source = "override"
	FromDefault    Source = "default"
	FromLearning   Source = "learning"
)

// Rule describes a treatment rule.
type Rule struct {
	Strategy string `json:"strategy"`
	Name     string `json:"name"`
	// Index is its place in the strategy.
	Index int `json:"index"`
}

// String names the rule: "rule spring of strategy winback".
func (r Rule) String() string { return "rule " + r.Name + " of strategy " + r.Strategy }

// Explanation says for every candidate what became of it.
type Explanation struct {
	Result
	// Zone and Segments are what step 1 found.
	Zone     string
	Segments []string
	// Candidates are all rules of the audience level, in order of strategy and
	// place, then assigned offers, then default offers.
	Candidates []Candidate
}

// Candidate is what became of a rule, an assigned or a default offer.
type Candidate struct {
	Offer string
	// Origin is what made it a candidate; ID and Rule say which rule did.
	Origin Origin
	ID     RuleID
	Rule   Rule
	// Step and Reason say where it was dropped and why; of what was chosen they are
	// StepChosen and Won.
	Step   Step
	Reason Reason
	// Text says it for people.
	Text string
	// Score and Source are there from step 4 on.
	Score  float64
	Source Source
	// Rank is the place among the offers, from 1, of those that came to step 6.
	Rank int
}

// Scored reports whether the candidate came as far as to have a score.
func (c *Candidate) Scored() bool { return c.Source != "" }

// Origin is what made an offer a candidate.
type Origin string

// The closed set of origins.
const (
	OriginRule     Origin = "rule"
	OriginAssigned Origin = "assigned"
	OriginDefault  Origin = "default"
)
