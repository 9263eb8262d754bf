package customer

import (
	"context"
)

// Bounds of what is loaded of one customer.
const (
	MaxOverrides = 1_000
	MaxBlocked   = 1_000
	MaxDefaults  = 1_000
	MaxPast      = 10_000
)

// Customer is what the group knows of one.
type Customer struct {
	// Known says that there is a profile.
	Known bool
	// Profile has the attributes, JSON values that nobody has checked: numbers are
	// json.Number, for definition.ValueType.Convert.
	Profile map[string]any
	// Past is what happened with offers, by code.
	Past map[string]Past
	// Overrides in the order in which they count.
	Overrides []Override
	// Blocked are codes of offers.
	Blocked []string
	// Defaults are the default offers of the audience level.
	Defaults []Default
}

// Override changes the score of an offer for one customer, as decision.Override
// does. When is a CEL condition, empty for always.
type Override struct {
	Offer   string  `json:"offer"`
	Score   float64 `json:"score"`
	Adds    bool    `json:"adds"`
	Final   bool    `json:"final"`
	Zone    string  `json:"zone"`
	Segment string  `json:"segment"`
	When    string  `json:"when"`
}

// Default is a default offer of an audience level.
type Default struct {
	Offer string  `json:"offer" db:"offer"`
	Score float64 `json:"score" db:"score"`
}

// Lists are those that a customer has of its own.
type Lists struct {
	Overrides []Override
	Blocked   []string
}

// Store keeps customers.
type Store interface {
	// Load loads all that is known of one customer, in one round trip. One that is
	// not known is no error: it has no profile, and the defaults of its level.
	Load(ctx context.Context, level, key string) (Customer, error)
	// SetLists replaces the lists of one customer.
	SetLists(ctx context.Context, level, key string, l Lists) error
	// SetDefaults replaces the default offers of an audience level.
	SetDefaults(ctx context.Context, level string, defaults []Default) error
}
