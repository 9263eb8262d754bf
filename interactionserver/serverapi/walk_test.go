package serverapi_test

import (
	"errors"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/rest/resttest"
	"github.com/switchyard/switchyard/tenants"
)

var errFound = errors.New("found")

type object = map[string]any

// TestEveryOperation calls all operations as its right callers and as its enemies
// do. The part of the other tenant is played by an account of the same tenant
// that may do everything with another business process: what it may not view has
// to look missing too.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := configurationRef("elsewhere")
	resttest.Walk(t, b.api, resttest.Cases{
		BaseURL:     b.url,
		Right:       b.right,
		OtherTenant: b.keys["stranger"],
		Missing:     map[string]string{"interaction": tenants.NewID[string](), "queue": "nothing.at-all", "agent": "nobody", "session": "none", "action": tenants.NewID[string]()},
		Forged: map[string]string{
			"another key":      b.signed(authentication.NewSigningKey(), b.boss.Ref, b.config.Tenant.ID, b.audience(), time.Now(), time.Hour),
			"another audience": b.token(b.boss.Ref, b.config.Tenant.ID, authentication.ServerGroup(tenants.NewID[string]()), time.Hour),
			"control plane":    b.token(b.boss.Ref, b.config.Tenant.ID, "control-plane", time.Hour),
			"another tenant":   b.token(b.boss.Ref, other.ID, b.audience(), time.Hour),
			"expired":          b.signed(b.signing, b.boss.Ref, b.config.Tenant.ID, b.audience(), time.Now().Add(-2*time.Hour), time.Hour),
			"revoked API key":  authentication.NewAPIKey().Text,
		},
	})
}

// right is a call of each operation that succeeds.
func (b *testBundle) right(t *testing.T, op rest.Operation) resttest.Request {
	t.Helper()
	request := map[string]func() resttest.Request{
		"submit-interaction": func() resttest.Request {
			return resttest.Request{Status: http.StatusCreated, Body: object{"process": "dispute", "mediaType": "letter", "properties": object{"amount": 12}}}
		},
		"list-interactions":       func() resttest.Request { return resttest.Request{Query: "state=stopped,routing&limit=2"} },
		"get-interaction":         func() resttest.Request { return on(b.submit("dispute", "letter").ID) },
		"list-interaction-events": func() resttest.Request { return on(b.submit("dispute", "letter").ID) },
		"stop-interaction": func() resttest.Request {
			return with(on(b.submit("dispute", "letter").ID), "boss", object{"reason": "withdrawn"})
		},
		"accept-interaction": func() resttest.Request {
			offered := b.offer()
			return with(on(offered.ID), "anna", object{"assignment": offered.Assignment})
		},
		"reject-interaction": func() resttest.Request {
			offered := b.offer()
			return with(on(offered.ID), "anna", object{"assignment": offered.Assignment, "reason": "busy"})
		},
		"complete-interaction": func() resttest.Request {
			accepted := b.accepted()
			return with(on(accepted.ID), "anna", object{"assignment": accepted.Assignment, "outcome": "resolved", "properties": object{"note": "done"}})
		},
		"list-queues": func() resttest.Request { return resttest.Request{} },
		"get-queue":   func() resttest.Request { return resttest.Request{Params: map[string]string{"queue": "dispute.intake"}} },
		"pull-interaction": func() resttest.Request {
			return resttest.Request{Params: map[string]string{"queue": "dispute.intake"}, Token: "anna", Status: http.StatusNoContent}
		},
		"list-agents": func() resttest.Request { return resttest.Request{} },
		"get-agent":   func() resttest.Request { return of("anna") },
		"set-agent-medium": func() resttest.Request {
			r := with(of("anna"), "anna", object{"state": "not-ready", "reason": "lunch"})
			r.Params["medium"] = "chat"
			return r
		},
		"set-agent-do-not-disturb": func() resttest.Request { return with(of("anna"), "anna", object{"on": false}) },
		"watch-agent":              func() resttest.Request { return of("anna") },
		"start-session":            func() resttest.Request { return in("s 1", object{"channel": "web", "debug": true}) },
		"get-offers":               func() resttest.Request { return in("s", object{"point": "point-0", "count": 1}) },
		"post-event":               func() resttest.Request { return in("s", object{"event": "clicked"}) },
		"set-audience":             func() resttest.Request { return in("s", object{"audience": object{"id": object{"customer": "c"}}}) },
		"get-profile":              func() resttest.Request { return in("s", nil) },
		"set-debug":                func() resttest.Request { return in("s", object{"debug": true}) },
		"end-session":              func() resttest.Request { return in("s", nil) },
		"execute-batch": func() resttest.Request {
			return in("s", object{"commands": []object{{"method": "startSession", "channel": "web"}}})
		},
		"list-dead-actions":   func() resttest.Request { return resttest.Request{Token: "operator"} },
		"retry-dead-action":   func() resttest.Request { return b.deadAction() },
		"discard-dead-action": func() resttest.Request { return b.deadAction() },
		"get-statistics":      func() resttest.Request { return resttest.Request{} },
		"get-status":          func() resttest.Request { return resttest.Request{} },
		"get-version":         func() resttest.Request { return resttest.Request{} },
	}[op.ID]
	require.NotNil(t, request, "the walk has no call of %s: add one", op.ID)
	r := request()
	if r.Token == "" {
		r.Token = "boss"
	}
	r.Token = b.keys[r.Token]
	return r
}

func on(interaction string) resttest.Request {
	return resttest.Request{Params: map[string]string{"interaction": interaction}}
}

// in is a touchpoint's call of a session, which need not be there.
func in(session string, body any) resttest.Request {
	return resttest.Request{
		Params: map[string]string{"session": client.SessionPath(session)}, Token: "shop", Body: body, Status: http.StatusOK,
	}
}

// deadAction is an operator's call about an action that was given up.
func (b *testBundle) deadAction() resttest.Request {
	return resttest.Request{Params: map[string]string{"action": b.dead("complaint").String()}, Token: "operator"}
}

func of(agent string) resttest.Request {
	return resttest.Request{Params: map[string]string{"agent": agent}}
}

// with is the request of an account with a body.
func with(r resttest.Request, account string, body any) resttest.Request {
	r.Params, r.Token, r.Body = maps.Clone(r.Params), account, body
	return r
}
