package rest

import (
	"context"
	"net"

	"github.com/switchyard/switchyard/internal/authentication"
)

// API is a set of operations over one listener.
type API struct{ o Options }

// New returns an API without operations.
func New(o Options) *API { return &API{o: o} }

// Handle registers an operation. I and O are structs in Huma's form: fields with
// `path:"…"`, `query:"…"`, `header:"…"` tags and Body. It panics on a declaration
// that is wrong. Register everything before Serve.
func Handle[I, O any](a *API, op Operation, handler func(context.Context, *I) (*O, error)) {
	panic("skeleton")
}

// Send writes one Server-Sent Event: data as JSON, event and id may be "". It
// fails once the client has left. It is safe for concurrent use.
type Send func(event, id string, data any) error

// Stream writes events until it has no more, until send fails or ctx ends (the
// client left or the server shuts down).
type Stream func(ctx context.Context, send Send) error

// HandleStream registers a stream of Server-Sent Events. The handler runs like any
// other and may refuse; the Stream that it returns then runs in a goroutine of its
// own, without deadline.
func HandleStream[I any](a *API, op Operation, handler func(context.Context, *I) (Stream, error)) {
	panic("skeleton")
}

// CallerOf returns who sent the request; the zero Caller in a public operation.
func CallerOf(ctx context.Context) authentication.Caller { panic("skeleton") }

// RequestID returns the request's id, for logs.
func RequestID(ctx context.Context) string { panic("skeleton") }

// Operations are all that were registered, in order.
func (a *API) Operations() []Operation { panic("skeleton") }

// OpenAPI returns the OpenAPI 3.1 document as YAML; equal for equal operations.
func (a *API) OpenAPI() ([]byte, error) { panic("skeleton") }

// Serve answers on the listener until ctx ends or Shutdown is called, and returns
// nil then. The listener is closed.
func (a *API) Serve(ctx context.Context, listener net.Listener) error { panic("skeleton") }

// Shutdown ends streams, lets requests finish until ctx ends, and closes.
func (a *API) Shutdown(ctx context.Context) error { panic("skeleton") }
