package design

import (
	"encoding/json"
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// Change is one change of an object.
type Change struct {
	// Number is the object's version after the change.
	Number      int64
	What        What
	At          time.Time
	By          tenants.Name // account name
	DisplayName string       // after the change
	// Differences are the fields that the change gave other values, at most
	// maxDifferences of them; empty where all is new.
	Differences []Difference
	// Spec is the definition after the change; empty in lists.
	Spec json.RawMessage
}

// What is a sort of change.
type What string

// The closed set of changes.
const (
	Created  What = "created"
	Edited   What = "edited"
	Marked   What = "marked"
	Unmarked What = "unmarked" // by somebody
	Released What = "released" // by a deployment to production
	Deleted  What = "deleted"
)

// Difference is one field with another value than before.
type Difference struct {
	Path string `json:"path"` // rules[gold].score
	// From and To are the values in JSON, shortened where they are long; empty where
	// there was or is none.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}
