package interactionserver

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/tenants"
)

// Store is the persistence of a server group, on behalf of one of its servers.
// Each method that changes something is one transaction with its events and
// outbox entries, conditional on what it says; found or changed false means that
// the condition did not hold and nothing was written. A database that cannot
// serve is a fault of kind Unavailable.
type Store interface {
	Archive
	Assignments
	Host
	Matching
	Agents
	Figures
	Configurations
}

// Archive keeps interactions and their events.
type Archive interface {
	// Insert writes a submitted interaction, or returns the one with the same
	// media source and external id and created false. The time is the store's.
	Insert(ctx context.Context, in Interaction) (stored Interaction, created bool, err error)
	Find(ctx context.Context, id InteractionID) (_ Interaction, found bool, _ error)
	// List returns the newest first, of these processes only.
	List(ctx context.Context, processes []tenants.Name, f Filter, p Page) ([]Interaction, error)
	Events(ctx context.Context, id InteractionID, after int64, limit int) ([]Event, error)
	// Stop ends what has not ended, whoever holds it.
	Stop(ctx context.Context, id InteractionID, actor tenants.AccountID, reason string) (_ Interaction, changed bool, _ error)
}

// Answer is an agent's word on one assignment.
type Answer struct {
	Interaction InteractionID
	Agent       tenants.AccountID
	Assignment  int64
}

// Assignments change who holds an interaction.
type Assignments interface {
	// Accept turns a valid offer into handling.
	Accept(ctx context.Context, a Answer) (_ Interaction, changed bool, _ error)
	// Reject takes an offer back to its place.
	Reject(ctx context.Context, a Answer, reason string) (_ Interaction, changed bool, _ error)
	// Complete ends handling and leaves the outcome as news for the process.
	Complete(ctx context.Context, a Answer, agentName string, c Completion) (_ Interaction, changed bool, _ error)
	// Concerned reports whether the agent ever had to do with the interaction.
	Concerned(ctx context.Context, id InteractionID, agent tenants.AccountID) (bool, error)
	// Pull gives the first interaction of a queue to an agent whose capacity per
	// medium is given. found is false when none waits that the agent has capacity
	// for at all; changed is false when that capacity is used up.
	Pull(ctx context.Context, agent tenants.AccountID, process tenants.Name, queue string, capacity map[string]int) (_ Interaction, found, changed bool, _ error)
}

// WaitsFor is what an interaction's business process waits for.
type WaitsFor string

// The closed set of what is waited for.
const (
	WaitsForStart   WaitsFor = "start"   // its first step
	WaitsForAgent   WaitsFor = "agent"   // an agent that the matcher finds, and what it answers
	WaitsForPull    WaitsFor = "pull"    // an agent that pulls it, and what it answers
	WaitsForTimer   WaitsFor = "timer"   // Record.WakesAt
	WaitsForCall    WaitsFor = "call"    // the result of an external call
	WaitsForProcess WaitsFor = "process" // its process: there is news
	WaitsForNothing WaitsFor = "nothing" // it has stopped
)

// Record is an interaction with the state of its business process.
type Record struct {
	Interaction

	WaitsFor WaitsFor
	// Sequence is that of the machine's pending effect; each step raises it.
	Sequence int64
	Machine  process.State
	// News is the event that the machine has not seen yet.
	News    *process.Event
	WakesAt time.Time // WaitsForTimer only
	// CompletedAt is when an agent was last done with it; zero before that.
	CompletedAt time.Time
	// RoutedAt is when its present targets began to be tried, and Tried who did
	// not take it since, and when.
	RoutedAt time.Time
	Tried    map[tenants.AccountID]time.Time
	// ReadAt is the store's time of reading.
	ReadAt time.Time
}

// Step is what one step of a business process changes.
type Step struct {
	Interaction InteractionID
	// Sequence is that of the Record on which the step was decided.
	Sequence int64
	Machine  process.State
	WaitsFor WaitsFor
	State    State
	// Queue and Priority are the new ones.
	Queue    string
	Priority int
	// Enters gives it a new place at the end of the queue; otherwise it keeps its
	// place.
	Enters bool
	// Wait is how long WaitsForTimer waits.
	Wait       time.Duration
	StopReason string
	Event      EventKind
	Detail     any // of the event; nil for none
}

