package resttest

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/rest"
)

// Serve serves the API on loopback until the test ends and returns its base URL.
func Serve(t *testing.T, api *rest.API) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-served)
	})
	return "http://" + listener.Addr().String()
}

// Request is one call of an operation.
type Request struct {
	Params map[string]string // path parameters
	Query  string            // without "?"
	Header map[string]string
	Body   any    // as JSON; nil: none
	Token  string // bearer; "": none
	Status int    // wanted; 0: any below 400
	// Client makes the call; nil is the default one.
	Client *http.Client
}

// Answer is what came back. The body of a stream is what there was at once.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Call makes a call of the operation at the base URL.
func Call(t *testing.T, baseURL string, op rest.Operation, r Request) Answer {
	t.Helper()
	path := op.Path
	for _, name := range op.Params() {
		path = strings.ReplaceAll(path, "{"+name+"}", r.Params[name])
	}
	if r.Query != "" {
		path += "?" + r.Query
	}
	var body io.Reader
	if r.Body != nil {
		text, err := json.Marshal(r.Body)
		require.NoError(t, err)
		body = strings.NewReader(string(text))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, op.Method, baseURL+path, body)
	require.NoError(t, err)
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := cmp.Or(r.Client, http.DefaultClient).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	return Answer{Status: response.StatusCode, Header: response.Header, Body: read(t, response)}
}

// read reads a whole body, or of a stream its beginning.
func read(t *testing.T, response *http.Response) string {
	t.Helper()
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		start := make([]byte, 4096)
		n, err := response.Body.Read(start)
		require.True(t, err == nil || n > 0, "a stream says something at once")
		return string(start[:n])
	}
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}
