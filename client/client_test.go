package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

// serve answers with handle and returns a client with quick retries.
func serve(t *testing.T, handle http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return client.New(server.URL+"/", client.Options{Credential: "swk_1", Backoff: time.Millisecond, HTTP: server.Client()})
}

func TestDo(t *testing.T) {
	type thing struct {
		Name string `json:"name"`
	}
	t.Run("SendsAndDecodesJSONWithTheCredential", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Header.Get("Authorization") != "Bearer swk_1" || r.Header.Get("If-Match") != `"6"` ||
				r.Header.Get("Content-Type") != "application/json" || string(body) != `{"name":"in"}` || r.URL.Path != "/v1/x" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			w.Header().Set("ETag", `"7"`)
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"name":"out","new":1}`)
		})
		var out thing
		var etag string
		var status int
		require.NoError(t, c.Do(t.Context(), "PUT", "/v1/x", thing{Name: "in"}, &out, client.IfMatch(`"6"`), client.ETag(&etag), client.Status(&status)))
		require.Equal(t, thing{Name: "out"}, out)
		require.Equal(t, `"7"`, etag)
		require.Equal(t, 201, status)
	})
	t.Run("ReturnsAProblemWithItsPlaces", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Request-Id", "r1")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"type":"https://switchyard.dev/problems/process-not-granted","title":"Not allowed","status":403,"detail":"no","errors":[{"path":"process","line":3,"message":"not granted"}]}`)
		})
		err := c.Do(t.Context(), "GET", "/v1/x", nil, nil)
		var p *client.Problem
		require.ErrorAs(t, err, &p)
		require.Equal(t, "r1", p.RequestID)
		require.True(t, client.IsStatus(err, 403))
		require.True(t, client.IsType(err, "process-not-granted"))
		require.False(t, client.IsType(err, "other"))
		require.EqualError(t, err, "403 process-not-granted: no; process (line 3): not granted")
	})
	t.Run("ReturnsAProblemForAnAnswerThatIsNone", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<html>nginx</html>")
		})
		require.EqualError(t, c.Do(t.Context(), "GET", "/", nil, nil), "404 unexpected-answer: <html>nginx</html>")
	})
	t.Run("SaysWhatCouldNotBeDecoded", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[]") })
		var out thing
		require.ErrorContains(t, c.Do(t.Context(), "GET", "/v1/x", nil, &out), "GET /v1/x: decode the answer")
	})
	t.Run("TellsNotModified", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == `"7"` {
				w.WriteHeader(http.StatusNotModified)
			}
		})
		require.ErrorIs(t, c.Do(t.Context(), "GET", "/", nil, nil, client.IfNoneMatch(`"7"`)), client.ErrNotModified)
		require.NoError(t, c.Do(t.Context(), "GET", "/", nil, nil, client.IfNoneMatch("")))
	})
	t.Run("FollowsNoRedirect", func(t *testing.T) {
		server := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound))
		defer server.Close()
		c := client.New(server.URL, client.Options{Credential: "swk_1"})
		defer c.CloseIdleConnections()
		require.True(t, client.IsStatus(c.Do(t.Context(), "GET", "/", nil, nil), 302))
	})
}

