package interactionserver

import (
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// MediumState says whether an agent takes interactions of a medium.
type MediumState string

// The closed set of medium states.
const (
	Ready     MediumState = "ready"
	NotReady  MediumState = "not-ready"
	AfterWork MediumState = "after-work" // finishing the last one
)

// ReasonNoAnswer is why the server itself sets an agent's medium not ready: an
// invitation ran out.
const ReasonNoAnswer = "no-answer"

// Medium is an agent's state for one medium.
type Medium struct {
	Name   string
	State  MediumState
	Reason string // of NotReady and AfterWork; may be empty
	// Capacity is how many interactions of the medium the agent takes at once.
	Capacity int
	// Assigned is how many the agent has: offered and handled.
	Assigned int
	// IdleSince is when it last became ready or ended an interaction.
	IdleSince time.Time
	ChangedAt time.Time // zero when it never was set
}

// Agent is a person who handles interactions, as this server group sees them.
type Agent struct {
	ID           tenants.AccountID
	Name         tenants.Name
	DisplayName  string
	Skills       map[string]int
	Groups       []string
	DoNotDisturb bool
	Media        []Medium // by name; one for each medium of the agent's capacity
	// Assignments are what is offered to the agent and what it handles, oldest first.
	Assignments []Interaction
}

// MediumChange is what an agent sets for a medium.
type MediumChange struct {
	State  MediumState
	Reason string // at most 200 characters
}
