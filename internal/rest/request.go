package rest

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// request is what the kit knows of the request that a context belongs to.
type request struct {
	id        string
	operation string // "" for an unknown route
	caller    authentication.Caller
	admitted  bool // before Huma's turn came
	loggingIn bool // a token of its address was taken for it
	ending    <-chan struct{}
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return &request{}
	}
	return r
}

// CallerOf returns who sent the request; the zero Caller in a public operation.
func CallerOf(ctx context.Context) authentication.Caller { return requestOf(ctx).caller }

// RequestID returns the request's id, for logs.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Ending is closed when the API shuts down: a handler that waits for something answers
// then with what it has. Nil, which never is, outside of a request.
func Ending(ctx context.Context) <-chan struct{} { return requestOf(ctx).ending }

// WithCaller returns a context of a request by that caller, for tests of handlers.
func WithCaller(ctx context.Context, caller authentication.Caller) context.Context {
	r := *requestOf(ctx)
	r.caller = caller
	return context.WithValue(ctx, requestKey{}, &r)
}

const (
	requestIDHeader    = "X-Request-Id"
	maxRequestIDLength = 64
)

// requestID takes the caller's id where it is harmless in logs, or makes one.
func requestID(c *fiber.Ctx) string {
	id := c.Get(requestIDHeader)
	if id == "" || len(id) > maxRequestIDLength {
		return uuid.Must(uuid.NewV7()).String()
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return uuid.Must(uuid.NewV7()).String()
		}
	}
	return id
}

// checkTarget refuses a request target that later readers would understand
// differently, or that PostgreSQL cannot take.
func checkTarget(c *fiber.Ctx) error {
	raw := c.Request().Header.RequestURI() // Request.RequestURI is mended already
	if isPlainPath(raw) {
		return nil
	}
	target := string(raw)
	parsed, err := url.ParseRequestURI(target)
	// What comes after # is for browsers: Fiber would leave it out, and give the call of
	// one resource to another.
	if err != nil || !utf8.ValidString(target) || strings.Contains(target, "#") {
		return fault.New(fault.Invalid, "malformed-path", "the path is not a valid URL")
	}
	if parsed.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return fault.New(fault.Invalid, "malformed-query", "the query is not a valid one")
	}
	for name, values := range query {
		switch {
		case !printable(name):
			return fault.New(fault.Invalid, "malformed-query", "the query has a name that is not text")
		case len(values) > 1:
			return fault.New(fault.Invalid, "invalid-input", "the input is not valid").At("query."+name, 0, "expected once")
		case !printable(values[0]):
			return fault.New(fault.Invalid, "invalid-input", "the input is not valid").At("query."+name, 0, "expected text without control characters")
		}
	}
	return nil
}

// checkFraming refuses a body with two lengths, or a coding that is named twice:
// whoever forwards requests may have read another end of it, and take the rest for a
// request of somebody else.
func checkFraming(c *fiber.Ctx) *Problem {
	length, coded := 0, 0
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) { // what was read as a body has lost one of them
		name, _, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte(fiber.HeaderContentLength)):
			length = 1 // two that differ are refused by the parser
		case bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding)):
			coded++
		}
	}
	if length+coded < 2 {
		return nil
	}
	c.Response().SetConnectionClose()
	return protocolProblem(http.StatusBadRequest)
}

// isPlainPath reports whether a target is a path that everybody understands alike.
func isPlainPath(target []byte) bool {
	if len(target) == 0 || target[0] != '/' {
		return false
	}
	for _, c := range target {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '/', c == '-', c == '_', c == '.', c == '~':
		default:
			return false
		}
	}
	return true
}

// printable reports whether the text is UTF-8 without control characters.
func printable(text string) bool {
	for _, r := range text {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return false
		}
	}
	return true
}
