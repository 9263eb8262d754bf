package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

// closing closes what the tests' client keeps open: a connection that it made to be
// ready may reach a server after that has closed its idle ones.
type closing struct{ *testing.M }

func (m closing) Run() int {
	defer http.DefaultClient.CloseIdleConnections()
	return m.M.Run()
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(closing{m},
		// fasthttp keeps these for the life of the process.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"), // ends at its next look
		goleak.IgnoreAnyFunction("github.com/gofiber/fiber/v2/utils.StartTimeStampUpdater.func1.1"),
		// The tests' own client.
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
	)
}

// problem reads a body as what RFC 9457 wants, and nothing else.
func problem(t *testing.T, header http.Header, body string) rest.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", header.Get("Content-Type"), body)
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	var p rest.Problem
	require.NoError(t, decoder.Decode(&p), body)
	require.True(t, strings.HasPrefix(p.Type, rest.ProblemBase) && len(p.Type) > len(rest.ProblemBase), p.Type)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	return p
}

func TestProblems(t *testing.T) {
	b := setup(t)
	long := strings.Repeat("a", 100)
	tests := []struct {
		name                      string
		method, path, token, body string
		header                    []string
		status                    int
		typ, place                string // place: "path: message" of the first error
	}{
		{"UnknownRoute", "GET", "/nope", "", "", nil, 404, "no-such-route", ""},
		{"UnknownMethodOfARoute", "DELETE", "/v1/things", "", "", nil, 405, "method-not-allowed", ""},
		{"UnknownMethod", "BREW", "/v1/things", "", "", nil, 405, "method-not-allowed", ""},
		{"TrailingSlash", "GET", "/v1/things/", "t/a", "", nil, 404, "no-such-route", ""},
		{"OtherCase", "GET", "/V1/things", "t/a", "", nil, 404, "no-such-route", ""},
		{"UnknownVerb", "POST", "/v1/things/one:mend", "t/a", "", nil, 405, "method-not-allowed", ""},
		{"NoToken", "GET", "/v1/things", "", "", nil, 401, "credentials-required", ""},
		{"OtherScheme", "GET", "/v1/things", "", "", []string{"Authorization", "Basic YTpi"}, 401, "credentials-required", ""},
		{"BadToken", "GET", "/v1/things", "forged", "", nil, 401, "invalid-credentials", ""},
		{"TokenWithoutTenant", "GET", "/v1/things", "/ann", "", nil, 401, "invalid-credentials", ""},
		{"TokenBeforeBody", "POST", "/v1/things", "", "{", nil, 401, "credentials-required", ""},
		{"ActionBeforeBody", "POST", "/v1/things/one:break", "t/a", "{", nil, 403, "forbidden", ""},
		{"NoBody", "POST", "/v1/things", "t/a", "", nil, 400, "invalid-input", "body: request body is required"},
		{"BrokenBody", "POST", "/v1/things", "t/a", "{\n\"name\": }", nil, 400, "malformed-body", "body: expected a value"},
		{"OtherMediaType", "POST", "/v1/things", "t/a", "name=x", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported-media-type", ""},
		{"OtherCharset", "POST", "/v1/things", "t/a", `{"name":"x"}`, []string{"Content-Type", "application/json; charset=latin1"}, 415, "unsupported-media-type", ""},
		{"CompressedBody", "POST", "/v1/things", "t/a", "x", []string{"Content-Encoding", "gzip"}, 415, "unsupported-media-type", ""},
		{"UnknownField", "POST", "/v1/things", "t/a", `{"name":"x","owner":"me"}`, nil, 400, "invalid-input", "owner: unexpected property"},
		{"UnknownFieldInside", "POST", "/v1/things", "t/a", `{"name":"x","nested":{"name":"y","z":1}}`, nil, 400, "invalid-input", "nested.z: unexpected property"},
		{"FieldInOtherCase", "POST", "/v1/things", "t/a", `{"Name":"x"}`, nil, 400, "invalid-input", "name: expected it to be present"},
		{"FieldTwice", "POST", "/v1/things", "t/a", `{"name":"x","name":"y"}`, nil, 400, "malformed-body", "body: a name stands twice in one object"},
		{"WrongType", "POST", "/v1/things", "t/a", `{"name":7}`, nil, 400, "invalid-input", "name: expected string"},
		{"NullForString", "POST", "/v1/things", "t/a", `{"name":null}`, nil, 400, "invalid-input", "name: expected string"},
		{"ArrayForObject", "POST", "/v1/things", "t/a", `[]`, nil, 400, "invalid-input", "body: expected object"},
		{"NumberOutOfRange", "POST", "/v1/things", "t/a", `{"name":"x","size":1e999}`, nil, 400, "invalid-input", "body: a value does not fit: a number out of range, or text of another form"},
		{"NumberOfAnotherForm", "POST", "/v1/things", "t/a", `{"name":"x","size":1e1}`, nil, 400, "invalid-input", "body: size: the value does not fit"},
		{"FractionForInteger", "POST", "/v1/things", "t/a", `{"name":"x","size":1.5}`, nil, 400, "invalid-input", "size: expected integer"},
		{"TooLong", "POST", "/v1/things", "t/a", `{"name":"` + long + `"}`, nil, 400, "invalid-input", "name: expected length <= 20"},
		{"TooMany", "POST", "/v1/things", "t/a", `{"name":"x","tags":["1","2","3","4"]}`, nil, 400, "invalid-input", "tags: expected array length <= 3"},
		{"NUL", "POST", "/v1/things", "t/a", `{"name":"\u0000"}`, nil, 400, "malformed-body", "body: the NUL character is not allowed in a string"},
		{"NotUTF8", "POST", "/v1/things", "t/a", "{\"name\":\"\xff\"}", nil, 400, "malformed-body", "body: expected UTF-8"},
		{"TooDeep", "POST", "/v1/things", "t/a", strings.Repeat("[", 40) + strings.Repeat("]", 40), nil, 413, "body-too-deep", "body: expected at most 32 levels"},
		{"TooManyValues", "POST", "/v1/things", "t/a", "[" + strings.Repeat("0,", 60_000) + "0]", nil, 413, "body-too-complex", "body: expected at most 50000 values"},
		{"TooLarge", "POST", "/v1/things", "t/a", strings.Repeat(" ", 1<<20+1), nil, 413, "body-too-large", ""},
		{"HeadTooLarge", "GET", "/v1/things", strings.Repeat(".", 10_000), "", nil, 431, "head-too-large", ""},
		{"LongParameter", "GET", "/v1/things/" + long, "t/a", "", nil, 400, "invalid-input", "path.thing: expected length <= 20"},
		{"BadEscape", "GET", "/v1/things/%25zz", "t/a", "", nil, 404, "not-found", ""},
		{"NULInQuery", "GET", "/v1/things?cursor=%00", "t/a", "", nil, 400, "invalid-input", "query.cursor: expected text without control characters"},
		{"NotUTF8InQuery", "GET", "/v1/things?cursor=%ff", "t/a", "", nil, 400, "invalid-input", "query.cursor: expected text without control characters"},
		{"NotUTF8InQueryName", "GET", "/v1/things?%ff=1", "t/a", "", nil, 400, "malformed-query", ""},
		{"BrokenQuery", "GET", "/v1/things?a;b", "t/a", "", nil, 400, "malformed-query", ""},
		{"UnknownQuery", "GET", "/v1/things?limits=3", "t/a", "", nil, 400, "invalid-input", "query.limits: unknown query parameter"},
		{"QueryTwice", "GET", "/v1/things?limit=3&limit=4", "t/a", "", nil, 400, "invalid-input", "query.limit: expected once"},
		{"QueryOfOtherType", "GET", "/v1/things?limit=many", "t/a", "", nil, 400, "invalid-input", "query.limit: invalid integer"},
		{"PageTooLarge", "GET", "/v1/things?limit=201", "t/a", "", nil, 400, "invalid-input", "query.limit: expected number <= 200"},
		{"PageTooSmall", "GET", "/v1/things?limit=0", "t/a", "", nil, 400, "invalid-input", "query.limit: expected number >= 1"},
		{"IfMatchMissing", "PUT", "/v1/things/one", "t/a", `{"size":1}`, nil, 428, "if-match-required", ""},
		{"IfMatchStale", "PUT", "/v1/things/one", "t/a", `{"size":1}`, []string{"If-Match", `"6"`}, 412, "version-changed", ""},
		{"IfMatchForged", "PUT", "/v1/things/one", "t/a", `{"size":1}`, []string{"If-Match", `"7`}, 412, "version-changed", ""},
		{"IfMatchWeak", "PUT", "/v1/things/one", "t/a", `{"size":1}`, []string{"If-Match", `W/"7"`}, 412, "version-changed", ""},
		{"IfMatchTooLong", "PUT", "/v1/things/one", "t/a", `{"size":1}`, []string{"If-Match", strings.Repeat("7", 200)}, 400, "invalid-input", "header.If-Match: expected length <= 130"},
		{"Conflict", "POST", "/v1/things", "t/a", `{"name":"taken"}`, nil, 409, "name-taken", ""},
		{"Document", "POST", "/v1/things/document:break", "t/admin", "", nil, 400, "invalid-document", "do[2].route: expected targets"},
		{"Panic", "POST", "/v1/things", "t/a", `{"name":"panic"}`, nil, 500, "internal", ""},
		{"OtherError", "POST", "/v1/things/raw:break", "t/admin", "", nil, 500, "internal", ""},
		{"Deadline", "POST", "/v1/things/slow:break", "t/admin", "", nil, 503, "timed-out", ""},
		{"Unavailable", "POST", "/v1/things/away:break", "t/admin", "", nil, 503, "database-unavailable", ""},
		{"StreamRefused", "GET", "/v1/things/gone/events", "t/a", "", nil, 409, "gone", ""},
		{"KeyWhereNoneIsTaken", "POST", "/v1/things/one:break", "t/admin", "", []string{"Idempotency-Key", "k"}, 400, "idempotency-key-unsupported", "header.Idempotency-Key: expected none"},
		{"KeyTooLong", "POST", "/v1/things", "t/a", `{"name":"x"}`, []string{"Idempotency-Key", strings.Repeat("k", 129)}, 400, "invalid-input", "header.Idempotency-Key: an idempotency key is 1 to 128 visible ASCII characters"},
		{"KeyNotASCII", "POST", "/v1/things", "t/a", `{"name":"x"}`, []string{"Idempotency-Key", "ké"}, 400, "invalid-input", "header.Idempotency-Key: an idempotency key is 1 to 128 visible ASCII characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, header, body := b.call(t, test.method, test.path, test.token, test.body, test.header...)
			require.Equal(t, test.status, status, body)
			p := problem(t, header, body)
			require.Equal(t, rest.ProblemBase+test.typ, p.Type)
			require.Equal(t, test.status, p.Status)
			if test.place == "" {
				require.Empty(t, p.Errors)
			} else {
				require.NotEmpty(t, p.Errors)
				require.Equal(t, test.place, p.Errors[0].Path+": "+p.Errors[0].Message)
			}
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
			require.Equal(t, "no-store", header.Get("Cache-Control"))
			require.NotEmpty(t, header.Get("X-Request-Id"))
			if status >= 500 {
				require.Equal(t, header.Get("X-Request-Id"), p.RequestID)
				require.Contains(t, b.logs.String(), p.RequestID)
			} else {
				require.Empty(t, p.RequestID)
			}
			for _, secret := range []string{"hunter2", "secret of the house", "10.0.0.1", "forged", "goroutine"} {
				require.NotContains(t, body, secret)
			}
		})
	}
	t.Run("LogTheCauseOnce", func(t *testing.T) {
		require.Equal(t, 1, strings.Count(b.logs.String(), "hunter2"))
	})
	t.Run("NameTheLineOfABody", func(t *testing.T) {
		_, header, body := b.call(t, "POST", "/v1/things", "t/a", "{\n\n\"name\": tru}")
		require.Equal(t, 3, problem(t, header, body).Errors[0].Line)
	})
	t.Run("AreBoundedInPlaces", func(t *testing.T) {
		_, header, body := b.call(t, "POST", "/v1/things", "t/a", `{"name":"x","tags":[`+strings.Repeat("1,", 10_000)+"1]}")
		require.Len(t, problem(t, header, body).Errors, 50)
	})
}

