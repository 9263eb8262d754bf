package interactionserver

import (
	"encoding/json"
	"time"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/tenants"
)

// AwaitKind says what an interaction's business process waits for.
type AwaitKind string

// The closed set of awaits.
const (
	// AwaitNudge: an agent, or anything else that comes with an outbox entry.
	AwaitNudge AwaitKind = "nudge"
	// AwaitTimer: call Advance again at Until.
	AwaitTimer AwaitKind = "timer"
	// AwaitCall: make Call, hand its result to Respond, then call Advance again.
	AwaitCall AwaitKind = "call"
	// AwaitNothing: the interaction has stopped.
	AwaitNothing AwaitKind = "done"
)

// Await is where a business process stands and what its host has to do next.
type Await struct {
	Kind AwaitKind
	// Sequence grows with each step taken; Respond needs it.
	Sequence int64
	// Until is set for AwaitTimer.
	Until time.Time
	// Call is set for AwaitCall.
	Call *process.Request

	// What a workflow engineer wants to see.
	Process   tenants.Name
	Version   int
	MediaType string
	State     State
	Step      string
	Queue     QueueName
	// StopReason is set for AwaitNothing.
	StopReason string
	// Machine is the whole state of the step machine.
	Machine json.RawMessage
}

// CallResult is how an external call ended.
type CallResult struct {
	// Status and Body are the answer's; Status is 0 when there was none.
	Status int
	Body   any // decoded JSON, or a string
	// Failure says why there was no usable answer; empty when there was.
	Failure string
}
