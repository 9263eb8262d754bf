package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

// testBundle is an API of things, served on loopback.
type testBundle struct {
	api  *rest.API
	url  string
	logs *lockedBuffer
	// streams counts the streams that have begun and those that have ended.
	began, ended chan struct{}
}

type thingInput struct {
	Thing string `path:"thing" maxLength:"20"`
}

type thing struct {
	Name   string   `json:"name" minLength:"1" maxLength:"20"`
	Size   int      `json:"size,omitempty" minimum:"0" maximum:"100"`
	Tags   []string `json:"tags,omitempty" maxItems:"3"`
	Nested *thing   `json:"nested,omitempty"`
}

type thingOutput struct {
	rest.ETag
	Body thing
}

type createInput struct{ Body thing }

type createOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     thing
}

type updateInput struct {
	thingInput
	rest.IfMatch
	Body struct {
		Size int `json:"size"`
	}
}

type revisionInput struct{ rest.IfNoneMatch }

type listInput struct{ rest.Page }

type listOutput struct{ Body rest.Items[thing] }

const largeAnswer = 8 << 20

// setup serves the API until the test ends. Tokens are "<tenant>/<account>".
func setup(t *testing.T, change ...func(*rest.Options)) *testBundle {
	t.Helper()
	b := &testBundle{logs: &lockedBuffer{}, began: make(chan struct{}, 10), ended: make(chan struct{}, 10)}
	o := rest.Options{
		Title: "Things", Version: "1", Description: "For *tests*.",
		Logger:       slog.New(slog.NewJSONHandler(b.logs, nil)),
		Authenticate: authenticate,
		Authorize: func(_ context.Context, caller authentication.Caller, op rest.Operation, params rest.Params) error {
			switch {
			case op.Action == "see-things" && params.Param("thing") == "foreign":
				return fault.New(fault.NotFound, "thing-not-found", "thing foreign is not for %s", caller.Name)
			case op.Action == "break-things" && caller.Name != "admin":
				return fault.New(fault.Forbidden, "forbidden", "you may not break things")
			}
			return nil
		},
		Idempotency: newMemoryStore(),
		KeepAlive:   20 * time.Millisecond,
	}
	for _, f := range change {
		f(&o)
	}
	b.api = rest.New(o)
	b.register()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- b.api.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-served)
	})
	b.url = "http://" + listener.Addr().String()
	return b
}

func authenticate(_ context.Context, bearer string) (authentication.Caller, error) {
	tenant, account, ok := strings.Cut(bearer, "/")
	if !ok {
		return authentication.Caller{}, fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
	}
	return authentication.Caller{Tenant: tenant, Account: account, Name: account}, nil
}

