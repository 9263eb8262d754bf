package rest

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// HotPoint is exported: Huma does not see what an unexported type embeds.
type HotPoint struct {
	Point string   `json:"point,omitempty"`
	Count int      `json:"count,omitempty"`
	Names []string `json:"names,omitempty"`
}

type hotBody struct {
	HotPoint
	Points     []HotPoint     `json:"points,omitempty"`
	Merge      *bool          `json:"merge,omitempty"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

type hotTestInput struct {
	Session string `path:"session"`
	Body    hotBody
}

type hotTestOutput struct {
	Body struct {
		Session string  `json:"session"`
		Request hotBody `json:"request"`
	}
}

func answerHot(_ context.Context, in *hotTestInput) (*hotTestOutput, error) {
	switch in.Session {
	case "conflict":
		return nil, fault.New(fault.Conflict, "taken", "taken")
	case "panic":
		panic("hot")
	}
	out := &hotTestOutput{}
	out.Body.Session, out.Body.Request = in.Session, in.Body
	return out, nil
}

// twins has the same operation twice, under /huma and under /hot.
func twins(tb testing.TB) fasthttp.RequestHandler {
	tb.Helper()
	caller := authentication.Caller{Account: "a", Tenant: "t", Name: "n"}
	api := New(Options{
		Logger:       discardLogger,
		Rate:         Rate{PerSecond: 1e9, Burst: 1e9},
		Authenticate: func(context.Context, string) (authentication.Caller, error) { return caller, nil },
		Authorize:    func(context.Context, authentication.Caller, Operation, Params) error { return nil },
	})
	op := Operation{Method: "POST", Tag: "T", Summary: "S", Action: "a"}
	op.ID, op.Path = "huma", "/huma/{session}"
	Handle(api, op, answerHot)
	op.ID, op.Path = "hot", "/hot/{session}"
	HandleHot(api, op, answerHot)
	api.mount()
	return api.app.Server().Handler
}

type hotRequest struct{ session, query, token, contentType, key, body string }

type hotAnswer struct {
	status            int
	contentType, body string
}

func ask(tb testing.TB, handle fasthttp.RequestHandler, twin string, r hotRequest) hotAnswer {
	tb.Helper()
	conn, other := net.Pipe()
	defer func() { _ = conn.Close(); _ = other.Close() }()
	var c fasthttp.RequestCtx
	c.Init2(conn, nil, false)
	c.Request.Header.SetMethod("POST")
	c.Request.SetRequestURI("/" + twin + "/" + r.session + r.query)
	if r.token == "" {
		c.Request.Header.Set("Authorization", "Bearer x")
	}
	c.Request.Header.Set("X-Request-Id", "1")
	if r.key != "" {
		c.Request.Header.Set("Idempotency-Key", r.key)
	}
	c.Request.Header.SetContentType(r.contentType)
	c.Request.SetBodyString(r.body)
	handle(&c)
	return hotAnswer{c.Response.StatusCode(), string(c.Response.Header.ContentType()), string(c.Response.Body())}
}

var hotBodies = []string{
	`{}`, ` { } `, `{"point":"hero","count":3}`, `{"points":[{"point":"a","count":1},{"point":"b","names":["x","y"]}]}`,
	`{"points":[]}`, `{"points":[{}]}`, `{"points": [ { } , { "point" : "a" } ] , "merge" : true }`,
	`{"parameters":{"Any":{"thing":[1,2.5,null,{"x":"y"}]}}}`, `{"names":["\u00e9","\"}]"]}`,
	`{"Point":"hero"}`, `{"points":[{"Point":"a"}]}`, `{"poınt":"a"}`, `{"unknown":1}`, `{"points":[{"unknown":1}]}`,
	`{"point":7}`, `{"count":"3"}`, `{"count":1.5}`, `{"count":1e3}`, `{"count":1e30}`, `{"count":-1}`,
	`{"point":null}`, `{"points":null}`, `{"points":[null]}`, `{"parameters":null}`, `{"merge":null}`, `{"names":[null]}`,
	`{"points":{}}`, `{"parameters":[]}`, `{"names":"x"}`, `[]`, `null`, `1`, ``, `{`, `{"point":"a"}}`, `{"point":"a","point":"b"}`,
	"{\"p\\u006fint\":\"a\"}", `{"point":"\u0000"}`,
}

func TestHandleHot(t *testing.T) {
	t.Parallel()
	t.Run("AnswersAsHumaDoes", func(t *testing.T) {
		t.Parallel()
		handle := twins(t)
		requests := []hotRequest{
			{session: "s", body: `{}`, query: "?a=1"}, {session: "s", body: `{}`, token: "none"}, {session: "s", body: `{}`, key: "k"},
			{session: "s", body: `{}`, contentType: "text/plain"}, {session: "conflict", body: `{}`}, {session: "panic", body: `{}`},
			{session: "a%2Fb%20c%ff", body: `{}`}, {session: "a:b", body: `{}`},
		}
		for _, body := range hotBodies {
			requests = append(requests, hotRequest{session: "s", body: body})
		}
		accepted := 0
		for _, r := range requests {
			want, have := ask(t, handle, "huma", r), ask(t, handle, "hot", r)
			require.Equal(t, want, have, "%+v", r)
			if have.status == 200 {
				accepted++
			}
		}
		require.Greater(t, accepted, 10)
	})
	t.Run("RefusesWhatItCannotCheck", func(t *testing.T) {
		t.Parallel()
		api := New(Options{Logger: discardLogger, Authenticate: func(context.Context, string) (authentication.Caller, error) {
			return authentication.Caller{}, nil
		}})
		op := Operation{ID: "hot", Path: "/hot", Method: "POST", Tag: "T", Summary: "S", Action: "a"}
		type required struct {
			Body struct {
				A string `json:"a"`
			}
		}
		type limited struct {
			Body struct {
				A string `json:"a,omitempty" maxLength:"3"`
			}
		}
		type query struct {
			A    string `query:"a"`
			Body hotBody
		}
		require.Panics(t, func() {
			HandleHot(api, op, func(context.Context, *required) (*hotTestOutput, error) { return nil, nil })
		})
		require.Panics(t, func() {
			HandleHot(api, op, func(context.Context, *limited) (*hotTestOutput, error) { return nil, nil })
		})
		require.Panics(t, func() {
			HandleHot(api, op, func(context.Context, *query) (*hotTestOutput, error) { return nil, nil })
		})
	})
}

// FuzzHandleHot looks for bodies that Huma takes for something else.
func FuzzHandleHot(f *testing.F) {
	for _, body := range hotBodies {
		f.Add(body)
	}
	handle := twins(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := hotRequest{session: "s", body: body}
		want, have := ask(t, handle, "huma", r), ask(t, handle, "hot", r)
		require.Equal(t, want.status, have.status)
		if want.status == 200 { // else the places come in any order
			require.Equal(t, want, have)
		}
	})
}

func TestUnmetered(t *testing.T) {
	t.Parallel()
	api := New(Options{
		Logger: discardLogger, Rate: Rate{PerSecond: 1e-9, Burst: 1},
		Authenticate: func(context.Context, string) (authentication.Caller, error) {
			return authentication.Caller{Account: "a", Tenant: "t", Name: "n"}, nil
		},
		Authorize: func(context.Context, authentication.Caller, Operation, Params) error { return nil },
	})
	op := Operation{ID: "metered", Method: "POST", Tag: "T", Summary: "S", Action: "a", Path: "/metered/{session}"}
	HandleHot(api, op, answerHot)
	op.ID, op.Path, op.Unmetered = "unmetered", "/unmetered/{session}", true
	HandleHot(api, op, answerHot)
	api.mount()
	handle, request := api.app.Server().Handler, hotRequest{session: "s", body: "{}"}
	for range 5 {
		require.Equal(t, 200, ask(t, handle, "unmetered", request).status)
	}
	require.Equal(t, 200, ask(t, handle, "metered", request).status, "the others took nothing from its rate")
	require.Equal(t, 429, ask(t, handle, "metered", request).status)
	require.Equal(t, 200, ask(t, handle, "unmetered", request).status)
}
