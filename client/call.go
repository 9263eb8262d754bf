package client

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Option changes one call.
type Option func(*call)

// call is one call with its options.
type call struct {
	method, path string
	header       http.Header
	body         []byte
	repeatable   bool
	etag         *string
	status       *int
}

// IfMatch sends the ETag of the version that is changed.
func IfMatch(etag string) Option { return Header("If-Match", etag) }

// IfNoneMatch sends the ETag that the caller has, if any; ErrNotModified is
// returned when it is still the present one.
func IfNoneMatch(etag string) Option {
	if etag == "" {
		return func(*call) {}
	}
	return Header("If-None-Match", etag)
}

// Header sets a header.
func Header(name, value string) Option {
	return func(c *call) { c.header.Set(name, value) }
}

// ETag stores the answer's ETag.
func ETag(into *string) Option { return func(c *call) { c.etag = into } }

// Status stores the answer's status.
func Status(into *int) Option { return func(c *call) { c.status = into } }

// IdempotencyKey makes a POST one that may be repeated.
func IdempotencyKey(key string) Option {
	return func(c *call) {
		c.header.Set("Idempotency-Key", key)
		c.repeatable = true
	}
}

// WithRetry says that this call may be repeated as it is.
func WithRetry() Option { return func(c *call) { c.repeatable = true } }

// mayRepeat reports whether making the call twice is as good as once.
func (c *call) mayRepeat() bool {
	switch c.method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	default:
		return c.repeatable
	}
}

// finish turns an answer into the call's result.
func (c *call) finish(a *answer, out any) error {
	if c.etag != nil {
		*c.etag = a.header.Get("ETag")
	}
	if c.status != nil {
		*c.status = a.status
	}
	switch {
	case a.status == http.StatusNotModified:
		return ErrNotModified
	case a.status < 200 || a.status >= 300:
		return problemOf(a)
	case out == nil || a.status == http.StatusNoContent:
		return nil
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return fmt.Errorf("%s %s: decode the answer: %w", c.method, c.path, err)
	}
	return nil
}
