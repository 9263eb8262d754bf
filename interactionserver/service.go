package interactionserver

import (
	"context"
	"errors"
	"log/slog"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// Options are what a Service may be given; the zero value works.
type Options struct {
	Logger *slog.Logger
}

// Service is one interaction server's part of its group: the rules of
// interactions, queues and agents, over the group's database. It is safe for
// concurrent use, by many servers of the group at once.
type Service struct{}

// NewService returns a service that refuses everything until SetConfiguration or
// Restore gave it a configuration. server is the server that it works for.
func NewService(server tenants.ServerID, store Store, o Options) *Service {
	return &Service{}
}

var errNotBuilt = errors.New("not built yet")

// Run matches interactions with agents, ends what runs out, counts refusals and
// watches for the changes of the group's other servers, until ctx ends. It
// returns nil then. Calling it is not needed for correctness, but nothing is
// routed without it.
func (s *Service) Run(ctx context.Context) error { return errNotBuilt }

// SetConfiguration stores c in the database, with every process definition in
// it, and then works by it. A configuration of another server is refused. On an
// error the former one stays in force.
func (s *Service) SetConfiguration(ctx context.Context, c configuration.Configuration) error {
	return errNotBuilt
}

// Restore works by the configuration that was last stored for this server, and
// reports whether there was one.
func (s *Service) Restore(ctx context.Context) (bool, error) { return false, errNotBuilt }

// Configuration returns the configuration in force, nil before the first. It
// must not be changed.
func (s *Service) Configuration() *configuration.Configuration { return nil }

// Submit accepts an interaction: when it returns without an error, the
// interaction is durable. A second submission with the same media source and
// external id returns the first one's interaction and created false, whatever
// else it says. Needs "submit" for the process.
//
// Faults: Invalid; Forbidden "not-allowed" (the caller may not),
// "process-not-granted" (this server may not); Unavailable.
func (s *Service) Submit(ctx context.Context, caller tenants.AccountID, in Submission) (_ Interaction, created bool, _ error) {
	return Interaction{}, false, errNotBuilt
}

// Get returns an interaction. Needs "view" for its process, or to hold it;
// otherwise it is NotFound "interaction-not-found", as every method says of an
// interaction that the caller may not see.
func (s *Service) Get(ctx context.Context, caller tenants.AccountID, id InteractionID) (Interaction, error) {
	return Interaction{}, errNotBuilt
}

// List returns a page of what the caller may view, newest first, and the cursor
// of the next page, empty on the last.
func (s *Service) List(ctx context.Context, caller tenants.AccountID, f Filter, p Page) (_ []Interaction, next InteractionID, _ error) {
	return nil, "", errNotBuilt
}

// Events returns an interaction's events with ids above after, oldest first, at
// most limit (1 to 200; 0 is 50). Visible as Get.
func (s *Service) Events(ctx context.Context, caller tenants.AccountID, id InteractionID, after int64, limit int) ([]Event, error) {
	return nil, errNotBuilt
}

// Stop ends an interaction in any state; one that has ended stays as it is. The
// reason has 1 to 200 characters. Needs "stop" for the process (Forbidden
// "not-allowed" when the caller may only view).
func (s *Service) Stop(ctx context.Context, caller tenants.AccountID, id InteractionID, reason string) (Interaction, error) {
	return Interaction{}, errNotBuilt
}

// Accept takes an offered interaction into the caller's hands. Repeating it is
// harmless. Conflict "assignment-ended" when the assignment is not the present
// one, ran out, or is not the caller's.
func (s *Service) Accept(ctx context.Context, caller tenants.AccountID, id InteractionID, assignment int64) (Interaction, error) {
	return Interaction{}, errNotBuilt
}

// Reject turns an offer down: the interaction goes back to its old place, and is
// offered to others first. Repeating it is harmless. Conflict as Accept.
func (s *Service) Reject(ctx context.Context, caller tenants.AccountID, id InteractionID, assignment int64, reason string) (Interaction, error) {
	return Interaction{}, errNotBuilt
}

// Complete ends the caller's handling; the business process goes on. Repeating
// it is harmless. Conflict "assignment-ended" when the caller does not handle it
// under this assignment.
func (s *Service) Complete(ctx context.Context, caller tenants.AccountID, id InteractionID, assignment int64, c Completion) (Interaction, error) {
	return Interaction{}, errNotBuilt
}

// Pull takes the first interaction of a queue (priority, then age) into the
// caller's hands; found is false when none waits. Needs "pull" for the queue's
// process. Conflict "capacity-reached" when the caller has all it may have.
func (s *Service) Pull(ctx context.Context, caller tenants.AccountID, queue QueueName) (_ Interaction, found bool, _ error) {
	return Interaction{}, false, errNotBuilt
}

// SetMedium changes the caller's own state for a medium that it has capacity for.
func (s *Service) SetMedium(ctx context.Context, caller, agent tenants.AccountID, medium string, c MediumChange) (Agent, error) {
	return Agent{}, errNotBuilt
}

// SetDoNotDisturb switches all offers to the caller off or on again.
func (s *Service) SetDoNotDisturb(ctx context.Context, caller, agent tenants.AccountID, on bool) (Agent, error) {
	return Agent{}, errNotBuilt
}

// Agent returns an agent with what is assigned to it. A caller sees itself, and
// others with "statistics" for some process (then only assignments of processes
// that it may view); otherwise NotFound "agent-not-found".
func (s *Service) Agent(ctx context.Context, caller, agent tenants.AccountID) (Agent, error) {
	return Agent{}, errNotBuilt
}

// Agents returns all agents that the caller sees, by name, as Agent does.
func (s *Service) Agents(ctx context.Context, caller tenants.AccountID) ([]Agent, error) {
	return nil, errNotBuilt
}

// WatchAgent returns a channel that receives after changes of an agent's media
// or assignments, several changes at once counting as one; after a receive, read
// Agent. Changes made through this server show at once, those of the group's
// other servers within about a second. Call stop when done.
func (s *Service) WatchAgent(agent tenants.AccountID) (changed <-chan struct{}, stop func()) {
	return nil, func() {}
}

// Queues returns the queues of all processes that the caller may view, by name.
func (s *Service) Queues(ctx context.Context, caller tenants.AccountID) ([]Queue, error) {
	return nil, errNotBuilt
}

// Queue returns one of Queues; NotFound "queue-not-found".
func (s *Service) Queue(ctx context.Context, caller tenants.AccountID, name QueueName) (Queue, error) {
	return Queue{}, errNotBuilt
}

// Statistics returns the figures of every process that the caller has
// "statistics" for, by name.
func (s *Service) Statistics(ctx context.Context, caller tenants.AccountID) ([]Statistics, error) {
	return nil, errNotBuilt
}

// Advance takes an interaction's business process as far as it goes now, writes
// the outcome in one transaction, and says what it waits for. Calling it again
// without news changes nothing and returns the same, so that a lost answer, a
// repeated nudge and two hosts at once are all harmless.
//
// It is for the process host, not for callers: it checks no access. A missing
// interaction is NotFound.
func (s *Service) Advance(ctx context.Context, id InteractionID) (Await, error) {
	return Await{}, errNotBuilt
}

// Respond records how the call of Advance's AwaitCall ended; sequence is that
// Await's. The first result counts, later ones are ignored without an error.
func (s *Service) Respond(ctx context.Context, id InteractionID, sequence int64, r CallResult) error {
	return errNotBuilt
}

// Outbox returns at most limit entries to deliver now, oldest first: those that
// this server wrote, and those that another one left behind, of the processes
// that are granted. Deliver them, then Settle them.
func (s *Service) Outbox(ctx context.Context, limit int) ([]OutboxEntry, error) {
	return nil, errNotBuilt
}

// OutboxReady receives when an entry was written by this server. It is a hint:
// poll Outbox as well, for entries that were left behind.
func (s *Service) OutboxReady() <-chan struct{} { return nil }

// Settle removes delivered entries.
func (s *Service) Settle(ctx context.Context, ids ...int64) error { return errNotBuilt }
