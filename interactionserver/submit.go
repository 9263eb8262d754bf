package interactionserver

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Submit accepts an interaction: when it returns without an error, the
// interaction is durable. A second submission with the same media source and
// external id returns the first one's interaction and created false, whatever
// else it says. Needs "submit" for the process.
//
// Faults: Invalid; Forbidden "not-allowed" (the caller may not),
// "process-not-granted" (this server may not); Conflict "external-id-taken" (the
// first one's process may not be seen by the caller); Unavailable.
func (s *Service) Submit(ctx context.Context, caller tenants.AccountID, in Submission) (_ Interaction, created bool, _ error) {
	in, err := in.check()
	if err != nil {
		return Interaction{}, false, err
	}
	v := s.view.Load()
	granted, err := v.submittable(caller, in.Process)
	if err != nil {
		s.refuse(v, caller, in.Process, err)
		return Interaction{}, false, err
	}
	if _, err := s.definitions.load(ctx, version{granted.Name, granted.Version}); err != nil {
		return Interaction{}, false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Interaction{}, false, err
	}
	stored, created, err := s.store.Insert(ctx, Interaction{
		ID:             InteractionID(id.String()),
		MediaSource:    in.MediaSource,
		ExternalID:     in.ExternalID,
		MediaType:      in.MediaType,
		Type:           in.Type,
		Subtype:        in.Subtype,
		Process:        granted.Name,
		ProcessVersion: granted.Version,
		Priority:       in.Priority,
		Properties:     in.Properties,
		SubmittedBy:    caller,
	})
	switch {
	case err != nil:
		return Interaction{}, false, err
	case created:
		s.outbox.raise()
	case stored.SubmittedBy != caller && !v.may(caller, stored.Process, accessgroups.View):
		return Interaction{}, false, fault.New(fault.Conflict, "external-id-taken",
			"the media source has another interaction of this external id")
	}
	return stored, created, nil
}

// submittable returns the granted process, or why the account cannot submit to it.
func (v *view) submittable(caller tenants.AccountID, process tenants.Name) (*configuration.Process, error) {
	if !v.allows(caller, process, accessgroups.Submit) {
		return nil, notAllowed("submit to the business process " + process)
	}
	granted, ok := v.granted[process]
	if !ok {
		return nil, fault.New(fault.Forbidden, "process-not-granted",
			"this server was not granted the business process %s", process)
	}
	return granted, nil
}

// refuse counts a refused submit. Names that nobody was granted anything on are
// not counted: callers could invent as many as they like.
func (s *Service) refuse(v *view, caller tenants.AccountID, process tenants.Name, why error) {
	_, granted := v.granted[process]
	account, known := v.accounts[caller]
	if !granted && (!known || len(account.Actions[process]) == 0) {
		return
	}
	if f, ok := fault.As(why); ok {
		s.refusals.add(Refusal{Process: process, Reason: f.Type})
	}
}
