package rest

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/switchyard/switchyard/internal/authentication"
)

// BenchmarkHandle is one POST of the size of a submit, without the network.
func BenchmarkHandle(b *testing.B) {
	type interaction struct {
		ExternalID string         `json:"externalId,omitempty" maxLength:"200"`
		MediaType  string         `json:"mediaType" maxLength:"63"`
		Process    string         `json:"process" maxLength:"63"`
		Priority   int            `json:"priority,omitempty" minimum:"0" maximum:"1000"`
		Properties map[string]any `json:"properties,omitempty"`
	}
	type input struct{ Body interaction }
	type output struct {
		Status int
		Body   interaction
	}
	caller := authentication.Caller{Account: "a", Tenant: "t", Name: "n"}
	api := New(Options{
		Logger:       discardLogger,
		Rate:         Rate{PerSecond: 1e9, Burst: 1e9},
		Authenticate: func(context.Context, string) (authentication.Caller, error) { return caller, nil },
		Authorize:    func(context.Context, authentication.Caller, Operation, Params) error { return nil },
	})
	Handle(api, Operation{ID: "submit", Method: "POST", Path: "/v1/interactions", Tag: "I", Summary: "S", Action: "submit", Status: 201},
		func(_ context.Context, in *input) (*output, error) { return &output{Status: 201, Body: in.Body}, nil })
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
		if c.Response.StatusCode() != 201 {
			b.Fatal(c.Response.StatusCode(), string(c.Response.Body()))
		}
	}
}
