package process

// EventKind says what happened outside of the machine.
type EventKind string

// The closed set of events. Started begins a process; each other one answers the
// effect of the kind that it is named beside.
const (
	Started    EventKind = "started"
	Elapsed    EventKind = "elapsed"     // EffectWait: the time is over
	Completed  EventKind = "completed"   // EffectRoute, EffectQueue: an agent is done
	NoTarget   EventKind = "no-target"   // EffectRoute: every target's time is over
	Responded  EventKind = "responded"   // EffectHTTP, EffectOffers: an answer came, whatever its status
	CallFailed EventKind = "call-failed" // EffectHTTP, EffectOffers: no answer came, retries are used up
)

// Event is news for the machine.
type Event struct {
	Kind EventKind `json:"kind"`
	// Sequence is that of the effect which the event answers; 0 for Started. An
	// event for another effect than the present one changes nothing.
	Sequence int64 `json:"sequence"`
	// Outcome and Agent are set on Completed: the agent's result and name.
	Outcome string `json:"outcome,omitempty"`
	Agent   string `json:"agent,omitempty"`
	// Status and Body are set on Responded. Body is a JSON value.
	Status int `json:"status,omitempty"`
	Body   any `json:"body,omitempty"`
	// Problem says, on CallFailed, why there is no answer.
	Problem string `json:"problem,omitempty"`
}