func TestForeignAnswersLikeMissing(t *testing.T) {
	b := setup(t)
	_, _, foreign := b.call(t, "GET", "/v1/things/foreign", "t/a", "")
	_, _, missing := b.call(t, "GET", "/v1/things/missing", "t/a", "")
	require.Equal(t, missing, foreign)
	require.NotContains(t, foreign, "foreign")
}

func TestHandle(t *testing.T) {
	b := setup(t)
	t.Run("AnswersWithItsStatusAndHeaders", func(t *testing.T) {
		status, header, body := b.call(t, "POST", "/v1/things", "t/a", `{"name":"x"}`)
		require.Equal(t, 201, status)
		require.Equal(t, "/v1/things/x", header.Get("Location"))
		require.Equal(t, "application/json", header.Get("Content-Type"))
		require.JSONEq(t, `{"name":"x","size":1}`, body)
		status, _, _ = b.call(t, "POST", "/v1/things", "t/a", `{"name":"old"}`)
		require.Equal(t, 200, status)
	})
	t.Run("ReachesAVerbBeforeTheNameThatLooksLikeIt", func(t *testing.T) {
		status, _, _ := b.call(t, "POST", "/v1/things/one:break", "t/admin", "")
		require.Equal(t, 204, status)
	})
	t.Run("KnowsItsCaller", func(t *testing.T) {
		_, _, body := b.call(t, "GET", "/v1/who", "acme/ann", "")
		require.JSONEq(t, `{"name":"acme:ann"}`, body)
		status, _, _ := b.call(t, "GET", "/v1/who", "", "", "Authorization", "bEARER acme/ann")
		require.Equal(t, 200, status)
	})
	t.Run("KeepsAHarmlessRequestIDAndReplacesOthers", func(t *testing.T) {
		_, header, _ := b.call(t, "GET", "/v1/who", "acme/ann", "", "X-Request-Id", "my-id_1.2")
		require.Equal(t, "my-id_1.2", header.Get("X-Request-Id"))
		for _, bad := range []string{"a b", `a"b`, strings.Repeat("a", 65), "é"} {
			_, header, _ = b.call(t, "GET", "/v1/who", "acme/ann", "", "X-Request-Id", bad)
			require.Len(t, header.Get("X-Request-Id"), 36)
		}
	})
	t.Run("GivesOutAndChecksETags", func(t *testing.T) {
		_, header, _ := b.call(t, "GET", "/v1/things/one", "t/a", "")
		require.Equal(t, `"7"`, header.Get("ETag"))
		status, header, body := b.call(t, "PUT", "/v1/things/one", "t/a", `{"size":3}`, "If-Match", `"7"`)
		require.Equal(t, 200, status, body)
		require.Equal(t, `"8"`, header.Get("ETag"))
		status, _, body = b.call(t, "PUT", "/v1/things/one", "t/a", `{"size":3}`, "If-Match", "*")
		require.Equal(t, 200, status, body)
		for _, have := range []string{`"7"`, `W/"7"`, `"1", "7"`, "*"} {
			status, header, body = b.call(t, "GET", "/v1/things/one", "t/a", "", "If-None-Match", have)
			require.Equal(t, 304, status)
			require.Empty(t, body)
			require.Equal(t, `"7"`, header.Get("ETag"))
		}
		status, _, _ = b.call(t, "GET", "/v1/things/one", "t/a", "", "If-None-Match", `"6"`)
		require.Equal(t, 200, status)
	})
	t.Run("SavesTheWorkOfWhatTheCallerHas", func(t *testing.T) {
		status, header, body := b.call(t, "GET", "/v1/revision", "t/a", "", "If-None-Match", `"abc"`)
		require.Equal(t, 304, status)
		require.Equal(t, `"abc"`, header.Get("ETag"))
		require.Empty(t, body)
		status, _, _ = b.call(t, "GET", "/v1/revision", "t/a", "", "If-None-Match", `"abd"`)
		require.Equal(t, 200, status)
	})
	t.Run("PagesWithCursors", func(t *testing.T) {
		var names []string
		path := "/v1/things?limit=50"
		for path != "" {
			status, _, body := b.call(t, "GET", path, "t/a", "")
			require.Equal(t, 200, status, body)
			var page rest.Items[thing]
			require.NoError(t, json.Unmarshal([]byte(body), &page))
			for _, item := range page.Items {
				names = append(names, item.Name)
			}
			if path = ""; page.Next != "" {
				path = "/v1/things?limit=50&cursor=" + page.Next
			}
		}
		require.Len(t, names, 120)
		require.Equal(t, "t119", names[119])
	})
	t.Run("KeepsRequestsApart", func(t *testing.T) {
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				for j := range 20 {
					name := fmt.Sprintf("acct-%d-%d", i, j)
					request, _ := http.NewRequest(http.MethodGet, b.url+"/v1/who", nil)
					request.Header.Set("Authorization", "Bearer acme/"+name)
					response, err := http.DefaultClient.Do(request)
					if err != nil {
						t.Error(err)
						return
					}
					body, _ := io.ReadAll(response.Body)
					_ = response.Body.Close()
					if !bytes.Contains(body, []byte(`"acme:`+name+`"`)) {
						t.Errorf("want %s, have %s", name, body)
					}
				}
			})
		}
		group.Wait()
	})
}

