package serverapi

import (
	"context"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

// alternatives are the actions that open an operation: an agent sees what it
// handles without being allowed to view all else.
var alternatives = map[accessgroups.Action][]accessgroups.Action{
	accessgroups.View:   {accessgroups.View, accessgroups.Handle, accessgroups.Pull},
	accessgroups.Handle: {accessgroups.Handle, accessgroups.Pull, accessgroups.Statistics},
}

// authenticate accepts an API key of one of the configuration's accounts, or a
// token for this server's group.
func (s *surface) authenticate(_ context.Context, bearer string) (authentication.Caller, error) {
	present := s.directories.current()
	if present == nil {
		return authentication.Caller{}, noConfiguration()
	}
	if authentication.LooksLikeAPIKey(bearer) {
		return present.byAPIKey(bearer)
	}
	caller, err := present.verifier.Verify(bearer)
	if err != nil {
		return authentication.Caller{}, err
	}
	if caller.Tenant != present.source.Tenant.ID {
		return authentication.Caller{}, unauthenticated()
	}
	if _, ok := present.accounts[tenants.AccountID(caller.Account)]; !ok {
		return authentication.Caller{}, notAllowed()
	}
	return caller, nil
}

func (d *indexed) byAPIKey(text string) (authentication.Caller, error) {
	key, err := authentication.ParseAPIKey(text)
	if err != nil {
		return authentication.Caller{}, err
	}
	stored, ok := d.keys[key.ID]
	if !ok || !key.Matches(stored.hash) {
		return authentication.Caller{}, unauthenticated()
	}
	return authentication.Caller{Account: stored.account.ID, Tenant: d.source.Tenant.ID, Name: stored.account.Name, Key: key.ID}, nil
}

// stands reports whether what proved the caller when a stream began is still
// good. Tokens cannot be revoked; the life of a stream bounds them.
func (d *directory) stands(caller authentication.Caller) bool {
	_, ok := d.keys[caller.Key]
	return ok || caller.Key == ""
}

// authorize turns away who may do the operation with no process at all.
func (s *surface) authorize(_ context.Context, caller authentication.Caller, op rest.Operation, _ rest.Params) error {
	present := s.directories.current()
	if present == nil {
		return noConfiguration()
	}
	action := accessgroups.Action(op.Action)
	if action == accessgroups.CallRuntime {
		return present.mayCallRuntime(tenants.AccountID(caller.Account))
	}
	if action == accessgroups.OperateSolutions {
		return present.mayOperate(tenants.AccountID(caller.Account))
	}
	actions, ok := alternatives[action]
	if !ok {
		actions = []accessgroups.Action{action}
	}
	if !present.mayAny(tenants.AccountID(caller.Account), actions) {
		return notAllowed()
	}
	return nil
}

// mayCallRuntime turns away who is no touchpoint.
func (d *directory) mayCallRuntime(id tenants.AccountID) error {
	if account, ok := d.accounts[id]; ok && account.Runtime {
		return nil
	}
	return fault.New(fault.Forbidden, "not-allowed", "the account does not have the role touchpoint in this solution")
}

// mayOperate turns away who has no role that may operate the solution.
func (d *directory) mayOperate(id tenants.AccountID) error {
	if account, ok := d.accounts[id]; ok && account.Operate {
		return nil
	}
	return fault.New(fault.Forbidden, "not-allowed", "the account may not operate this solution")
}

func unauthenticated() error {
	return fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
}

func notAllowed() error {
	return fault.New(fault.Forbidden, "not-allowed", "the account was not granted this on any business process of this server")
}

func noConfiguration() error {
	return fault.New(fault.Unavailable, "no-configuration", "the server has not yet received its configuration")
}

// callerID is the account that sent the request.
func callerID(ctx context.Context) tenants.AccountID {
	return tenants.AccountID(rest.CallerOf(ctx).Account)
}
