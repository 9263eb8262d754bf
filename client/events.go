package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	// maxEvent bounds one line of an event.
	maxEvent = 4 << 20
	// silence is how long a stream may say nothing, not even a keep-alive comment,
	// before its connection is taken for dead.
	silence = 45 * time.Second
)

var errSilent = errors.New("the stream fell silent")

// Events reads a stream of Server-Sent Events and calls handle for each, until
// ctx ends or handle fails, whose error it returns. A lost connection is made
// again, with back-off and the id of the last event; a problem that will stay,
// such as 403, is returned. While the server is away it goes on trying.
func (c *Client) Events(ctx context.Context, path string, handle func(event, id string, data []byte) error) error {
	s := &subscription{client: c, path: path, handle: handle}
	for attempt := 0; ; attempt++ {
		before := s.events
		err := s.read(ctx)
		var p *Problem
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case s.failed != nil:
			return s.failed
		case errors.As(err, &p) && !transient(p.Status) && p.Status < http.StatusInternalServerError:
			return p
		}
		if s.events > before {
			attempt = 0
		}
		if !sleep.For(ctx, c.backoff(attempt)) {
			return ctx.Err()
		}
	}
}

// subscription is a stream over all its connections.
type subscription struct {
	client *Client
	path   string
	handle func(event, id string, data []byte) error
	lastID string
	events int   // so far
	failed error // of handle
}

// read is one connection: it ends when the connection does.
func (s *subscription) read(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watch.Stop()

	call := &call{method: http.MethodGet, path: s.path, header: http.Header{"Accept": {"text/event-stream"}}}
	if s.lastID != "" {
		call.header.Set("Last-Event-ID", s.lastID)
	}
	request, err := s.client.request(ctx, call)
	if err != nil {
		return err
	}
	response, err := s.client.o.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("GET %s: %w", s.path, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxEvent)) // a part of it is a problem, too
		return problemOf(&answer{status: response.StatusCode, header: response.Header, body: body})
	}
	return s.parse(response.Body, func() { watch.Reset(silence) })
}

// parse reads events as the HTML standard has them.
func (s *subscription) parse(body io.Reader, alive func()) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	var event string
	var data bytes.Buffer
	for lines.Scan() {
		alive()
		line := lines.Bytes()
		if len(line) == 0 {
			if err := s.deliver(event, &data); err != nil {
				return err
			}
			event = ""
			continue
		}
		name, value, _ := bytes.Cut(line, []byte{':'})
		value = bytes.TrimPrefix(value, []byte{' '})
		switch string(name) {
		case "event":
			event = string(value)
		case "id":
			s.lastID = string(value)
		case "data":
			if data.Len()+len(value) > maxEvent {
				return errors.New("the event is too large")
			}
			data.Write(value)
			data.WriteByte('\n')
		}
	}
	return lines.Err()
}

func (s *subscription) deliver(event string, data *bytes.Buffer) error {
	if data.Len() == 0 {
		return nil
	}
	payload := bytes.Clone(data.Bytes()[:data.Len()-1])
	data.Reset()
	s.events++
	s.failed = s.handle(event, s.lastID, payload)
	return s.failed
}