func TestDeclarations(t *testing.T) {
	nothing := func(context.Context, *struct{}) (*struct{}, error) { return nil, nil }
	good := rest.Operation{ID: "a", Method: "GET", Path: "/v1/a", Tag: "A", Summary: "A", Action: "view"}
	tests := []struct {
		name   string
		change func(*rest.Operation)
	}{
		{"NoID", func(op *rest.Operation) { op.ID = "" }},
		{"IDNotKebab", func(op *rest.Operation) { op.ID = "getThing" }},
		{"NoAction", func(op *rest.Operation) { op.Action = "" }},
		{"NoTag", func(op *rest.Operation) { op.Tag = "" }},
		{"OtherMethod", func(op *rest.Operation) { op.Method = "HEAD" }},
		{"RelativePath", func(op *rest.Operation) { op.Path = "v1/a" }},
		{"KeyOnAGet", func(op *rest.Operation) { op.Idempotent = true }},
		{"KeyWithoutAStore", func(op *rest.Operation) { op.Method, op.Idempotent = "POST", true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := rest.New(rest.Options{Logger: discard, Authenticate: authenticate})
			op := good
			test.change(&op)
			require.Panics(t, func() { rest.Handle(api, op, nothing) })
		})
	}
	t.Run("Twice", func(t *testing.T) {
		api := rest.New(rest.Options{Logger: discard, Authenticate: authenticate})
		rest.Handle(api, good, nothing)
		require.Panics(t, func() { rest.Handle(api, good, nothing) })
	})
	t.Run("NobodyToAuthenticate", func(t *testing.T) {
		api := rest.New(rest.Options{Logger: discard})
		require.Panics(t, func() { rest.Handle(api, good, nothing) })
	})
}

