package rest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// Send writes one Server-Sent Event: data as JSON, event and id may be "". It
// fails once the client has left. It is safe for concurrent use.
type Send func(event, id string, data any) error

// Stream writes events until it has no more, until send fails or ctx ends (the
// client left or the server shuts down).
type Stream func(ctx context.Context, send Send) error

const eventStream = "text/event-stream"

// streamOutput is Huma's form of an answer that writes itself.
type streamOutput struct{ Body func(huma.Context) }

// HandleStream registers a stream of Server-Sent Events. The handler runs like any
// other and may refuse; the Stream that it returns then runs in a goroutine of its
// own, without deadline.
func HandleStream[I any](a *API, op Operation, handler func(context.Context, *I) (Stream, error)) {
	if op.Method != http.MethodGet {
		panic(fmt.Sprintf("operation %s: a stream is a GET", op.ID))
	}
	a.register(op)
	declared := a.declare(op, reflect.TypeFor[I]())
	declared.Responses["200"] = &huma.Response{
		Description: "Server-Sent Events, each with JSON data",
		Content:     map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	huma.Register(a.huma, declared, func(ctx context.Context, in *I) (*streamOutput, error) {
		stream, err := handler(ctx, in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		r := *requestOf(ctx)
		return &streamOutput{Body: func(hc huma.Context) { a.stream(humafiber.UnwrapV2(hc), r, stream) }}, nil
	})
}

// stream makes the answer one that goes on after the handler. What runs then must
// not touch c.
func (a *API) stream(c *fiber.Ctx, r request, stream Stream) {
	c.Status(http.StatusOK)
	c.Set(fiber.HeaderContentType, eventStream)
	c.Set("X-Accel-Buffering", "no") // proxies are to pass events on at once
	conn := c.Context().Conn()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithCancel(context.WithValue(a.streaming, requestKey{}, &r))
		defer cancel()
		a.metrics.streams.Inc()
		defer a.metrics.streams.Dec()
		out := &eventWriter{w: w, conn: conn, left: cancel}
		defer out.keepAlive(ctx, a.o.KeepAlive)()
		a.runStream(ctx, r, stream, out)
	})
}

func (a *API) runStream(ctx context.Context, r request, stream Stream, out *eventWriter) {
	defer func() {
		if cause := recover(); cause != nil {
			a.log.Error("panic", "request_id", r.id, "operation", r.operation, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	if err := stream(ctx, out.send); err != nil && ctx.Err() == nil {
		a.log.Error("stream failed", "request_id", r.id, "operation", r.operation, "tenant", r.caller.Tenant, "error", err)
	}
}

// eventWriter writes events to one client. A failed write ends the stream.
type eventWriter struct {
	mu   sync.Mutex
	w    *bufio.Writer
	conn net.Conn
	left context.CancelFunc
	err  error
}

func (e *eventWriter) send(event, id string, data any) error {
	encoded, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", event, err)
	}
	var text bytes.Buffer
	for name, value := range map[string]string{"event": event, "id": id} {
		if strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("event with a line break in its %s", name)
		}
	}
	if event != "" {
		fmt.Fprintf(&text, "event: %s\n", event)
	}
	if id != "" {
		fmt.Fprintf(&text, "id: %s\n", id)
	}
	fmt.Fprintf(&text, "data: %s\n\n", encoded)
	return e.write(text.Bytes())
}

func (e *eventWriter) write(text []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	// The deadline of the whole answer would end the stream: each write has its own.
	e.err = e.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if e.err == nil {
		_, e.err = e.w.Write(text)
	}
	if e.err == nil {
		e.err = e.w.Flush()
	}
	if e.err != nil {
		e.err = fmt.Errorf("client left: %w", e.err)
		e.left()
	}
	return e.err
}

var comment = []byte(": keep-alive\n\n")

// keepAlive opens the stream with a comment and repeats it, until the function
// that it returns is called.
func (e *eventWriter) keepAlive(ctx context.Context, every time.Duration) (stop func()) {
	_ = e.write(comment) // a client that left already is noticed by the stream's own writes
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if e.write(comment) != nil {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
