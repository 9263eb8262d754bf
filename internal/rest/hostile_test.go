package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/rest"
)

// raw sends bytes that no client library would and reads the answer.
func (b *testBundle) raw(t *testing.T, text string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func TestRawRequests(t *testing.T) {
	b := setup(t, func(o *rest.Options) { o.ReadTimeout = 200 * time.Millisecond })
	const token = "Host: x\r\nAuthorization: Bearer t/a\r\n"
	tests := []struct {
		name, give string
		status     int
		typ        string
	}{
		{"BrokenEscapeInThePath", "GET /v1/things/%zz HTTP/1.1\r\n" + token + "\r\n", 400, "malformed-path"},
		{"BytesInThePath", "GET /v1/things/\xff HTTP/1.1\r\n" + token + "\r\n", 400, "malformed-path"},
		{"FragmentInThePath", "GET /v1/things/one#two HTTP/1.1\r\n" + token + "\r\n", 400, "malformed-path"},
		{"BrokenEscapeInTheQuery", "GET /v1/things?cursor=%zz HTTP/1.1\r\n" + token + "\r\n", 400, "malformed-query"},
		{"NotHTTP", "hello\r\n\r\n", 400, "malformed-request"},
		{"NoVersion", "GET /v1/things\r\n\r\n", 400, "malformed-request"},
		{"LengthNotANumber", "POST /v1/things HTTP/1.1\r\n" + token + "Content-Length: ten\r\n\r\n", 400, "malformed-request"},
		{"LengthNegative", "POST /v1/things HTTP/1.1\r\n" + token + "Content-Length: -1\r\n\r\n", 400, "malformed-request"},
		{"LengthTooLarge", "POST /v1/things HTTP/1.1\r\n" + token + "Content-Length: 99999999999\r\n\r\n", 413, "body-too-large"},
		{"ChunksTooLarge", "POST /v1/things HTTP/1.1\r\n" + token + "Transfer-Encoding: chunked\r\n\r\n200000\r\n", 413, "body-too-large"},
		{"HeadNeverEnds", "GET /v1/things HTTP/1.1\r\n" + token, 408, "request-timeout"},
		{"BodyNeverEnds", "POST /v1/things HTTP/1.1\r\n" + token + "Content-Length: 10\r\n\r\n{", 408, "request-timeout"},
		{"HeadTooLarge", "GET /v1/things HTTP/1.1\r\n" + token + "X: " + strings.Repeat("x", 9000) + "\r\n\r\n", 431, "head-too-large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := b.raw(t, test.give)
			require.Equal(t, test.status, response.StatusCode, body)
			p := problem(t, response.Header, body)
			require.Equal(t, rest.ProblemBase+test.typ, p.Type)
		})
	}
	t.Run("TwoLengthsAreNotTwoRequests", func(t *testing.T) {
		response, body := b.raw(t, "POST /v1/things HTTP/1.1\r\n"+token+
			"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/who HTTP/1.1\r\n"+token+"\r\n")
		require.Equal(t, 400, response.StatusCode, body)
		require.Equal(t, rest.ProblemBase+"malformed-request", problem(t, response.Header, body).Type)
		require.True(t, response.Close, "what follows is not read as a request")
	})
	for _, codings := range []string{"chunked\r\nTransfer-Encoding: identity", "identity\r\nTransfer-Encoding: chunked", "chunked\r\ntransfer-encoding: chunked"} {
		t.Run("OneCodingIsEnough", func(t *testing.T) {
			response, body := b.raw(t, "POST /v1/things HTTP/1.1\r\n"+token+"Content-Type: application/json\r\nTransfer-Encoding: "+codings+
				"\r\n\r\nc\r\n{\"name\":\"x\"}\r\n0\r\n\r\n")
			require.Equal(t, 400, response.StatusCode, body)
			require.True(t, response.Close)
		})
	}
	t.Run("ServesOthersStill", func(t *testing.T) {
		status, _, _ := b.call(t, "GET", "/v1/who", "t/a", "")
		require.Equal(t, 200, status)
	})
}

