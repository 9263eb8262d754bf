package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

func (h *handlers) registerTokens(a *rest.API) {
	rest.Handle(a, rest.Operation{
		ID: "create-token", Method: http.MethodPost, Path: "/v1/tokens", Tag: "Tokens",
		Summary:     "Log in",
		Description: "Exchanges a password or an API key for a token that is good for one hour. The token of a server group is accepted by all its servers, which decide by themselves what the account may do. An address that sends many wrong ones is answered 429 for a while.",
		Action:      rest.Public, Status: http.StatusCreated, Problems: []int{http.StatusUnauthorized},
		LogsIn: true, Rate: &rest.Rate{PerSecond: 20, Burst: 100},
	}, h.createToken)
}

type createTokenInput struct{ Body client.NewToken }

type createTokenOutput struct{ Body client.Token }

func (h *handlers) createToken(ctx context.Context, in *createTokenInput) (*createTokenOutput, error) {
	audience, err := parseAudience(in.Body.Audience)
	if err != nil {
		return nil, err
	}
	account, err := h.logIn(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	token, expires, err := h.Issuer.Issue(callerOf(account), audience, tokenLife)
	if err != nil {
		return nil, err
	}
	return &createTokenOutput{Body: client.Token{Token: token, ExpiresAt: expires, Account: account.Name, Audience: audience}}, nil
}

func (h *handlers) logIn(ctx context.Context, input client.NewToken) (tenants.Account, error) {
	withPassword := input.Tenant != "" && input.Account != "" && input.Password != ""
	withKey := input.APIKey != "" && input.Tenant == "" && input.Account == "" && input.Password == ""
	switch {
	case withKey:
		return h.Tenants.AuthenticateAPIKey(ctx, input.APIKey)
	case withPassword && input.APIKey == "":
		return h.Tenants.Authenticate(ctx, input.Tenant, input.Account, input.Password)
	default:
		return tenants.Account{}, fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("body", 0, "expected either tenant, account and password, or apiKey")
	}
}

// parseAudience reads "control-plane" (also the default) or "server-group/<id>".
func parseAudience(text string) (string, error) {
	if text == "" || text == authentication.ControlPlane {
		return authentication.ControlPlane, nil
	}
	group, ok := strings.CutPrefix(text, authentication.ServerGroup(""))
	if ok {
		_, err := tenants.ParseID[tenants.ServerGroupID](group)
		ok = err == nil
	}
	if !ok {
		return "", fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("audience", 0, "expected control-plane or server-group/ and the id of a server group")
	}
	return authentication.ServerGroup(group), nil
}
