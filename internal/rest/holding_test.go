package rest_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/rest"
)

// dial connects with a small window, so that what is not read stays at the server.
func (b *testBundle) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	tcp, ok := conn.(*net.TCPConn)
	require.True(t, ok)
	require.NoError(t, tcp.SetReadBuffer(4096))
	return tcp
}

// try calls and returns the status, and the type of a problem; 0 where the connection
// was refused, and the refusal came before there was a request that it could answer.
func (b *testBundle) try(t *testing.T, method, path, body string) (status int, typ string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer t/a")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		require.ErrorContains(t, err, "readLoopPeekFailLocked") // net/http has no name for it
		return 0, ""
	}
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	if response.StatusCode >= 400 {
		typ = problem(t, response.Header, string(text)).Type
	}
	return response.StatusCode, typ
}

// becomes tries until the answer has that status.
func (b *testBundle) becomes(t *testing.T, want int, method, path, body string) string {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); ; {
		status, typ := b.try(t, method, path, body)
		if status == want {
			return typ
		}
		require.Less(t, time.Now(), until, "%s %s: %d instead of %d", method, path, status, want)
	}
}

func TestLargeBodiesAreBoundedInAll(t *testing.T) {
	t.Parallel()
	const overloaded = rest.ProblemBase + "overloaded"
	// One that is valid, but for the operation.
	body := fmt.Sprintf(`{"name":"x","more":%q}`, strings.Repeat("x", 900<<10))
	head := "POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n\r\n"

	t.Run("OfRequestsThatNeverEnd", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *rest.Options) { o.Holding = 4 << 20 })
		b.becomes(t, 400, "POST", "/v1/things", body)
		var all []net.Conn
		for range 12 { // who these are is not known
			conn := b.dial(t)
			_, err := conn.Write([]byte(head + strings.Repeat("x", 1<<20-1)))
			_ = err // the server may have refused it by now
			all = append(all, conn)
		}
		require.Equal(t, overloaded, b.becomes(t, 503, "POST", "/v1/things", body))
		b.becomes(t, 201, "POST", "/v1/things", `{"name":"x"}`) // those of a usual size go on
		for _, conn := range all {
			require.NoError(t, conn.Close())
		}
		b.becomes(t, 400, "POST", "/v1/things", body)
		b.becomes(t, 400, "POST", "/v1/things", body)
	})

	t.Run("OfAnswersThatAreNotRead", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *rest.Options) { o.Holding = 5 * largeAnswer / 2 })
		b.becomes(t, 200, "GET", "/v1/large", "")
		b.becomes(t, 200, "GET", "/v1/large", "")
		b.becomes(t, 200, "GET", "/v1/large", "") // what was read is not held
		var all []net.Conn
		for refused := false; !refused; {
			require.Less(t, len(all), 1000)
			conn := b.dial(t) // and is refused itself where another answer was not yet read
			_, err := conn.Write([]byte("GET /v1/large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t/a\r\n\r\n"))
			require.NoError(t, err)
			all = append(all, conn)
			if status, typ := b.try(t, "GET", "/v1/large", ""); status == 503 {
				require.Equal(t, overloaded, typ)
				refused = true
			}
		}
		b.becomes(t, 200, "GET", "/v1/who", "")
		for _, conn := range all {
			require.NoError(t, conn.Close())
		}
		b.becomes(t, 200, "GET", "/v1/large", "")
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *rest.Options) { o.Connections = 3 })
	kept := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(kept.CloseIdleConnections)
	who := func() int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v1/who", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer t/a")
		response, err := kept.Do(request)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusOK, who())
	idle := []net.Conn{b.dial(t), b.dial(t)}
	further, body := b.raw(t, "")
	require.Equal(t, http.StatusServiceUnavailable, further.StatusCode)
	require.Equal(t, rest.ProblemBase+"too-many-connections", problem(t, further.Header, body).Type)
	require.Equal(t, http.StatusOK, who(), "who is connected is served")
	for _, conn := range idle {
		require.NoError(t, conn.Close())
	}
	b.becomes(t, http.StatusOK, http.MethodGet, "/v1/who", "")
}

// noRoom is a listener for which the process has no file left, three times.
type noRoom struct {
	net.Listener
	left int
}

func (l *noRoom) Accept() (net.Conn, error) {
	if l.left--; l.left >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

func TestServerStaysWhereConnectionsCannotBeAccepted(t *testing.T) {
	t.Parallel()
	api := rest.New(rest.Options{Title: "x", Version: "1", Logger: slog.New(slog.DiscardHandler)})
	op := rest.Operation{ID: "ping", Method: http.MethodGet, Path: "/v1/ping", Tag: "x", Summary: "x", Action: rest.Public}
	rest.Handle(api, op, func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, &noRoom{Listener: listener, left: 3}) }()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listener.Addr().String()+"/v1/ping", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNoContent, response.StatusCode)
	cancel()
	require.NoError(t, <-served)
}
