package businessprocess

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// Bounds of a call.
const (
	maxAnswer       = 256 << 10 // bytes of a body, which is kept in the interaction's row
	maxAnswerHeader = 32 << 10  // bytes of all headers
	maxAnswerLevels = 100       // of JSON; JSON readers, PostgreSQL's too, give up at some depth
	defaultTimeout  = 10 * time.Second
)

// Caller makes the HTTP calls of processes. It follows no redirect, uses no
// proxy, keeps no cookies, and dials only what its Guard lets through.
type Caller struct {
	client *http.Client
}

// NewCaller returns a Caller behind the guard.
func NewCaller(guard Guard) *Caller {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: guard.control}
	return &Caller{client: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: maxAnswerHeader,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Response is what a called service answered.
type Response struct {
	Status int
	Body   any // a JSON value; numbers are json.Number
}

// Do makes one attempt and returns the response whatever its status is. What
// cannot be called at all is a fault of kind Invalid; that there was no response
// is one of kind Unavailable.
func (c *Caller) Do(ctx context.Context, call process.Request) (Response, error) {
	timeout := time.Duration(call.Timeout)
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := newRequest(ctx, call)
	if err != nil {
		return Response{}, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return Response{}, noResponse(ctx, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return Response{}, noResponse(ctx, err)
	}
	if len(body) > maxAnswer {
		return Response{}, fault.New(fault.Invalid, "call-answer-too-large", "the called service answered with more than %d bytes", maxAnswer)
	}
	return Response{Status: response.StatusCode, Body: value(body)}, nil
}

func newRequest(ctx context.Context, call process.Request) (*http.Request, error) {
	target, err := url.Parse(call.Endpoint)
	if err != nil || target.Host == "" || target.User != nil || (target.Scheme != "http" && target.Scheme != "https") {
		return nil, fault.New(fault.Invalid, "call-endpoint", "the endpoint of an HTTP call is an absolute http or https address without user information")
	}
	body, err := requestBody(call.Body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, call.Method, target.String(), body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "call-request", "the HTTP call is malformed").Because(err)
	}
	for name, value := range call.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("User-Agent", "switchyard")
	if body != http.NoBody && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

func requestBody(body process.Value) (io.Reader, error) {
	if body.IsZero() {
		return http.NoBody, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "call-request", "the body of the HTTP call cannot be written as JSON").Because(err)
	}
	return bytes.NewReader(encoded), nil
}

// noResponse hides addresses and resolver texts from the process.
func noResponse(ctx context.Context, err error) error {
	var refused *refusedAddressError
	switch {
	case errors.As(err, &refused):
		return fault.New(fault.Invalid, "call-address-refused", "the HTTP call leads to a network that processes may not reach").Because(err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "call-timeout", "the called service did not answer in time").Because(err)
	default:
		return fault.New(fault.Unavailable, "call-failed", "the called service could not be reached").Because(err)
	}
}

func worthRetrying(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// value is the body as JSON: decoded where it is JSON that is not nested too deep,
// else as a string.
func value(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil || decoder.More() || !within(decoded, maxAnswerLevels) {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return decoded
}

// within reports whether a JSON value has at most so many levels.
func within(value any, levels int) bool {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if levels == 1 || !within(element, levels-1) {
				return false
			}
		}
	case map[string]any:
		for _, element := range v {
			if levels == 1 || !within(element, levels-1) {
				return false
			}
		}
	}
	return true
}
