package resttest_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/rest/resttest"
)

type noteInput struct {
	Tenant string `path:"tenant" maxLength:"63"`
	Note   string `path:"note" maxLength:"63"`
}

type noteOutput struct {
	Body struct {
		Text string `json:"text"`
	}
}

// TestWalk walks an API with real tokens, as the control plane does.
func TestWalk(t *testing.T) {
	key := authentication.NewSigningKey()
	verifier := authentication.NewVerifier(authentication.ControlPlane, nil)
	require.NoError(t, verifier.SetKeys([]authentication.VerificationKey{key.Verification()}))
	issue := func(key authentication.SigningKey, tenant, audience string, ttl time.Duration) string {
		token, _, err := authentication.NewIssuer(key, nil).Issue(authentication.Caller{Account: "a", Tenant: tenant, Name: "ann"}, audience, ttl)
		require.NoError(t, err)
		return token
	}
	api := rest.New(rest.Options{
		Title: "Notes", Version: "1", Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(_ context.Context, bearer string) (authentication.Caller, error) {
			if authentication.LooksLikeAPIKey(bearer) {
				_, err := authentication.ParseAPIKey(bearer)
				if err == nil {
					err = fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
				}
				return authentication.Caller{}, err
			}
			return verifier.Verify(bearer)
		},
		Authorize: func(_ context.Context, caller authentication.Caller, _ rest.Operation, params rest.Params) error {
			if caller.Tenant != params.Param("tenant") {
				return fault.New(fault.NotFound, "tenant-not-found", "no tenant %s", params.Param("tenant"))
			}
			return nil
		},
	})
	op := rest.Operation{ID: "get-note", Method: "GET", Path: "/v1/tenants/{tenant}/notes/{note}", Tag: "Notes", Summary: "Get", Action: "view"}
	rest.Handle(api, op, func(_ context.Context, in *noteInput) (*noteOutput, error) {
		if in.Note != "one" {
			return nil, fault.New(fault.NotFound, "note-not-found", "no note %s", in.Note)
		}
		return &noteOutput{}, nil
	})
	watch := op
	watch.ID, watch.Path = "watch-note", op.Path+"/events"
	rest.HandleStream(api, watch, func(context.Context, *noteInput) (rest.Stream, error) {
		return func(ctx context.Context, _ rest.Send) error {
			<-ctx.Done()
			return nil
		}, nil
	})
	ping := rest.Operation{ID: "ping", Method: "GET", Path: "/v1/ping", Tag: "Notes", Summary: "Ping", Action: rest.Public}
	rest.Handle(api, ping, func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })

	resttest.Walk(t, api, resttest.Cases{
		Right: func(*testing.T, rest.Operation) resttest.Request {
			return resttest.Request{
				Params: map[string]string{"tenant": "acme", "note": "one"},
				Token:  issue(key, "acme", authentication.ControlPlane, time.Hour),
			}
		},
		OtherTenant: issue(key, "other", authentication.ControlPlane, time.Hour),
		Missing:     map[string]string{"tenant": "nobody", "note": "none"},
		Forged: map[string]string{
			"expired":        issue(key, "acme", authentication.ControlPlane, -time.Minute),
			"other audience": issue(key, "acme", authentication.ServerGroup("1"), time.Hour),
			"other key":      issue(authentication.NewSigningKey(), "acme", authentication.ControlPlane, time.Hour),
		},
	})
}
