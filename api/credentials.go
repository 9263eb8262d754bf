package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
)

func (h *handlers) registerCredentials(a *rest.API) {
	const account = "/v1/tenants/{tenant}/accounts/{account}"
	rest.Handle(a, rest.Operation{
		ID: "set-password", Method: http.MethodPut, Path: account + "/password", Tag: "Accounts", Summary: "Give a person a password",
		Action: string(accessgroups.ManageAccounts), Problems: []int{http.StatusConflict},
	}, h.setPassword)
	rest.Handle(a, rest.Operation{
		ID: "create-api-key", Method: http.MethodPost, Path: account + "/api-keys", Tag: "Accounts", Summary: "Make an API key",
		Description: "The answer holds the key's text, which is not stored and not shown again.",
		Action:      string(accessgroups.ManageAccounts), Status: http.StatusCreated, Problems: []int{http.StatusConflict},
	}, h.createAPIKey)
	rest.Handle(a, rest.Operation{
		ID: "list-api-keys", Method: http.MethodGet, Path: account + "/api-keys", Tag: "Accounts", Summary: "List the API keys of an account",
		Action: string(accessgroups.ManageAccounts),
	}, h.listAPIKeys)
	rest.Handle(a, rest.Operation{
		ID: "revoke-api-key", Method: http.MethodDelete, Path: account + "/api-keys/{key}", Tag: "Accounts", Summary: "Revoke an API key",
		Description: "The control plane refuses the key at once, interaction servers within two seconds.",
		Action:      string(accessgroups.ManageAccounts),
	}, h.revokeAPIKey)
}

type setPasswordInput struct {
	InAccount
	Body client.Password
}

func (h *handlers) setPassword(ctx context.Context, in *setPasswordInput) (*struct{}, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	return nil, h.Tenants.SetPassword(ctx, actor(ctx), tenant, in.Account, in.Body.Password)
}

type createAPIKeyOutput struct{ Body client.CreatedAPIKey }

func (h *handlers) createAPIKey(ctx context.Context, in *InAccount) (*createAPIKeyOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	key, err := h.Tenants.CreateAPIKey(ctx, actor(ctx), tenant, in.Account)
	if err != nil {
		return nil, err
	}
	return &createAPIKeyOutput{Body: client.CreatedAPIKey{ID: key.ID, Key: key.Text}}, nil
}

// listAPIKeys answers in the form of a page, though an account has few keys and
// all of them fit.
func (h *handlers) listAPIKeys(ctx context.Context, in *InAccount) (*listOutput[client.APIKey], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	keys, err := h.Tenants.APIKeys(ctx, tenant, in.Account)
	if err != nil {
		return nil, err
	}
	shapes := make([]client.APIKey, len(keys))
	for i, key := range keys {
		shapes[i] = client.APIKey{ID: key.ID, CreatedAt: key.CreatedAt}
	}
	return &listOutput[client.APIKey]{Body: rest.NewItems(shapes, "")}, nil
}

type revokeAPIKeyInput struct {
	InAccount
	Key string `path:"key" maxLength:"64" doc:"Id of the key"`
}

func (h *handlers) revokeAPIKey(ctx context.Context, in *revokeAPIKeyInput) (*struct{}, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	return nil, h.Tenants.RevokeAPIKey(ctx, actor(ctx), tenant, in.Account, in.Key)
}
