package businessprocess

import "time"

// Names that Temporal's engineers see; they never change, since histories hold
// them.
const (
	WorkflowName = "BusinessProcess"
	// NudgeSignal tells a workflow to look at its interaction again.
	NudgeSignal = "nudge"
	// StateQuery returns a State.
	StateQuery = "state"
)

// Input starts a workflow. It names the interaction; all the rest is loaded.
type Input struct {
	Interaction string `json:"interaction"`
	Process     string `json:"process"`
	// Queue is the value of the search attribute Queue at the start.
	Queue string `json:"queue,omitempty"`
}

// AwaitKind says what a process waits for.
type AwaitKind string

// The closed set of what a process waits for.
const (
	AwaitNudge AwaitKind = "nudge" // somebody else's change: an agent, a stop
	AwaitTimer AwaitKind = "timer" // the time Until, or a nudge
	AwaitCall  AwaitKind = "call"  // the answer of an HTTP call, or a nudge
	AwaitDone  AwaitKind = "done"  // nothing: the interaction is stopped
)

// Await is where a process stands. It is recorded in the workflow's history, so
// it holds neither properties nor variables of the interaction.
type Await struct {
	Kind AwaitKind `json:"kind"`
	// Version is that of the process definition that the interaction is on.
	Version int `json:"version,omitempty"`
	// Step is the name of the step that the process is in.
	Step string `json:"step,omitempty"`
	// State is the interaction's state: "routing".
	State string `json:"state,omitempty"`
	// Queue is the queue that the interaction is in or was last in.
	Queue string `json:"queue,omitempty"`
	// Sequence counts the waits of the process; it tells one call from the next.
	Sequence int64 `json:"sequence,omitempty"`
	// Until is when a timer ends.
	Until time.Time `json:"until,omitzero"`
	// Call bounds an HTTP call.
	Call *CallPolicy `json:"call,omitempty"`
	// StopReason is why the interaction stopped, once it did.
	StopReason string `json:"stopReason,omitempty"`
}

// CallPolicy bounds an HTTP call. What is called is known to the host alone,
// since addresses, headers and bodies may hold secrets.
type CallPolicy struct {
	// Timeout bounds one attempt.
	Timeout time.Duration `json:"timeout"`
	// Attempts is how often the call is tried at most; at least 1.
	Attempts int `json:"attempts"`
}

// State is what the query "state" returns.
type State struct {
	Interaction string `json:"interaction"`
	Process     string `json:"process"`
	Await
	// Advances counts how often the process was moved on in this run.
	Advances int `json:"advances"`
}