// TestWhoSendsTooMuchReadsTheRefusal sends a whole body before the answer is read, as
// most clients do, though it was refused at its head.
func TestWhoSendsTooMuchReadsTheRefusal(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	b := setup(t)
	for range 5 {
		response, body := b.raw(t, fmt.Sprintf("POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size)))
		require.Equal(t, 413, response.StatusCode)
		require.Equal(t, rest.ProblemBase+"body-too-large", problem(t, response.Header, body).Type)
	}
	t.Run("ButMayNotGoOnForLong", func(t *testing.T) {
		conn := b.dial(t)
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err := fmt.Fprintf(conn, "POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 1<<40)
		for err == nil {
			_, err = conn.Write(make([]byte, 1<<20))
		}
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestRateLimit(t *testing.T) {
	b := setup(t, func(o *rest.Options) { o.Rate = rest.Rate{PerSecond: .001, Burst: 10} })
	t.Run("RefusesWithTheTimeToWait", func(t *testing.T) {
		for range 10 {
			status, _, _ := b.call(t, "GET", "/v1/who", "loud/ann", "")
			require.Equal(t, 200, status)
		}
		status, header, body := b.call(t, "GET", "/v1/who", "loud/bob", "")
		require.Equal(t, 429, status)
		require.NotEmpty(t, header.Get("Retry-After"))
		require.Equal(t, rest.ProblemBase+"too-many-requests", problem(t, header, body).Type)
	})
	t.Run("LeavesOtherTenantsAlone", func(t *testing.T) {
		status, _, _ := b.call(t, "GET", "/v1/who", "calm/ann", "")
		require.Equal(t, 200, status)
	})
	t.Run("OfOneOperationCountsOnItsOwn", func(t *testing.T) {
		for range 5 {
			status, _, _ := b.call(t, "GET", "/v1/ping", "", "")
			require.Equal(t, 204, status)
		}
		status, _, _ := b.call(t, "GET", "/v1/ping", "", "")
		require.Equal(t, 429, status)
	})
}

func TestIdempotency(t *testing.T) {
	b := setup(t)
	create := func(t *testing.T, token, key, body string) (int, http.Header, string) {
		t.Helper()
		return b.call(t, "POST", "/v1/things", token, body, "Idempotency-Key", key)
	}
	t.Run("SameRequestGetsTheFirstAnswer", func(t *testing.T) {
		status, header, first := create(t, "t/a", "k1", `{"name":"x"}`)
		require.Equal(t, 201, status)
		require.Empty(t, header.Get("Idempotency-Replayed"))
		status, header, second := create(t, "t/a", "k1", `{"name":"x"}`)
		require.Equal(t, 201, status)
		require.Equal(t, first, second)
		require.Equal(t, "/v1/things/x", header.Get("Location"))
		require.Equal(t, "application/json", header.Get("Content-Type"))
		require.Equal(t, "true", header.Get("Idempotency-Replayed"))
	})
	t.Run("OtherRequestIsRefused", func(t *testing.T) {
		status, header, body := create(t, "t/a", "k1", `{"name":"y"}`)
		require.Equal(t, 409, status)
		require.Equal(t, rest.ProblemBase+rest.KeyReused, problem(t, header, body).Type)
	})
	t.Run("KeysOfOtherAccountsAreOthers", func(t *testing.T) {
		_, header, _ := create(t, "t/b", "k1", `{"name":"x"}`)
		require.Empty(t, header.Get("Idempotency-Replayed"))
	})
	for _, name := range []string{"taken", "panic", ""} {
		t.Run(fmt.Sprintf("AFailureMayBeTriedAgain%q", name), func(t *testing.T) {
			first, _, _ := create(t, "t/a", "k2", `{"name":"`+name+`"}`)
			require.GreaterOrEqual(t, first, 400)
			status, header, _ := create(t, "t/a", "k2", `{"name":"z`+name+`"}`)
			require.Equal(t, 201, status)
			require.Empty(t, header.Get("Idempotency-Replayed"))
			create(t, "t/a", "k2", `{"name":"z`+name+`"}`)
		})
		b = setup(t)
	}
}
