package interactionserver

import (
	"context"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Accept takes an offered interaction into the caller's hands. Repeating it is
// harmless. Conflict "assignment-ended" when the assignment is not the present
// one, ran out, or is not the caller's.
func (s *Service) Accept(ctx context.Context, caller tenants.AccountID, id InteractionID, assignment int64) (Interaction, error) {
	a := Answer{Interaction: id, Agent: caller, Assignment: assignment}
	in, changed, err := s.store.Accept(ctx, a)
	if err != nil {
		return Interaction{}, err
	}
	if !changed {
		return s.repeated(ctx, a, func(in Interaction) bool { return in.State == Handling })
	}
	s.hub.tell(caller)
	return in, nil
}

// Reject turns an offer down: the interaction goes back to its old place, and is
// offered to others first. Repeating it is harmless. Conflict as Accept.
func (s *Service) Reject(ctx context.Context, caller tenants.AccountID, id InteractionID, assignment int64, reason string) (Interaction, error) {
	if err := checkReason(reason, false); err != nil {
		return Interaction{}, err
	}
	a := Answer{Interaction: id, Agent: caller, Assignment: assignment}
	in, changed, err := s.store.Reject(ctx, a, reason)
	if err != nil {
		return Interaction{}, err
	}
	if !changed {
		return s.repeated(ctx, a, func(in Interaction) bool { return in.AssignmentEnd == EndRejected })
	}
	s.hub.tell(caller)
	s.matcher.look(id)
	return in, nil
}

// Complete ends the caller's handling; the business process goes on. Repeating
// it is harmless. Conflict "assignment-ended" when the caller does not handle it
// under this assignment.
func (s *Service) Complete(ctx context.Context, caller tenants.AccountID, id InteractionID, assignment int64, c Completion) (Interaction, error) {
	c, err := c.check()
	if err != nil {
		return Interaction{}, err
	}
	var name tenants.Name
	if account, ok := s.view.Load().accounts[caller]; ok {
		name = account.Name
	}
	a := Answer{Interaction: id, Agent: caller, Assignment: assignment}
	in, changed, err := s.store.Complete(ctx, a, name, c)
	if err != nil {
		return Interaction{}, err
	}
	if !changed {
		return s.repeated(ctx, a, func(in Interaction) bool { return in.AssignmentEnd == EndCompleted })
	}
	s.hub.tell(caller)
	s.matcher.look() // the agent is free
	s.outbox.raise()
	return in, nil
}

// repeated explains why an answer changed nothing: it is a repetition, whose
// first run had done it, or it came too late, or the caller has no business with
// the interaction.
func (s *Service) repeated(ctx context.Context, a Answer, done func(Interaction) bool) (Interaction, error) {
	in, found, err := s.store.Find(ctx, a.Interaction)
	if err != nil {
		return Interaction{}, err
	}
	if !found {
		return Interaction{}, interactionNotFound()
	}
	if in.LastAgent == a.Agent && in.Assignment == a.Assignment && done(in) {
		return in, nil
	}
	if in.LastAgent != a.Agent && !s.view.Load().sees(a.Agent, in) {
		concerned, err := s.store.Concerned(ctx, in.ID, a.Agent)
		if err != nil {
			return Interaction{}, err
		}
		if !concerned {
			return Interaction{}, interactionNotFound()
		}
	}
	return Interaction{}, fault.New(fault.Conflict, "assignment-ended",
		"assignment %d of this interaction is not the caller's, or has ended", a.Assignment)
}

// Pull takes the first interaction of a queue (priority, then age) into the
// caller's hands; found is false when none waits. Needs "pull" for the queue's
// process. Conflict "capacity-reached" when the caller has all it may have.
func (s *Service) Pull(ctx context.Context, caller tenants.AccountID, queue QueueName) (_ Interaction, found bool, _ error) {
	v := s.view.Load()
	process, local := queue.Split()
	agent := v.agent(caller)
	if agent == nil || !v.may(caller, process, accessgroups.Pull) {
		if v.may(caller, process, accessgroups.View) {
			return Interaction{}, false, notAllowed("pull from this queue")
		}
		return Interaction{}, false, queueNotFound()
	}
	in, found, changed, err := s.store.Pull(ctx, caller, process, local, agent.Agent.Capacity)
	switch {
	case err != nil:
		return Interaction{}, false, err
	case changed:
		s.hub.tell(caller)
		return in, true, nil
	case found:
		return Interaction{}, false, fault.New(fault.Conflict, "capacity-reached", "the caller has as many interactions as it takes at once")
	}
	definition, err := s.definitions.load(ctx, version{process, v.granted[process].Version})
	if err != nil {
		return Interaction{}, false, err
	}
	for _, declared := range definition.Queues {
		if declared.Name == local {
			return Interaction{}, false, nil
		}
	}
	return Interaction{}, false, queueNotFound()
}

// Stop ends an interaction in any state; one that has ended stays as it is. The
// reason has 1 to 200 characters. Needs "stop" for the process (Forbidden
// "not-allowed" when the caller may only view).
func (s *Service) Stop(ctx context.Context, caller tenants.AccountID, id InteractionID, reason string) (Interaction, error) {
	if err := checkReason(reason, true); err != nil {
		return Interaction{}, err
	}
	in, found, err := s.store.Find(ctx, id)
	if err != nil {
		return Interaction{}, err
	}
	v := s.view.Load()
	mayStop := found && v.may(caller, in.Process, accessgroups.Stop)
	if !found || !mayStop && !v.sees(caller, in) {
		return Interaction{}, interactionNotFound()
	}
	if !mayStop {
		return Interaction{}, notAllowed("stop interactions of this business process")
	}
	stopped, changed, err := s.store.Stop(ctx, id, caller, reason)
	if err != nil {
		return Interaction{}, err
	}
	if !changed {
		in, _, err = s.store.Find(ctx, id)
		return in, err
	}
	if stopped.LastAgent != "" {
		s.hub.tell(stopped.LastAgent)
	}
	s.matcher.forget(id)
	s.outbox.raise()
	return stopped, nil
}
