package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/internal/authentication"
)

// Options say what an API is and whom it asks.
type Options struct {
	Title       string
	Description string // Markdown, shown at /docs
	Version     string // of the API, in OpenAPI

	// Authenticate turns a bearer token into its caller, or a fault
	// Unauthenticated. Required unless every operation is public.
	Authenticate func(ctx context.Context, bearer string) (authentication.Caller, error)
	// Authorize decides on every operation whose action is neither Public nor
	// Authenticated: nil, or a fault Forbidden (the caller may know that the
	// resource exists) or NotFound (it may not). Without it all are refused.
	Authorize func(ctx context.Context, caller authentication.Caller, op Operation, params Params) error
	// Idempotency keeps the answers of operations that are Idempotent. Required
	// if there are any.
	Idempotency IdempotencyStore
	// Rate limits each tenant, and each address that calls public operations.
	// The zero value is DefaultRate.
	Rate Rate

	// BodyLimit is in bytes; 1 MiB if zero. A larger body is refused unread.
	BodyLimit int
	// BodyValues is how many JSON values a body may have; 50,000 if zero.
	BodyValues int
	// Connections is how many may be open at once; 16,384 if zero, or fewer where the
	// process may not have so many files. Further ones are answered 503 and closed.
	Connections int64
	// Holding is how many bytes the large bodies of all requests and answers may take
	// at once; 256 MiB if zero. What comes beyond is refused.
	Holding int64
	// ReadTimeout bounds reading one request, head and body; 15 s if zero.
	ReadTimeout time.Duration
	// HandleTimeout is the deadline of a handler's context; 30 s if zero. Streams
	// have none.
	HandleTimeout time.Duration
	// KeepAlive is how often a silent stream gets a comment, by which a client that
	// left is noticed; 10 s if zero.
	KeepAlive time.Duration

	Logger   *slog.Logger          // required
	Registry prometheus.Registerer // nil: no metrics
}

// Rate is a token bucket: so many requests per second, and so many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// DefaultRate is generous: it is to stop a runaway client, not to meter one.
var DefaultRate = Rate{PerSecond: 2000, Burst: 4000}

// Params gives access to the path parameters of a request, by name; "" for a
// name that the operation's path does not have.
type Params interface {
	Param(name string) string
}
