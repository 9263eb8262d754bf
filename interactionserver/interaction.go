package interactionserver

import (
	"time"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/tenants"
)

// InteractionID is a UUID of version 7, so that ids sort by submission time.
type InteractionID string

// State is where an interaction stands.
type State string

// The closed set of states.
const (
	// Submitted is durable, and its business process has not begun: the process
	// host may be away.
	Submitted State = "submitted"
	// Queued waits in a queue until an agent pulls it.
	Queued State = "queued"
	// Routing is at work in its business process, or waits for an agent.
	Routing State = "routing"
	// Delivering is offered to one agent, who has not answered yet.
	Delivering State = "delivering"
	// Handling is in the hands of one agent.
	Handling State = "handling"
	// Stopped has ended; it never changes again.
	Stopped State = "stopped"
)

// States are all states, in the order of an interaction's life.
var States = []State{Submitted, Queued, Routing, Delivering, Handling, Stopped}

// Live reports whether an agent holds an interaction in this state.
func (s State) Live() bool { return s == Delivering || s == Handling }

// Interaction is a durable piece of work: an e-mail, a chat, a document, a task.
type Interaction struct {
	ID InteractionID
	// MediaSource and ExternalID name it where it came from; ExternalID is empty
	// when it has no name there.
	MediaSource string
	ExternalID  string
	MediaType   string // "email", "chat"
	Type        string // "inbound"
	Subtype     string // "complaint"
	Process     tenants.Name
	// ProcessVersion is the version it began with and stays on.
	ProcessVersion int
	Priority       int // higher goes first
	State          State
	// Step is the path of the process step it is in, empty before the first.
	Step string
	// Queue is the queue that it waits in or was last in.
	Queue      QueueName
	Properties process.Values
	// Agent holds it while State.Live; empty otherwise.
	Agent tenants.AccountID
	// Assignment is the number of the present or last assignment, 0 before the
	// first. An agent's answer carries it.
	Assignment int64
	// LastAgent is whose that assignment is or was, and AssignmentEnd how it ended;
	// empty while it lasts.
	LastAgent     tenants.AccountID
	AssignmentEnd AssignmentEnd
	// Outcome is what the last agent completed it with.
	Outcome    string
	StopReason string

	SubmittedBy tenants.AccountID
	SubmittedAt time.Time
	// ChangedAt is when its state last changed.
	ChangedAt time.Time
	// The following are zero until they happen.
	QueuedAt   time.Time // entered its present queue; kept when it returns there
	InvitedAt  time.Time // last offered to an agent
	ExpiresAt  time.Time // the offer ends; only while Delivering
	AcceptedAt time.Time // first accepted or pulled by an agent
	StoppedAt  time.Time
}

// AssignmentEnd says how an assignment ended.
type AssignmentEnd string

// The closed set of ends.
const (
	EndRejected   AssignmentEnd = "rejected"
	EndUnanswered AssignmentEnd = "not-answered"
	EndCompleted  AssignmentEnd = "completed"
	EndStopped    AssignmentEnd = "stopped"
)

// Submission is what a media source hands in.
type Submission struct {
	MediaSource string // at most 100 characters; "default" when empty
	ExternalID  string // at most 200; empty: never taken for a repetition
	MediaType   string // a name: lower case letters, digits, hyphens
	Type        string // at most 100
	Subtype     string // at most 100
	Process     tenants.Name
	Priority    int            // -1,000,000 to 1,000,000
	Properties  process.Values // at most 256 KiB as JSON
}

// Completion is what an agent ends its handling with.
type Completion struct {
	// Outcome is a name that the process can branch on: "resolved". At most 100
	// characters.
	Outcome string
	// Properties are merged into the interaction's, top level key by key.
	Properties process.Values
}

// Filter selects interactions; empty fields select all.
type Filter struct {
	States      []State
	Process     tenants.Name
	Queue       QueueName
	Agent       tenants.AccountID
	MediaType   string
	MediaSource string
	ExternalID  string
}

// Page bounds a list. Interactions are listed newest first.
type Page struct {
	After InteractionID // the last of the page before; empty: from the start
	Limit int           // 1 to 200; 0 is 50
}
