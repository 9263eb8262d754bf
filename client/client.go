package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Options configure a Client.
type Options struct {
	// Credential is the bearer token: an API key or a JWT.
	Credential string
	// HTTP is the client to use; nil: one with sensible timeouts. It must not have
	// a Timeout if streams are read.
	HTTP *http.Client
	// Retries is how many times a call that may be repeated is tried again; 4 if
	// zero, none if negative.
	Retries int
	// Backoff is the first pause between tries, doubled each time up to 5 s, with
	// jitter; 100 ms if zero.
	Backoff time.Duration
	// Timeout bounds each try; 30 s if zero. The context bounds all of them.
	Timeout time.Duration
	// Within bounds all tries of one call together, but not events that are followed;
	// without it the context alone does.
	Within time.Duration
}

// Client calls one base URL. It is safe for concurrent use.
type Client struct {
	base string
	o    Options
}

const (
	defaultRetries = 4
	defaultBackoff = 100 * time.Millisecond
	defaultTimeout = 30 * time.Second
	maxBackoff     = 5 * time.Second

	// maxAnswer bounds an answer that is read into memory.
	maxAnswer = 32 << 20
)

// New returns a Client for a base URL such as http://127.0.0.1:7400.
func New(baseURL string, o Options) *Client {
	if o.HTTP == nil {
		o.HTTP = newHTTP()
	}
	switch {
	case o.Retries == 0:
		o.Retries = defaultRetries
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.Backoff == 0 {
		o.Backoff = defaultBackoff
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return &Client{base: strings.TrimRight(baseURL, "/"), o: o}
}

// newHTTP keeps connections for its host and follows no redirect: an API has
// none, and a credential must not be carried elsewhere.
func newHTTP() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	transport.IdleConnTimeout = 30 * time.Second
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// With returns a Client of the same base URL and connections with another credential.
func (c *Client) With(credential string) *Client {
	o := c.o
	o.Credential = credential
	return &Client{base: c.base, o: o}
}

// BaseURL is what the client was made for.
func (c *Client) BaseURL() string { return c.base }

// CloseIdleConnections gives up the connections that are not in use.
func (c *Client) CloseIdleConnections() { c.o.HTTP.CloseIdleConnections() }

// Do sends in (JSON; nil: no body) and decodes the answer into out (nil: dropped).
// An answer that says no is a *Problem. A call that may be repeated (GET, PUT,
// DELETE, or with IdempotencyKey or WithRetry) is tried again when the connection
// fails and on 429, 502, 503 and 504.
func (c *Client) Do(ctx context.Context, method, path string, in, out any, options ...Option) error {
	call := call{method: method, path: path, header: http.Header{}}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: encode: %w", method, path, err)
		}
		call.body = body
	}
	for _, option := range options {
		option(&call)
	}
	if c.o.Within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.o.Within)
		defer cancel()
	}
	answer, err := c.try(ctx, &call)
	if err != nil {
		return err
	}
	return call.finish(answer, out)
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// once makes the call once.
func (c *Client) once(ctx context.Context, call *call) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	request, err := c.request(ctx, call)
	if err != nil {
		return nil, err
	}
	response, err := c.o.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%s %s: %w", call.method, call.path, errAnswerTooLarge)
	}
	return &answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

var errAnswerTooLarge = errors.New("the answer is too large")

func (c *Client) request(ctx context.Context, call *call) (*http.Request, error) {
	var body io.Reader
	if call.body != nil {
		body = bytes.NewReader(call.body)
	}
	request, err := http.NewRequestWithContext(ctx, call.method, c.base+call.path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", call.method, call.path, err)
	}
	request.Header = call.header.Clone()
	if call.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.o.Credential != "" {
		request.Header.Set("Authorization", "Bearer "+c.o.Credential)
	}
	return request, nil
}