func TestRetry(t *testing.T) {
	tests := []struct {
		name    string
		method  string
		options []client.Option
		fail    int // status of the first answers; 0: the connection breaks
		times   int // how many fail
		want    int // calls
		ok      bool
	}{
		{"GetAfter503", "GET", nil, 503, 2, 3, true},
		{"GetAfter429", "GET", nil, 429, 1, 2, true},
		{"GetAfterABrokenConnection", "GET", nil, 0, 2, 3, true},
		{"PutAfter502", "PUT", nil, 502, 1, 2, true},
		{"PostWithAKey", "POST", []client.Option{client.IdempotencyKey("k")}, 503, 1, 2, true},
		{"PostThatMayBeRepeated", "POST", []client.Option{client.WithRetry()}, 0, 1, 2, true},
		{"NotAPlainPost", "POST", nil, 503, 1, 1, false},
		{"NotA500", "GET", nil, 500, 1, 1, false},
		{"NotA409", "PUT", nil, 409, 1, 1, false},
		{"NotForEver", "GET", nil, 503, 99, 5, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var calls atomic.Int64
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if string(body) != `"body"` {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				if calls.Add(1) > int64(test.times) {
					return
				}
				if test.fail == 0 {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(test.fail)
			})
			err := c.Do(t.Context(), test.method, "/", "body", nil, test.options...)
			require.Equal(t, test.ok, err == nil, err)
			require.EqualValues(t, test.want, calls.Load())
		})
	}
	t.Run("EndsWithTheContext", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			cancel()
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		require.Error(t, c.Do(ctx, "GET", "/", nil, nil))
	})
	t.Run("SaysWhoDidNotAnswerInWhatTime", func(t *testing.T) {
		var calls atomic.Int64
		release := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = io.WriteString(w, `{"type":"https://switchyard.dev/problems/database-unavailable","detail":"the database is away"}`)
				return
			}
			<-release
		}))
		defer server.Close()
		defer close(release)
		c := client.New(server.URL, client.Options{Retries: -1, Within: 200 * time.Millisecond})
		err := c.Do(t.Context(), "GET", "/v1/x", nil, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Regexp(t, `^GET /v1/x: `+server.URL+` did not answer within [0-9.]+m?s$`, err.Error())

		c = client.New(server.URL, client.Options{Backoff: time.Millisecond, Within: 500 * time.Millisecond})
		err = c.Do(t.Context(), "GET", "/v1/x", nil, nil)
		require.True(t, client.IsStatus(err, http.StatusServiceUnavailable), "%v", err)
		require.Regexp(t, `^GET /v1/x: `+server.URL+` did not serve it within [0-9.]+m?s; before, it answered 503 database-unavailable: the database is away$`, err.Error())
	})
	t.Run("SaysHowOftenAndHowLongItAsked", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"type":"https://switchyard.dev/problems/database-unavailable","detail":"the database is away"}`)
		})
		var status int
		err := c.Do(t.Context(), "GET", "/v1/x", nil, nil, client.Status(&status))
		require.True(t, client.IsType(err, "database-unavailable"))
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Regexp(t, `^503 database-unavailable: the database is away \(`+c.BaseURL()+` was asked 5 times in [0-9.]+m?s\)$`, err.Error())
	})
	t.Run("NamesTheCallWhenNobodyAnswers", func(t *testing.T) {
		c := client.New("http://127.0.0.1:1", client.Options{Retries: -1})
		require.ErrorContains(t, c.Do(t.Context(), "GET", "/v1/x", nil, nil), "GET /v1/x: ")
	})
}

func TestAll(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("state") != "a b" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		page := client.Page[int]{Items: []int{1, 2}, Next: "n=&"}
		if r.URL.Query().Get("cursor") == "n=&" {
			page = client.Page[int]{Items: []int{3}}
		}
		_ = json.NewEncoder(w).Encode(page)
	})
	t.Run("IteratesOverAllPages", func(t *testing.T) {
		items, err := client.List[int](t.Context(), c, "/v1/x?state=a+b")
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 3}, items)
	})
	t.Run("StopsWhenTheLoopDoes", func(t *testing.T) {
		for item, err := range client.All[int](t.Context(), c, "/v1/x?state=a+b") {
			require.NoError(t, err)
			require.Equal(t, 1, item)
			break
		}
	})
	t.Run("EndsWithTheFirstError", func(t *testing.T) {
		_, err := client.List[int](t.Context(), c, "/v1/x")
		require.True(t, client.IsStatus(err, http.StatusTeapot))
	})
}

func TestEvents(t *testing.T) {
	enough := errors.New("enough")
	t.Run("ReadsEventsAndComesBackWithTheLastID", func(t *testing.T) {
		var connections atomic.Int64
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			n := connections.Add(1)
			if n == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if n == 3 && r.Header.Get("Last-Event-ID") != "1" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			_, _ = fmt.Fprintf(w, ": hello\n\nevent: state\nid: %d\ndata: {\"a\":\ndata: 1}\n\nevent: lost", n)
		})
		var got []string
		err := c.Events(t.Context(), "/v1/events", func(event, id string, data []byte) error {
			got = append(got, event+" "+id+" "+string(data))
			if len(got) == 2 {
				return enough
			}
			return nil
		})
		require.ErrorIs(t, err, enough)
		require.Equal(t, []string{"state 1 {\"a\":\n1}", "state 3 {\"a\":\n1}"}, got)
	})
	t.Run("ReturnsAProblemThatWillStay", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		err := c.Events(t.Context(), "/v1/events", func(string, string, []byte) error { return nil })
		require.True(t, client.IsStatus(err, 403))
	})
	t.Run("EndsWithItsContextWhileNobodyAnswers", func(t *testing.T) {
		c := client.New("http://127.0.0.1:1", client.Options{Backoff: time.Millisecond})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := c.Events(ctx, "/v1/events", func(string, string, []byte) error { return nil })
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("EndsWithItsContextWhileItListens", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "data: 1\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		err := c.Events(ctx, "/v1/events", func(string, string, []byte) error { cancel(); return nil })
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("AnEndlessLineEndsTheConnectionNotTheMemory", func(t *testing.T) {
		var connections atomic.Int64
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if connections.Add(1) > 1 {
				w.WriteHeader(http.StatusGone)
				return
			}
			chunk := make([]byte, 1<<20)
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})
		err := c.Events(t.Context(), "/v1/events", func(string, string, []byte) error { return nil })
		require.True(t, client.IsStatus(err, http.StatusGone))
	})
}
