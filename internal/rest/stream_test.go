package rest_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/rest"
)

// open starts a stream and returns its lines and how to leave.
func (b *testBundle) open(t *testing.T, thing string) (lines <-chan string, leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/v1/things/"+thing+"/events", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer acme/ann")
	transport := &http.Transport{}
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode)
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	out := make(chan string, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		scanner := bufio.NewScanner(response.Body)
		for scanner.Scan() {
			out <- scanner.Text()
		}
	}()
	leave = func() {
		cancel()
		_ = response.Body.Close()
		transport.CloseIdleConnections()
		<-done
	}
	t.Cleanup(leave)
	return out, leave
}

func within(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(5 * time.Second):
		require.Fail(t, "waited too long for "+what)
	}
}

func TestStream(t *testing.T) {
	t.Run("SendsEventsAtOnceAndThenKeepsAlive", func(t *testing.T) {
		b := setup(t)
		lines, _ := b.open(t, "one")
		for _, want := range []string{": keep-alive", "", "event: state", "id: 1", `data: {"name":"one\nann"}`, "", ": keep-alive"} {
			require.Equal(t, want, <-lines)
		}
	})
	t.Run("EndsWhenItHasNoMore", func(t *testing.T) {
		b := setup(t)
		lines, _ := b.open(t, "finite")
		for range lines { // until the server closes
		}
		within(t, b.ended, "the stream's end")
	})
	t.Run("NoticesThatTheClientLeft", func(t *testing.T) {
		b := setup(t)
		lines, leave := b.open(t, "one")
		<-lines
		within(t, b.began, "the stream")
		leave()
		within(t, b.ended, "the stream's end")
	})
	t.Run("EndsAtShutdown", func(t *testing.T) {
		b := setup(t)
		b.open(t, "one")
		within(t, b.began, "the stream")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		require.NoError(t, b.api.Shutdown(ctx))
		within(t, b.ended, "the stream's end")
	})
	t.Run("SurvivesAPanic", func(t *testing.T) {
		b := setup(t)
		lines, _ := b.open(t, "panic")
		for range lines { // until the server closes
		}
		require.Contains(t, b.logs.String(), "in a stream")
		status, _, _ := b.call(t, "GET", "/v1/who", "t/a", "")
		require.Equal(t, 200, status)
	})
	t.Run("IsNotCutOffByTheDeadlineOfHandlers", func(t *testing.T) {
		b := setup(t, func(o *rest.Options) { o.HandleTimeout = time.Millisecond })
		lines, _ := b.open(t, "one")
		for range 20 { // several keep-alives
			_, ok := <-lines
			require.True(t, ok)
		}
	})
}

func TestServe(t *testing.T) {
	t.Run("AfterShutdownClosesItsListener", func(t *testing.T) {
		api := rest.New(rest.Options{Logger: discard})
		require.NoError(t, api.Shutdown(t.Context()))
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, api.Serve(t.Context(), listener))
		_, err = net.Dial("tcp", listener.Addr().String())
		require.Error(t, err)
	})
	t.Run("EndsWithAContextThatEndedBefore", func(t *testing.T) {
		for range 50 {
			api := rest.New(rest.Options{Logger: discard})
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			require.NoError(t, api.Serve(ctx, listener))
		}
	})
	t.Run("LetsARequestFinish", func(t *testing.T) {
		started, release := make(chan struct{}), make(chan struct{})
		api := rest.New(rest.Options{Logger: discard})
		rest.Handle(api, rest.Operation{ID: "wait", Method: "GET", Path: "/wait", Tag: "W", Summary: "W", Action: rest.Public},
			func(ctx context.Context, _ *struct{}) (*struct{}, error) {
				close(started)
				<-rest.Ending(ctx) // it hears of the end, and goes on all the same
				<-release
				return nil, nil
			})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- api.Serve(ctx, listener) }()
		answered := make(chan int, 1)
		go func() {
			response, err := http.Get("http://" + listener.Addr().String() + "/wait")
			if err != nil {
				answered <- 0
				return
			}
			_ = response.Body.Close()
			answered <- response.StatusCode
		}()
		within(t, started, "the request")
		cancel()
		close(release)
		require.Equal(t, 204, <-answered)
		require.NoError(t, <-served)
		require.NoError(t, api.Shutdown(t.Context()), "a second time is harmless")
	})
}

func TestReference(t *testing.T) {
	b := setup(t)
	t.Run("ShowsEveryOperationAndLoadsNothing", func(t *testing.T) {
		status, header, body := b.call(t, "GET", "/docs", "", "")
		require.Equal(t, 200, status)
		require.Contains(t, header.Get("Content-Type"), "text/html")
		require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
		for _, op := range b.api.Operations() {
			require.Contains(t, body, `id="`+op.ID+`"`)
			require.Contains(t, body, op.Action)
		}
		require.NotContains(t, body, "<script")
		require.NotContains(t, body, "src=")
		require.NotContains(t, body, "http://")
		require.Contains(t, body, "at most 20 characters")
	})
	t.Run("IsTheDocumentOfTheAPI", func(t *testing.T) {
		want, err := b.api.OpenAPI()
		require.NoError(t, err)
		status, header, body := b.call(t, "GET", "/openapi.yaml", "", "")
		require.Equal(t, 200, status)
		require.Equal(t, "application/yaml", header.Get("Content-Type"))
		require.Equal(t, string(want), body)
		_, _, asJSON := b.call(t, "GET", "/openapi.json", "", "")
		require.True(t, strings.HasPrefix(asJSON, "{") && strings.Contains(asJSON, `"3.1.0"`))
	})
	t.Run("IsTheSameEachTime", func(t *testing.T) {
		again := setup(t)
		want, err := b.api.OpenAPI()
		require.NoError(t, err)
		have, err := again.api.OpenAPI()
		require.NoError(t, err)
		require.Equal(t, string(want), string(have))
		require.NotContains(t, string(have), "ErrorModel")
	})
}
