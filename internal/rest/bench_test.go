package rest

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/switchyard/switchyard/internal/authentication"
)

// BenchmarkHandle is one POST of the size of a submit, without the network: as most
// operations are, and as the hot ones.
func BenchmarkHandle(b *testing.B) {
	for name, register := range map[string]registering{"Huma": Handle[benchInput, benchOutput], "Hot": HandleHot[benchInput, benchOutput]} {
		b.Run(name, func(b *testing.B) {
			request := benchRequest(b, register)
			b.ReportAllocs()
			for b.Loop() {
				request()
			}
		})
	}
}

// TestHandleHotAllocatesLittle bounds what a hot request takes: 40, most of them in
// encoding/json, and some more where pools are emptied.
func TestHandleHotAllocatesLittle(t *testing.T) {
	require.Less(t, testing.AllocsPerRun(200, benchRequest(t, HandleHot[benchInput, benchOutput])), 50.0)
}

type benchBody struct {
	ExternalID string         `json:"externalId,omitempty"`
	MediaType  string         `json:"mediaType,omitempty"`
	Process    string         `json:"process,omitempty"`
	Priority   int            `json:"priority,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

type benchInput struct{ Body benchBody }

type benchOutput struct{ Body benchBody }

type registering func(*API, Operation, func(context.Context, *benchInput) (*benchOutput, error))

// benchRequest serves the request.
func benchRequest(tb testing.TB, register registering) func() {
	tb.Helper()
	caller := authentication.Caller{Account: "a", Tenant: "t", Name: "n"}
	api := New(Options{
		Logger:       discardLogger,
		Rate:         Rate{PerSecond: 1e9, Burst: 1e9},
		Authenticate: func(context.Context, string) (authentication.Caller, error) { return caller, nil },
		Authorize:    func(context.Context, authentication.Caller, Operation, Params) error { return nil },
	})
	register(api, Operation{ID: "submit", Method: "POST", Path: "/v1/interactions", Tag: "I", Summary: "S", Action: "submit"},
		func(_ context.Context, in *benchInput) (*benchOutput, error) { return &benchOutput{Body: in.Body}, nil })
	api.mount()
	handle := api.app.Server().Handler
	body := `{"externalId":"complaint-1","mediaType":"email","process":"card-dispute","priority":5,"properties":{"product":"Credit card","issue":"Billing dispute","narrative":"` +
		strings.Repeat("I was charged twice. ", 20) + `"}}`
	conn, other := net.Pipe()
	tb.Cleanup(func() { _ = conn.Close(); _ = other.Close() })
	var c fasthttp.RequestCtx
	c.Init2(conn, nil, false)
	return func() {
		c.Request.Reset()
		c.Response.Reset()
		c.Request.Header.SetMethod("POST")
		c.Request.SetRequestURI("/v1/interactions")
		c.Request.Header.Set("Authorization", "Bearer x")
		c.Request.Header.SetContentType("application/json")
		c.Request.SetBodyString(body)
		handle(&c)
		if c.Response.StatusCode() != 200 {
			tb.Fatal(c.Response.StatusCode(), string(c.Response.Body()))
		}
	}
}
