package rest

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/switchyard/switchyard/internal/fault"
)

const (
	idempotencyHeader    = "Idempotency-Key"
	maxIdempotencyKey    = 128
	idempotencySettle    = 5 * time.Second
	idempotencyReplayed  = "Idempotency-Replayed"
	idempotencyKeyDetail = "an idempotency key is 1 to 128 visible ASCII characters"
)

// replayedHeaders are those of an answer that are stored with it.
var replayedHeaders = []string{fiber.HeaderContentType, fiber.HeaderETag, fiber.HeaderLocation}

// once runs a request under its idempotency key: the same request again gets the
// first one's answer. Only a success is kept; after a refusal or a failure the
// same key may be tried again.
func (a *API) once(c *fiber.Ctx, r *request, op Operation, run func()) {
	key := IdempotencyKey{Tenant: r.caller.Tenant, Account: r.caller.Account, Operation: op.ID, Key: c.Get(idempotencyHeader)}
	if err := checkIdempotency(op, key.Key); err != nil {
		a.refuse(c, r, err)
		return
	}
	answer, err := a.o.Idempotency.Reserve(c.UserContext(), key, fingerprint(c))
	if err != nil {
		a.refuse(c, r, err)
		return
	}
	if answer != nil {
		replay(c, answer)
		return
	}
	succeeded := false
	defer func() { a.settle(c, r, key, succeeded) }() // also when the handler panics
	run()
	status := c.Response().StatusCode()
	succeeded = status >= 200 && status < 300
}

func checkIdempotency(op Operation, key string) error {
	if !op.Idempotent {
		return fault.New(fault.Invalid, "idempotency-key-unsupported", "this operation takes no idempotency key").
			At("header."+idempotencyHeader, 0, "expected none")
	}
	bad := fault.New(fault.Invalid, "invalid-input", "the input is not valid").At("header."+idempotencyHeader, 0, idempotencyKeyDetail)
	if len(key) > maxIdempotencyKey {
		return bad
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return bad
		}
	}
	return nil
}

// fingerprint tells whether a request is the same again.
func fingerprint(c *fiber.Ctx) []byte {
	h := sha256.New()
	h.Write(c.Request().RequestURI())
	h.Write([]byte{0})
	h.Write(c.Request().Body())
	return h.Sum(nil)
}

// settle stores the answer or gives the key up. The request is through either way:
// when this fails, the reservation runs out by itself.
func (a *API) settle(c *fiber.Ctx, r *request, key IdempotencyKey, succeeded bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), idempotencySettle)
	defer cancel()
	var err error
	if succeeded {
		err = a.o.Idempotency.Answer(ctx, key, answerOf(c))
	} else {
		err = a.o.Idempotency.Release(ctx, key)
	}
	if err != nil {
		a.log.Error("idempotency key not settled", "request_id", r.id, "operation", r.operation, "tenant", r.caller.Tenant, "error", err)
	}
}

func answerOf(c *fiber.Ctx) Answer {
	answer := Answer{Status: c.Response().StatusCode(), Header: map[string]string{}, Body: append([]byte{}, c.Response().Body()...)}
	for _, name := range replayedHeaders {
		if value := c.Response().Header.Peek(name); len(value) > 0 {
			answer.Header[name] = string(value)
		}
	}
	return answer
}

func replay(c *fiber.Ctx, answer *Answer) {
	for name, value := range answer.Header {
		c.Set(name, value)
	}
	c.Set(idempotencyReplayed, "true")
	c.Status(answer.Status)
	if answer.Status != http.StatusNoContent {
		c.Response().SetBodyRaw(answer.Body)
	}
}
