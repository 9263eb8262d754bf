package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Options configure a Client.
type Options struct {
	// Credential is the bearer token: an API key or a JWT.
	Credential string
	// HTTP is the client to use; nil: one with sensible timeouts.
	HTTP *http.Client
	// Retries is how many times a call that may be repeated is tried again; 4 if
	// zero, none if negative.
	Retries int
	// Backoff is the first pause between tries, doubled each time up to 5 s, with
	// jitter; 100 ms if zero.
	Backoff time.Duration
}

// Client calls one base URL. It is safe for concurrent use.
type Client struct{ base string }

// New returns a Client for a base URL such as http://127.0.0.1:7400.
func New(baseURL string, o Options) *Client { return &Client{base: baseURL} }

// With returns a Client of the same base URL and connections with another credential.
func (c *Client) With(credential string) *Client { panic("skeleton") }

// Option changes one call.
type Option func(*call)

type call struct{}

// IfMatch sends the ETag of the version that is changed.
func IfMatch(etag string) Option { panic("skeleton") }

// IfNoneMatch sends the ETag that the caller has; ErrNotModified is returned when
// it is still the present one.
func IfNoneMatch(etag string) Option { panic("skeleton") }

// ETag stores the answer's ETag.
func ETag(into *string) Option { panic("skeleton") }

// Status stores the answer's status.
func Status(into *int) Option { panic("skeleton") }

// IdempotencyKey makes a POST one that may be repeated.
func IdempotencyKey(key string) Option { panic("skeleton") }

// WithRetry says that this POST may be repeated as it is.
func WithRetry() Option { panic("skeleton") }

// Do sends in (JSON; nil: no body) and decodes the answer into out (nil: dropped).
// A problem is a *Problem.
func (c *Client) Do(ctx context.Context, method, path string, in, out any, options ...Option) error {
	panic("skeleton")
}

// Events reads a stream of Server-Sent Events and calls handle for each, until
// ctx ends or handle fails, whose error it returns. A lost connection is made
// again with back-off; a problem such as 403 is returned.
func (c *Client) Events(ctx context.Context, path string, handle func(event, id string, data []byte) error) error {
	panic("skeleton")
}

// All iterates over the items of all pages of a listing.
func All[T any](ctx context.Context, c *Client, path string) iter.Seq2[T, error] { panic("skeleton") }
