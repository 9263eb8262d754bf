package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// Handle registers an operation. I and O are structs in Huma's form: fields with
// `path:"…"`, `query:"…"`, `header:"…"` tags and Body. It panics on a declaration
// that is wrong. Register everything before Serve.
func Handle[I, O any](a *API, op Operation, handler func(context.Context, *I) (*O, error)) {
	a.register(op)
	huma.Register(a.huma, a.declare(op, reflect.TypeFor[I]()), func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		return out, nil
	})
}

func (a *API) register(op Operation) {
	op.check()
	switch {
	case slices.ContainsFunc(a.operations, func(o Operation) bool { return o.ID == op.ID }):
		panic(fmt.Sprintf("operation %s: registered twice", op.ID))
	case op.Action != Public && a.o.Authenticate == nil:
		panic(fmt.Sprintf("operation %s: the API cannot authenticate", op.ID))
	case op.Idempotent && a.o.Idempotency == nil:
		panic(fmt.Sprintf("operation %s: the API has no idempotency store", op.ID))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mounted {
		panic(fmt.Sprintf("operation %s: registered after Serve", op.ID))
	}
	a.operations = append(a.operations, op)
}

// failed classifies a handler's error, logs it once if it is ours to mend, and
// returns what Huma answers.
func (a *API) failed(ctx context.Context, err error) error {
	var same notModified
	if errors.As(err, &same) {
		return same
	}
	p := problemOf(err)
	r := requestOf(ctx)
	if p.Status >= http.StatusInternalServerError {
		p.RequestID = r.id
		a.log.Error("request failed", "request_id", r.id, "operation", r.operation,
			"tenant", r.caller.Tenant, "status", p.Status, "error", err)
	}
	return p
}
