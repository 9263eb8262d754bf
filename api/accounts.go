package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const accountsListing listing = "accounts"

// InAccount is the input of what is done to an account.
type InAccount struct {
	InTenant
	Account string `path:"account" maxLength:"63" doc:"Name of the account"`
}

func (h *handlers) registerAccounts(a *rest.API) {
	const (
		all = "/v1/tenants/{tenant}/accounts"
		one = all + "/{account}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-account", Method: http.MethodPost, Path: all, Tag: "Accounts", Summary: "Create an account",
		Description: "It can log in once it has a password or an API key.",
		Action:      string(accessgroups.ManageAccounts), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createAccount)
	rest.Handle(a, rest.Operation{
		ID: "list-accounts", Method: http.MethodGet, Path: all, Tag: "Accounts", Summary: "List the accounts of a tenant",
		Action: string(accessgroups.ViewAccounts),
	}, h.listAccounts)
	rest.Handle(a, rest.Operation{
		ID: "get-account", Method: http.MethodGet, Path: one, Tag: "Accounts", Summary: "Read an account",
		Action: string(accessgroups.ViewAccounts),
	}, h.getAccount)
	rest.Handle(a, rest.Operation{
		ID: "update-account", Method: http.MethodPut, Path: one, Tag: "Accounts", Summary: "Change an account",
		Action: string(accessgroups.ManageAccounts), Problems: []int{http.StatusConflict},
	}, h.updateAccount)
}

type createAccountInput struct {
	InTenant
	Body client.NewAccount
}

func (h *handlers) createAccount(ctx context.Context, in *createAccountInput) (*resource[client.Account], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	account, err := h.Tenants.CreateAccount(ctx, actor(ctx), tenant, tenants.NewAccount{
		Name: in.Body.Name, Kind: tenants.AccountKind(in.Body.Kind),
		AccountSettings: accountSettings(client.AccountChange{
			DisplayName: in.Body.DisplayName, Roles: in.Body.Roles, Agent: in.Body.Agent, Disabled: in.Body.Disabled,
		}),
	})
	if err != nil {
		return nil, err
	}
	return respondOne(account.Version, accountShape(account)), nil
}

func (h *handlers) listAccounts(ctx context.Context, in *ListInTenant) (*listOutput[client.Account], error) {
	request, err := accountsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.Tenants.Accounts(ctx, tenant, request)
	if err != nil {
		return nil, err
	}
	return respond(accountsListing, page, accountShape), nil
}

func (h *handlers) getAccount(ctx context.Context, in *InAccount) (*resource[client.Account], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	account, err := h.Tenants.Account(ctx, tenant, in.Account)
	if err != nil {
		return nil, err
	}
	return respondOne(account.Version, accountShape(account)), nil
}

type updateAccountInput struct {
	InAccount
	rest.IfMatch
	Body client.AccountChange
}

func (h *handlers) updateAccount(ctx context.Context, in *updateAccountInput) (*resource[client.Account], error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	account, err := h.Tenants.UpdateAccount(ctx, actor(ctx), tenant, in.Account, version, accountSettings(in.Body))
	if err != nil {
		return nil, err
	}
	return respondOne(account.Version, accountShape(account)), nil
}

func accountSettings(change client.AccountChange) tenants.AccountSettings {
	settings := tenants.AccountSettings{DisplayName: change.DisplayName, Disabled: change.Disabled}
	for _, binding := range change.Roles {
		settings.Roles = append(settings.Roles, tenants.RoleBinding{Role: binding.Role, Solution: binding.Solution})
	}
	if change.Agent != nil {
		settings.Agent = &tenants.Agent{Skills: change.Agent.Skills, Groups: change.Agent.Groups, Capacity: change.Agent.Capacity}
	}
	return settings
}

func accountShape(a tenants.Account) client.Account {
	shape := client.Account{
		ID: string(a.ID), Name: a.Name, Kind: string(a.Kind), DisplayName: a.DisplayName,
		Roles: make([]client.RoleBinding, len(a.Roles)), Disabled: a.Disabled,
		Version: a.Version, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
	for i, binding := range a.Roles {
		shape.Roles[i] = client.RoleBinding{Role: binding.Role, Solution: binding.Solution}
	}
	if a.Agent != nil {
		shape.Agent = &client.AgentProfile{Skills: a.Agent.Skills, Groups: a.Agent.Groups, Capacity: a.Agent.Capacity}
	}
	return shape
}
