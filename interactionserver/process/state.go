package process

import "time"

// State is where one interaction is in its process. Its JSON form can be stored
// and read back without loss. The zero State is that of a process not begun.
type State struct {
	// Step is the name of the step that the process is at.
	Step string `json:"step,omitempty"`
	// Sequence is that of Pending.
	Sequence int64 `json:"sequence"`
	// Steps counts the steps executed so far.
	Steps int `json:"steps"`
	// Vars are the variables that steps have set.
	Vars Values `json:"vars,omitempty"`
	// Outcome and Agent are the last agent's result and name.
	Outcome string `json:"outcome,omitempty"`
	Agent   string `json:"agent,omitempty"`
	// Response is the result of the last http or offers call, nil before the first.
	Response *Response `json:"response,omitempty"`
	// Pending is the effect that waits for its event, or the final one.
	Pending *Effect `json:"pending,omitempty"`
}

// Response is the result of an http or offers call.
type Response struct {
	Status int    `json:"status"` // 0 when there was no answer
	Body   Value  `json:"body,omitzero"`
	Error  string `json:"error,omitempty"`
}

// Input is what the machine reads besides its state. It is not changed.
type Input struct {
	Interaction Interaction
}

// Interaction is what expressions may know of an interaction.
type Interaction struct {
	ID          string
	ExternalID  string
	MediaType   string
	Type        string
	Subtype     string
	Priority    int
	Properties  Values
	SubmittedAt time.Time
}

// Agent is what target expressions may know of an agent.
type Agent struct {
	Name   string
	Skills map[string]int
	Groups []string
}
