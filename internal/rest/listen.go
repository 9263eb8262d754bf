package rest

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// boundedListener has a bounded number of connections open, and stays when the
// process or the machine has no room for a further one: whoever can connect could
// end the server otherwise.
type boundedListener struct {
	net.Listener
	holding *holding
	most    int64
	open    atomic.Int64

	closing sync.Once
	closed  chan struct{}
}

// Close implements net.Listener. It may come twice.
func (l *boundedListener) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// mostConnections is below what the process may have open, since it needs other
// files too.
func mostConnections() int64 {
	const most, others = 16_384, 1_000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > most+others {
		return most
	}
	files := int64(limit.Cur) //nolint:gosec // not more than a few thousand
	return max(files-others, files/2)
}

// full is the answer to a connection beyond the bound.
var full = func() []byte {
	const body = `{"type":"` + ProblemBase + `too-many-connections","title":"Unavailable","status":503,` +
		`"detail":"the server has too many connections; try again"}` + "\n"
	return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
		"Retry-After: 1\r\nConnection: close\r\n\r\n%s", problemContentType, len(body), body)
}()

// The time between two attempts to accept a connection, after the first and at most.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = time.Second
)

// Accept implements net.Listener.
func (l *boundedListener) Accept() (net.Conn, error) {
	pause := firstPause
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err == nil && l.open.Add(1) <= l.most:
			return &holdingConn{Conn: conn, holding: l.holding, left: func() { l.open.Add(-1) }}, nil
		case err == nil:
			l.open.Add(-1)
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // which is not needed: there is room for so little
			_, _ = conn.Write(full)
			_ = conn.Close()
			pause = firstPause
		case passes(err):
			select {
			case <-time.After(pause):
			case <-l.closed:
			}
			pause = min(2*pause, longestPause)
		default:
			return nil, err
		}
	}
}

// passes reports whether a connection can be accepted later.
func passes(err error) bool {
	for _, number := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPROTO,
	} {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}
