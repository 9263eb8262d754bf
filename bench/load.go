package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// load is many callers of one HTTP server, each over a connection of its own that
// is kept. Requests are written as they lie here and answers are only passed over,
// so that the callers cost little beside what they measure.
type load struct {
	address string // host and port
	// requests are those of each connection, sent in turn.
	requests [][][]byte
	// wanted is what each answer has to contain, so many times.
	wanted []byte
	times  int
}

// caller is one connection.
type caller struct {
	*load
	connection net.Conn
	answers    *bufio.Reader
	body       []byte
	requests   [][]byte
	next       int
}

// postRequest is a whole request as it goes over the wire.
func postRequest(address, path, credential string, body []byte) []byte {
	var text bytes.Buffer
	_, _ = fmt.Fprintf(&text, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		path, address, credential, len(body))
	text.Write(body)
	return text.Bytes()
}

func (l *load) connect(ctx context.Context) (_ []*caller, disconnect func(), err error) {
	var callers []*caller
	disconnect = func() {
		for _, c := range callers {
			_ = c.connection.Close()
		}
	}
	for _, requests := range l.requests {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", l.address)
		if err != nil {
			disconnect()
			return nil, nil, err
		}
		callers = append(callers, &caller{load: l, connection: connection, answers: bufio.NewReaderSize(connection, 8<<10), requests: requests})
	}
	return callers, disconnect, nil
}

// rate calls as fast as answers come, and returns the answers per second.
func (l *load) rate(ctx context.Context, d time.Duration) (float64, error) {
	callers, disconnect, err := l.connect(ctx)
	if err != nil {
		return 0, err
	}
	defer disconnect()
	began := time.Now()
	end := began.Add(d)
	counts := make([]int, len(callers))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range callers {
		group.Go(func() error {
			for ctx.Err() == nil && time.Now().Before(end) {
				if err := c.call(); err != nil {
					return err
				}
				counts[i]++
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(began).Seconds(), nil
}

// latencies calls so often a second, whether or not answers come, and returns the
// times from when each call was due to its answer, sorted. A call that is late
// because the one before it was counts with its whole delay.
func (l *load) latencies(ctx context.Context, perSecond float64, d time.Duration) ([]time.Duration, error) {
	callers, disconnect, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer disconnect()
	between := time.Duration(float64(len(callers)) / perSecond * float64(time.Second))
	began := time.Now()
	took := make([][]time.Duration, len(callers))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range callers {
		group.Go(func() error {
			due := began.Add(between * time.Duration(i) / time.Duration(len(callers)))
			for ; due.Sub(began) < d; due = due.Add(between) {
				if wait := time.Until(due); wait > 0 {
					if err := pause(ctx, wait); err != nil {
						return err
					}
				}
				if err := c.call(); err != nil {
					return err
				}
				took[i] = append(took[i], time.Since(due))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return all, nil
}

// callTimeout is when a call is given up, and the measurement with it.
const callTimeout = 10 * time.Second

// call makes the next call and checks its answer.
func (c *caller) call() error {
	request := c.requests[c.next%len(c.requests)]
	c.next++
	if c.next%64 == 1 { // each costs something
		if err := c.connection.SetDeadline(time.Now().Add(2 * callTimeout)); err != nil {
			return err
		}
	}
	if _, err := c.connection.Write(request); err != nil {
		return err
	}
	status, err := c.read()
	if err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	if status != http.StatusOK || bytes.Count(c.body, c.wanted) != c.times {
		return fmt.Errorf("an answer has status %d and is not as wanted: %.500s", status, c.body)
	}
	return nil
}

// read reads an answer of known length into body.
func (c *caller) read() (status int, err error) {
	line, err := c.answers.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, errors.New("no status line")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length := -1
	for {
		if line, err = c.answers.ReadSlice('\n'); err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) == len("Content-Length") && strings.EqualFold(string(name), "Content-Length") {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, errors.New("an answer without a length")
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err = io.ReadFull(c.answers, c.body)
	return status, err
}
