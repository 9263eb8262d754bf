package rest

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/switchyard/switchyard/internal/authentication"
)

// BenchmarkHandle is one POST of the size of a submit, without the network: as most
// operations are, and as the hot ones.
func BenchmarkHandle(b *testing.B) {
	b.Run("Huma", func(b *testing.B) { benchmarkHandle(b, Handle[benchInput, benchOutput]) })
	b.Run("Hot", func(b *testing.B) { benchmarkHandle(b, HandleHot[benchInput, benchOutput]) })
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

func benchmarkHandle(b *testing.B, register func(*API, Operation, func(context.Context, *benchInput) (*benchOutput, error))) {
	b.Helper()
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
	b.ReportAllocs()
	conn, other := net.Pipe()
	defer func() { _ = conn.Close(); _ = other.Close() }()
	var c fasthttp.RequestCtx
	c.Init2(conn, nil, false)
	for b.Loop() {
		c.Request.Reset()
		c.Response.Reset()
		c.Request.Header.SetMethod("POST")
		c.Request.SetRequestURI("/v1/interactions")
		c.Request.Header.Set("Authorization", "Bearer x")
		c.Request.Header.SetContentType("application/json")
		c.Request.SetBodyString(body)
		handle(&c)
		if c.Response.StatusCode() != 200 {
			b.Fatal(c.Response.StatusCode(), string(c.Response.Body()))
		}
	}
}
