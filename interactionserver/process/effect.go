package process

// EffectKind says what the host has to do.
type EffectKind string

// The closed set of effects. After stop and fail nothing follows.
const (
	EffectWait   EffectKind = "wait"   // let For pass, then Elapsed
	EffectRoute  EffectKind = "route"  // find an agent, then Completed or NoTarget
	EffectQueue  EffectKind = "queue"  // put in Queue to be pulled from, then Completed
	EffectHTTP   EffectKind = "http"   // send Request, then Responded or CallFailed
	EffectOffers EffectKind = "offers" // ask the runtime for Request.Offers, then Responded or CallFailed
	EffectStop   EffectKind = "stop"   // stop the interaction with Reason
	EffectFail   EffectKind = "fail"   // the process cannot go on, Reason says why
)

// Effect is what the machine asks of its host. All expressions in it have been
// evaluated; it can be stored and carried out later.
type Effect struct {
	Kind EffectKind `json:"kind"`
	// Step is the name of the step that asks.
	Step string `json:"step"`
	// Sequence numbers the effects of one interaction from 1; the event that
	// answers this one carries it.
	Sequence int64 `json:"sequence"`

	// For is how long to wait.
	For Duration `json:"for,omitempty"`

	// Queue is where the interaction waits, on route and queue.
	Queue string `json:"queue,omitempty"`
	// Priority is the interaction's new priority, on route and queue; nil leaves
	// it as it is.
	Priority *int `json:"priority,omitempty"`
	// InviteTimeout is how long a chosen agent has to accept.
	InviteTimeout Duration `json:"inviteTimeout,omitempty"`
	// Targets are who is tried, in order; never empty on route.
	Targets []Target `json:"targets,omitempty"`

	// Request is what to send, on http and offers.
	Request *Request `json:"request,omitempty"`

	// Reason is why the interaction stops, or what went wrong.
	Reason string `json:"reason,omitempty"`
}

// Final reports whether the process is over.
func (e Effect) Final() bool { return e.Kind == EffectStop || e.Kind == EffectFail }

// Pick says which of several eligible agents is chosen.
type Pick string

// PickLongestIdle chooses who has been idle for the longest time.
const PickLongestIdle Pick = "longestIdle"

// Target is one set of agents that a route step tries.
type Target struct {
	// For is how long it is tried before the next target joins it; 0, on the
	// last one only, is for ever.
	For  Duration `json:"for,omitempty"`
	Pick Pick     `json:"pick"`
	// Fixed says that who is eligible depends on the agent's attributes alone, so
	// that one answer of Eligible holds for all interactions at this target.
	Fixed bool `json:"fixed,omitempty"`
}

// TargetRef names a target of a definition.
type TargetRef struct {
	Step  string
	Index int // from 0
}

// Request is an HTTP call. The host enforces Timeout per attempt, follows no
// redirects, and tries again as Retry says when there is no answer or its status
// is 408, 429 or 5xx.
type Request struct {
	// Offers, where it is set, is asked for instead: there is no HTTP call then.
	Offers *Offers `json:"offers,omitempty"`

	Method   string            `json:"method,omitempty"`
	Endpoint string            `json:"endpoint,omitempty"` // absolute http or https URL
	Headers  map[string]string `json:"headers,omitempty"`
	Body     Value             `json:"body,omitzero"` // sent as JSON; null sends none
	Timeout  Duration          `json:"timeout"`
	Retry    Retry             `json:"retry"`
}

// Offers asks the runtime of the same server for the best offers at a point. The
// answer's body is the result: a list of maps with OfferTreatment and so on.
type Offers struct {
	Channel string `json:"channel"`
	Point   string `json:"point"`
	Count   int    `json:"count"`
	// Level is the audience level; empty stands for the channel's first.
	Level string `json:"level,omitempty"`
	// Customer has the attributes of the level's key; without any the visitor is
	// anonymous.
	Customer   Values `json:"customer,omitempty"`
	Profile    Values `json:"profile,omitempty"`
	Parameters Values `json:"parameters,omitempty"`
}

// Retry bounds the attempts of a call.
type Retry struct {
	Attempts int      `json:"attempts"` // all of them, the first one included
	Delay    Duration `json:"delay"`    // before the second attempt
	Backoff  Backoff  `json:"backoff"`  // how the delay grows
}

// Backoff says how the delay grows from one retry to the next.
type Backoff string

// The closed set of back-offs; after retry n the delay is delay, n*delay and
// 2^(n-1)*delay, at most a minute.
const (
	BackoffConstant    Backoff = "constant"
	BackoffLinear      Backoff = "linear"
	BackoffExponential Backoff = "exponential"
)
