package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/switchyard/switchyard/internal/deadline"
	"github.com/switchyard/switchyard/internal/fault"
)

// edge is around every request that has a known method: its id, its deadline, its
// panics, its problems.
func (a *API) edge(c *fiber.Ctx) error {
	start := time.Now()
	r := &request{id: requestID(c), ending: a.streaming.Done()}
	ctx := deadline.Within(context.WithValue(context.Background(), requestKey{}, r), a.o.HandleTimeout)
	defer ctx.End()
	c.SetUserContext(ctx)

	a.serve(c, r)
	a.hold(c, r)

	secure(c, r.id)
	a.notModified(c)
	a.metrics.observe(r.operation, c.Response().StatusCode(), time.Since(start))
	if a.log.Enabled(ctx, slog.LevelDebug) {
		a.log.Debug("request", "request_id", r.id, "operation", r.operation, "method", c.Method(),
			"status", c.Response().StatusCode(), "duration", time.Since(start))
	}
	return nil
}

// serve runs the route; whatever goes wrong becomes the answer.
func (a *API) serve(c *fiber.Ctx, r *request) {
	defer func() {
		if cause := recover(); cause != nil {
			a.log.Error("panic", "request_id", r.id, "operation", r.operation, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			c.Response().Reset()
			a.answer(c, r, problemOf(errPanic))
		}
	}()
	if p := checkFraming(c); p != nil {
		a.answer(c, r, p)
		return
	}
	if err := checkTarget(c); err != nil {
		a.answer(c, r, problemOf(err))
		return
	}
	if err := checkEncoding(c); err != nil {
		a.answer(c, r, err)
		return
	}
	if err := c.Next(); err != nil {
		a.answer(c, r, protocolProblem(statusOf(err)))
	}
}

// hold refuses an answer for which there is no room: its caller may read it slowly,
// or never.
func (a *API) hold(c *fiber.Ctx, r *request) {
	if c.Response().IsBodyStream() || holdAnswer(c.Context().Conn(), len(c.Response().Body())) {
		return
	}
	c.Response().Reset()
	a.answer(c, r, problemOf(errHolding))
}

var errPanic = fault.New(fault.Internal, "internal", "panic")

// checkEncoding refuses compressed bodies: what they unpack to has no bound.
func checkEncoding(c *fiber.Ctx) *Problem {
	if encoding := c.Request().Header.ContentEncoding(); len(encoding) > 0 && string(encoding) != "identity" {
		return protocolProblem(http.StatusUnsupportedMediaType)
	}
	return nil
}

// header is a header as it is written: its name is in canonical form.
type header struct{ name, value []byte }

// secured are the headers that every answer has, and usual those of answers that
// have no others of the names.
var (
	secured = []header{
		{[]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff")},
		{[]byte(fiber.HeaderReferrerPolicy), []byte("no-referrer")},
	}
	usual = []header{
		{[]byte(fiber.HeaderContentSecurityPolicy), []byte("default-src 'none'; frame-ancestors 'none'")},
		{[]byte(fiber.HeaderCacheControl), []byte("no-store")},
	}
)

// secure sets the headers that every answer has.
func secure(c *fiber.Ctx, id string) {
	answer := &c.Response().Header
	answer.Set(requestIDHeader, id)
	for _, h := range secured {
		answer.SetCanonical(h.name, h.value)
	}
	for _, h := range usual {
		if len(answer.PeekBytes(h.name)) == 0 {
			answer.SetCanonical(h.name, h.value)
		}
	}
}

// notModified empties the answer to a GET whose caller has the present version.
func (a *API) notModified(c *fiber.Ctx) {
	if c.Method() != http.MethodGet || c.Response().StatusCode() != http.StatusOK {
		return
	}
	have := c.Get(fiber.HeaderIfNoneMatch)
	etag := string(c.Response().Header.Peek(fiber.HeaderETag))
	if have == "" || etag == "" || !hasETag(have, etag) {
		return
	}
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderContentType)
	c.Status(http.StatusNotModified)
}

// answer writes a problem.
func (a *API) answer(c *fiber.Ctx, r *request, p *Problem) {
	if p.Status >= http.StatusInternalServerError {
		p.RequestID = r.id
	}
	if p.Status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="switchyard"`)
	}
	if p.Status == http.StatusServiceUnavailable && len(c.Response().Header.Peek(fiber.HeaderRetryAfter)) == 0 {
		c.Set(fiber.HeaderRetryAfter, "1")
	}
	body, err := json.Marshal(p)
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	c.Status(p.Status)
	c.Set(fiber.HeaderContentType, problemContentType)
	c.Response().SetBodyRaw(append(body, '\n'))
}

// protocolError answers what never came to a route: Fiber calls it for a request
// that could not be read. Its text may quote the request, so that only the status
// counts.
func (a *API) protocolError(c *fiber.Ctx, err error) error {
	r := &request{id: requestID(c)}
	p := protocolProblem(statusOf(err))
	if refusedToRead(c.Context().Conn()) {
		p = problemOf(errHolding)
	}
	a.answer(c, r, p)
	secure(c, r.id)
	c.Response().SetConnectionClose()
	answeredUnread(c.Context().Conn())
	a.metrics.observe("", c.Response().StatusCode(), 0)
	return nil
}

func (a *API) unknownMethod(rc *fasthttp.RequestCtx) {
	c := a.app.AcquireCtx(rc)
	defer a.app.ReleaseCtx(c)
	_ = a.protocolError(c, fiber.ErrMethodNotAllowed) // never fails
}

func statusOf(err error) int {
	var f *fiber.Error
	if errors.As(err, &f) {
		return f.Code
	}
	return http.StatusInternalServerError
}
