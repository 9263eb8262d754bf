package rest

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// admit is before every operation: who calls, how often, may they, and is the body
// fit to be looked at.
func (a *API) admit(op Operation) func(huma.Context, func(huma.Context)) {
	var own *limiter
	if op.Rate != nil {
		own = newLimiter(*op.Rate)
	}
	return func(hc huma.Context, next func(huma.Context)) {
		c := humafiber.UnwrapV2(hc)
		r := requestOf(hc.Context())
		r.operation = op.ID
		defer a.judgeLogin(c, r)
		if !r.admitted && !a.admitted(c, hc, r, op, own) {
			return
		}
		if op.Method != http.MethodPost || c.Get(idempotencyHeader) == "" {
			next(hc)
			return
		}
		a.once(c, r, op, func() { next(hc) })
	}
}

// judgeLogin lets a login count that was answered 401, and no other one.
func (a *API) judgeLogin(c *fiber.Ctx, r *request) {
	if r.loggingIn && c.Response().StatusCode() != http.StatusUnauthorized {
		a.guesses.logins.giveBack(addressKey(c.Context().RemoteIP()))
	}
}

// admitted reports whether the request may go on; if not, it is answered.
func (a *API) admitted(c *fiber.Ctx, params Params, r *request, op Operation, own *limiter) bool {
	if err := a.allow(c, params, r, op, own); err != nil {
		a.refuse(c, r, err)
		return false
	}
	if p := a.checkBody(c); p != nil {
		a.answer(c, r, p)
		return false
	}
	return true
}

// refuse answers an error that arose before the handler.
func (a *API) refuse(c *fiber.Ctx, r *request, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		a.log.Error("request refused", "request_id", r.id, "operation", r.operation,
			"tenant", r.caller.Tenant, "status", p.Status, "error", err)
	}
	a.answer(c, r, p)
}

// allow authenticates, limits and authorises.
func (a *API) allow(c *fiber.Ctx, params Params, r *request, op Operation, own *limiter) error {
	var key string
	if op.LogsIn {
		if err := taken(c, a.guesses.logins, addressKey(c.Context().RemoteIP())); err != nil {
			return err
		}
		r.loggingIn = true
	}
	if op.Action == Public {
		key = c.Context().RemoteIP().String()
	} else {
		caller, err := a.authenticate(c, r)
		if err != nil {
			return err
		}
		r.caller, key = caller, caller.Tenant
	}
	for _, l := range [...]*limiter{a.rate, own} {
		if l == nil || l == a.rate && op.Unmetered {
			continue
		}
		if err := taken(c, l, key); err != nil {
			return err
		}
	}
	switch {
	case op.Action == Public || op.Action == Authenticated:
		return nil
	case a.o.Authorize == nil:
		return fault.New(fault.Forbidden, "forbidden", "you may not do this")
	default:
		return a.o.Authorize(c.UserContext(), r.caller, op, params)
	}
}

// taken takes a token of a limiter, or says when there is one.
func taken(c *fiber.Ctx, l *limiter, key string) error {
	wait, ok := l.take(key)
	if ok {
		return nil
	}
	c.Set(fiber.HeaderRetryAfter, retryAfter(wait))
	return tooMany()
}

func (a *API) authenticate(c *fiber.Ctx, _ *request) (authentication.Caller, error) {
	scheme, token, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return authentication.Caller{}, fault.New(fault.Unauthenticated, "credentials-required", "send a token: Authorization: Bearer …")
	}
	caller, err := a.checkBearer(c, token)
	if err != nil {
		return authentication.Caller{}, err
	}
	if caller.Account == "" || caller.Tenant == "" {
		return authentication.Caller{}, fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
	}
	return caller, nil
}

// checkBearer asks whose the token is, unless its address has sent too many wrong
// ones.
func (a *API) checkBearer(c *fiber.Ctx, token string) (authentication.Caller, error) {
	if a.guesses.right.has(token) {
		caller, err := a.o.Authenticate(c.UserContext(), token)
		if err != nil && fault.Is(err, fault.Unauthenticated) {
			a.guesses.right.drop(token) // it has expired, or was revoked
		}
		return caller, err
	}
	address := addressKey(c.Context().RemoteIP())
	if err := taken(c, a.guesses.bearers, address); err != nil {
		return authentication.Caller{}, err
	}
	caller, err := a.o.Authenticate(c.UserContext(), token)
	if !fault.Is(err, fault.Unauthenticated) {
		a.guesses.bearers.giveBack(address)
	}
	if err == nil {
		a.guesses.right.add(token)
	}
	return caller, err
}

// mediaType is that of bodies.
const mediaType = "application/json"

// isMediaType reports whether a content type says that a body is JSON, or nothing.
func isMediaType(contentType string) bool {
	name, parameters, _ := strings.Cut(strings.ToLower(contentType), ";")
	name, parameters = strings.TrimSpace(name), strings.ReplaceAll(strings.TrimSpace(parameters), `"`, "")
	return (name == "" || name == mediaType) && (parameters == "" || parameters == "charset=utf-8")
}

// checkBody refuses a body that is not JSON within bounds.
func (a *API) checkBody(c *fiber.Ctx) *Problem {
	body := c.Request().Body()
	if len(body) == 0 {
		return nil
	}
	if t := c.Request().Header.ContentType(); string(t) != mediaType && !isMediaType(string(t)) {
		return protocolProblem(http.StatusUnsupportedMediaType)
	}
	if err := scan(body, a.o.BodyValues); err != nil {
		return problemOf(err)
	}
	return nil
}