func (b *testBundle) register() {
	op := func(id, method, path, action string) rest.Operation {
		return rest.Operation{ID: id, Method: method, Path: path, Tag: "Things", Summary: id, Action: action}
	}
	rest.Handle(b.api, op("get-thing", "GET", "/v1/things/{thing}", "see-things"),
		func(_ context.Context, in *thingInput) (*thingOutput, error) {
			if in.Thing != "one" {
				return nil, fault.New(fault.NotFound, "no-thing", "no thing %s", in.Thing)
			}
			return &thingOutput{ETag: rest.ETag{ETag: rest.VersionETag(7)}, Body: thing{Name: in.Thing}}, nil
		})
	create := op("create-thing", "POST", "/v1/things", "make-things")
	create.Status, create.Idempotent = http.StatusCreated, true
	made := 0
	rest.Handle(b.api, create, func(_ context.Context, in *createInput) (*createOutput, error) {
		made++
		switch in.Body.Name {
		case "taken":
			return nil, fault.New(fault.Conflict, "name-taken", "the name is taken")
		case "old":
			return &createOutput{Status: http.StatusOK, Body: in.Body}, nil
		case "panic":
			panic("secret of the house")
		}
		in.Body.Size = made
		return &createOutput{Status: http.StatusCreated, Location: "/v1/things/" + in.Body.Name, Body: in.Body}, nil
	})
	logIn := op("log-in", "POST", "/v1/log-in", rest.Public)
	logIn.LogsIn, logIn.Problems = true, []int{http.StatusUnauthorized}
	rest.Handle(b.api, logIn, func(_ context.Context, in *createInput) (*struct{}, error) {
		if in.Body.Name != "right" {
			return nil, fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
		}
		return nil, nil
	})
	rest.Handle(b.api, op("update-thing", "PUT", "/v1/things/{thing}", "make-things"),
		func(_ context.Context, in *updateInput) (*thingOutput, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			if version != 7 && version != rest.AnyVersion {
				return nil, rest.StaleVersion()
			}
			return &thingOutput{ETag: rest.ETag{ETag: rest.VersionETag(8)}, Body: thing{Name: in.Thing, Size: in.Body.Size}}, nil
		})
	rest.Handle(b.api, op("break-thing", "POST", "/v1/things/{thing}:break", "break-things"),
		func(_ context.Context, in *thingInput) (*struct{}, error) {
			switch in.Thing {
			case "raw":
				return nil, errors.New("password=hunter2")
			case "slow":
				return nil, fmt.Errorf("query: %w", context.DeadlineExceeded)
			case "away":
				return nil, fault.New(fault.Unavailable, "database-unavailable", "the database is away").Because(errors.New("dial tcp 10.0.0.1"))
			case "document":
				return nil, fault.New(fault.Invalid, "invalid-document", "the document is not valid").At("do[2].route", 17, "expected targets")
			}
			return nil, nil
		})
	rest.Handle(b.api, op("list-things", "GET", "/v1/things", "see-things"),
		func(_ context.Context, in *listInput) (*listOutput, error) {
			after, _, err := rest.DecodeCursor[position]("things", in.Cursor)
			if err != nil {
				return nil, err
			}
			var items []thing
			for i := after.N; i < min(after.N+in.Limit, 120); i++ {
				items = append(items, thing{Name: fmt.Sprint("t", i)})
			}
			next := ""
			if after.N+in.Limit < 120 {
				next = rest.EncodeCursor("things", position{N: after.N + in.Limit})
			}
			return &listOutput{Body: rest.NewItems(items, next)}, nil
		})
	rest.Handle(b.api, op("who", "GET", "/v1/who", rest.Authenticated),
		func(ctx context.Context, _ *struct{}) (*thingOutput, error) {
			return &thingOutput{Body: thing{Name: rest.CallerOf(ctx).Tenant + ":" + rest.CallerOf(ctx).Name}}, nil
		})
	rest.Handle(b.api, op("large", "GET", "/v1/large", rest.Authenticated),
		func(context.Context, *struct{}) (*thingOutput, error) {
			return &thingOutput{Body: thing{Name: strings.Repeat("x", largeAnswer)}}, nil
		})
	rest.Handle(b.api, op("revision", "GET", "/v1/revision", rest.Authenticated),
		func(_ context.Context, in *revisionInput) (*thingOutput, error) {
			etag := rest.QuoteETag("abc")
			if in.Has(etag) {
				return nil, rest.NotModified(etag)
			}
			return &thingOutput{ETag: rest.ETag{ETag: etag}, Body: thing{Name: "r"}}, nil
		})
	public := op("ping", "GET", "/v1/ping", rest.Public)
	public.Rate = &rest.Rate{PerSecond: .001, Burst: 5}
	rest.Handle(b.api, public, func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	rest.HandleStream(b.api, op("watch-thing", "GET", "/v1/things/{thing}/events", "see-things"), b.watch)
}

type position struct {
	N int `json:"n"`
}

func (p position) Check() error {
	if p.N < 0 {
		return errors.New("negative")
	}
	return nil
}

func (b *testBundle) watch(_ context.Context, in *thingInput) (rest.Stream, error) {
	if in.Thing == "gone" {
		return nil, fault.New(fault.Conflict, "gone", "nothing to watch")
	}
	return func(ctx context.Context, send rest.Send) error {
		b.began <- struct{}{}
		defer func() { b.ended <- struct{}{} }()
		if in.Thing == "panic" {
			panic("in a stream")
		}
		if err := send("state", "1", thing{Name: in.Thing + "\n" + rest.CallerOf(ctx).Name}); err != nil {
			return err
		}
		if in.Thing == "finite" {
			return nil
		}
		<-ctx.Done()
		return nil
	}, nil
}

// send sends a request.
func (b *testBundle) send(method, path, token, body string, header []string) (*http.Response, error) {
	request, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return http.DefaultClient.Do(request)
}

// call sends a request and returns the status, the header and the body.
func (b *testBundle) call(t *testing.T, method, path, token, body string, header ...string) (int, http.Header, string) {
	t.Helper()
	response, err := b.send(method, path, token, body, header)
	for try := 0; try < 50 && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)); try++ {
		// The server refuses a body that is too large before it has read it all; the
		// answer is lost where the client is still sending.
		response, err = b.send(method, path, token, body, header)
	}
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(text)
}