func TestDenyByDefault(t *testing.T) {
	b := setup(t, func(o *rest.Options) { o.Authorize = nil })
	status, _, _ := b.call(t, "GET", "/v1/things/one", "t/a", "")
	require.Equal(t, 403, status)
}

func TestAuthorizeThatFailsDenies(t *testing.T) {
	b := setup(t, func(o *rest.Options) {
		o.Authorize = func(context.Context, authentication.Caller, rest.Operation, rest.Params) error {
			return fault.New(fault.Unavailable, "policy-unavailable", "the policy cannot be loaded")
		}
	})
	status, header, body := b.call(t, "GET", "/v1/things/one", "t/a", "")
	require.Equal(t, 503, status)
	require.Equal(t, rest.ProblemBase+"policy-unavailable", problem(t, header, body).Type)
}

// TestGuessing holds that whoever sends wrong credentials is slowed down, and nobody
// else behind the same address.
func TestGuessing(t *testing.T) {
	t.Parallel()
	refusedAfter := func(most int, try func() (int, http.Header, string)) {
		t.Helper()
		for range most {
			status, header, body := try()
			if status == http.StatusTooManyRequests {
				require.NotEmpty(t, header.Get("Retry-After"))
				require.Contains(t, body, "too-many-requests")
				return
			}
			require.Equal(t, http.StatusUnauthorized, status, body)
		}
		t.Fatalf("%d wrong credentials were all checked", most)
	}

	t.Run("OfBearers", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for range 600 {
			status, _, _ := b.call(t, "GET", "/v1/who", "t/ann", "")
			require.Equal(t, 200, status, "right ones do not count")
		}
		n := 0
		refusedAfter(5_000, func() (int, http.Header, string) {
			n++
			return b.call(t, "GET", "/v1/who", fmt.Sprint("guess", n), "")
		})
		require.GreaterOrEqual(t, n, 400)
		for range 50 {
			status, _, body := b.call(t, "GET", "/v1/who", "t/ann", "")
			require.Equal(t, 200, status, body)
		}
	})
	t.Run("OfPasswords", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		logIn := func(name string) (int, http.Header, string) {
			return b.call(t, "POST", "/v1/log-in", "", `{"name":"`+name+`"}`)
		}
		for range 60 {
			status, _, body := logIn("right")
			require.Equal(t, 204, status, body)
			status, _, body = b.call(t, "POST", "/v1/log-in", "", `{"nam`)
			require.Equal(t, 400, status, body)
		}
		refusedAfter(200, func() (int, http.Header, string) { return logIn("wrong") })
		status, _, _ := b.call(t, "GET", "/v1/who", "t/ann", "")
		require.Equal(t, 200, status, "who has a token goes on")
	})
}