// Host is what the host of business processes works on.
type Host interface {
	Load(ctx context.Context, id InteractionID) (_ Record, found bool, _ error)
	// TakeStep writes a step unless another was taken or the interaction stopped.
	TakeStep(ctx context.Context, s Step) (_ Record, changed bool, _ error)
	// Respond leaves the result of a call as news, if it is still awaited.
	Respond(ctx context.Context, id InteractionID, e process.Event) (changed bool, _ error)
	// Outbox returns entries that this server wrote, or that are older than grace.
	Outbox(ctx context.Context, processes []tenants.Name, grace time.Duration, limit int) ([]OutboxEntry, error)
	Settle(ctx context.Context, ids []int64) error
	// Remind writes a nudge for each interaction of these processes that has waited
	// for the process host, with no entry in the outbox, for 1, 2, 4, 8, … times
	// patience, if that moment came after since. now is the store's time.
	Remind(ctx context.Context, processes []tenants.Name, patience time.Duration, since time.Time) (posted int, now time.Time, _ error)
}

// Invitation offers one interaction to one agent.
type Invitation struct {
	Interaction InteractionID
	// Sequence and Assignment are those of the Record it was decided on.
	Sequence   int64
	Assignment int64
	Agent      tenants.AccountID
	Medium     string
	Capacity   int
	Timeout    time.Duration
}

// Leadership is held by one server at a time. A server that gives no sign of life
// loses it within seconds, also when its process is only stopped.
type Leadership interface {
	// Held returns an error when the leadership is lost. It is cheap.
	Held(ctx context.Context) error
	Release()
}

// Change tells of an event that another server of the group wrote.
type Change struct {
	Event       int64
	Kind        EventKind
	Interaction InteractionID
	Agent       tenants.AccountID
}

// Matching is what the matcher works on.
type Matching interface {
	// Lead takes the leadership of that name unless another server has it.
	Lead(ctx context.Context, name string) (_ Leadership, held bool, _ error)
	// Waiting returns all that wait for an agent in these processes; ids, when not
	// nil, restricts it to some.
	Waiting(ctx context.Context, processes []tenants.Name, ids []InteractionID) ([]Record, error)
	// Ready returns the agents that are ready for some medium, and the time.
	Ready(ctx context.Context) (_ []AgentRecord, now time.Time, _ error)
	// Invite makes those offers that are still possible: the interaction waits as
	// it did, the agent is ready, undisturbed, and has capacity left. It returns
	// the interactions offered.
	Invite(ctx context.Context, offers []Invitation) ([]Interaction, error)
	// ExpireInvitations takes back every offer whose time is over, sets those agents not
	// ready, and returns the interactions, with LastAgent and their new state. next is
	// when the next offer ends, zero when there is none.
	ExpireInvitations(ctx context.Context) (expired []Interaction, next time.Time, _ error)
	// ExhaustTargets leaves "no target" as news for those that still wait as they did.
	ExhaustTargets(ctx context.Context, records []Record) (changed int, _ error)
	// Changes returns what other servers wrote after the event, oldest first, at
	// most limit, and the newest event's id.
	Changes(ctx context.Context, after int64, limit int) (_ []Change, newest int64, _ error)
}

// AgentRecord is what the store knows of an agent.
type AgentRecord struct {
	ID           tenants.AccountID
	DoNotDisturb bool
	Media        map[string]Medium // without capacities
	Assignments  []Interaction     // of Agents.FindAgents only
}

// Agents keeps the states of agents.
type Agents interface {
	// FindAgents returns those of the agents that have a state.
	FindAgents(ctx context.Context, ids []tenants.AccountID) ([]AgentRecord, error)
	SetMedium(ctx context.Context, agent tenants.AccountID, medium string, c MediumChange) error
	SetDoNotDisturb(ctx context.Context, agent tenants.AccountID, on bool) error
}

// Refusal counts submits that were turned away.
type Refusal struct {
	Process tenants.Name
	Reason  string // the fault's type
}

// Figures are read for people.
type Figures interface {
	// QueueCounts returns the queues of these processes that hold something.
	QueueCounts(ctx context.Context, processes []tenants.Name) ([]Queue, error)
	Statistics(ctx context.Context, processes []tenants.Name) ([]Statistics, error)
	AddRefusals(ctx context.Context, counts map[Refusal]int64) error
}

// Configurations keeps what a server needs to restart alone.
type Configurations interface {
	SaveConfiguration(ctx context.Context, c configuration.Configuration) error
	FindConfiguration(ctx context.Context) (_ configuration.Configuration, found bool, _ error)
	// FindDocument returns a version of a business process ever received.
	FindDocument(ctx context.Context, name tenants.Name, version int) (document string, found bool, _ error)
}
