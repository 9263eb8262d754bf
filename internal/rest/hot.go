package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/gofiber/fiber/v2"
)

// HandleHot is Handle for the few operations of which thousands come in a second.
// A body that fits is decoded without Huma; one that does not is left to Huma,
// which says what is wrong. I has texts of the path, without bounds, and a Body
// whose fields are all optional and have no bounds; O has a Body and nothing else.
// HandleHot panics on others.
func HandleHot[I, O any](a *API, op Operation, handler func(context.Context, *I) (*O, error)) {
	in, out := hotInputOf(op, reflect.TypeFor[I]()), hotOutputOf(op, reflect.TypeFor[O]())
	Handle(a, op, handler)
	added := &a.routes.list[len(a.routes.list)-1]
	h := hot[I, O]{api: a, op: op, in: in, out: out, handler: handler, thorough: added.handlers[0]}
	if op.Rate != nil {
		h.own = newLimiter(*op.Rate)
	}
	added.handlers = []fiber.Handler{h.serve}
}

// hot is one such operation.
type hot[I, O any] struct {
	api      *API
	op       Operation
	own      *limiter
	in       hotInput
	out      int // field of the body
	handler  func(context.Context, *I) (*O, error)
	thorough fiber.Handler // Huma's
}

type fiberParams struct{ *fiber.Ctx }

// Param implements Params.
func (p fiberParams) Param(name string) string { return p.Params(name) }

func (h *hot[I, O]) serve(c *fiber.Ctx) error {
	r := requestOf(c.UserContext())
	r.operation = h.op.ID
	if !h.api.admitted(c, fiberParams{c}, r, h.op, h.own) {
		return nil
	}
	in := new(I)
	if !h.in.read(c, reflect.ValueOf(in).Elem()) {
		r.admitted = true
		return h.thorough(c)
	}
	out, err := h.handler(c.UserContext(), in)
	if err != nil {
		var p *Problem
		if !errors.As(h.api.failed(c.UserContext(), err), &p) {
			return fmt.Errorf("operation %s: %w", h.op.ID, err)
		}
		h.api.answer(c, r, p)
		return nil
	}
	if err := encodeHot(c, reflect.ValueOf(out).Elem().Field(h.out).Addr().Interface()); err != nil {
		h.api.refuse(c, r, fmt.Errorf("encode the answer: %w", err))
		return nil
	}
	c.Status(max(h.op.Status, http.StatusOK))
	c.Response().Header.SetContentType("application/json")
	return nil
}

// jsonAppender is a body that knows a faster way to what json.Marshal would write.
type jsonAppender interface {
	AppendJSON(to []byte) ([]byte, error)
}

func encodeHot(c *fiber.Ctx, body any) error {
	appender, ok := body.(jsonAppender)
	if !ok {
		text, err := json.Marshal(body)
		if err == nil {
			c.Response().SetBodyRaw(append(text, '\n'))
		}
		return err
	}
	text, err := appender.AppendJSON(c.Response().SwapBody(nil)[:0]) // memory that it uses again
	if err != nil {
		return err
	}
	c.Response().SwapBody(append(text, '\n'))
	return nil
}

// hotInput says where the parts of a request go.
type hotInput struct {
	params []hotParam
	body   int
	shape  *shape
}

type hotParam struct {
	name string
	at   []int
}

// read fills in; false where Huma has to look at the request.
func (h *hotInput) read(c *fiber.Ctx, in reflect.Value) bool {
	if len(c.Request().URI().QueryString()) > 0 || len(c.Request().Header.Peek(idempotencyHeader)) > 0 {
		return false
	}
	for _, p := range h.params {
		in.FieldByIndex(p.at).SetString(c.Params(p.name))
	}
	return h.shape.decode(c.Request().Body(), in.Field(h.body))
}

func hotInputOf(op Operation, t reflect.Type) hotInput {
	h := hotInput{body: -1}
	for _, field := range reflect.VisibleFields(t) {
		switch name, isParam := field.Tag.Lookup("path"); {
		case field.Anonymous:
		case isParam && field.Type.Kind() == reflect.String && !bounded(field.Tag):
			h.params = append(h.params, hotParam{name: name, at: field.Index})
		case field.Name == "Body" && len(field.Index) == 1:
			h.body = field.Index[0]
			h.shape = shapeOf(op, field.Type)
		default:
			panic(fmt.Sprintf("operation %s: a hot one cannot have the field %s", op.ID, field.Name))
		}
	}
	if h.body < 0 {
		panic(fmt.Sprintf("operation %s: a hot one has a body", op.ID))
	}
	return h
}

func hotOutputOf(op Operation, t reflect.Type) int {
	if t.NumField() != 1 || t.Field(0).Name != "Body" {
		panic(fmt.Sprintf("operation %s: a hot one answers a body and nothing else", op.ID))
	}
	return 0
}
