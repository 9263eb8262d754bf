package rest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
)

// holding bounds the memory that large bodies take in all: those of requests that
// are not answered yet, and answers that their callers do not read. Whoever can
// connect could fill the memory otherwise, before it is known who calls.
type holding struct {
	most  int64 // bytes
	bytes atomic.Int64
}

const (
	// mostHeld is the bound of a server.
	mostHeld = 256 << 20
	// alwaysHeld is what each connection may hold besides, so that usual requests are
	// served whatever others do.
	alwaysHeld = 16 << 10
)

var errHolding = fault.New(fault.Unavailable, "overloaded", "the server has too many large requests and answers at once; try again")

func (h *holding) take(n int64) bool {
	if h.bytes.Add(n) <= h.most {
		return true
	}
	h.bytes.Add(-n)
	return false
}

// holdingConn counts what a connection holds: until it reads again after an answer,
// or is closed. Reads come one after another.
type holdingConn struct {
	net.Conn
	holding  *holding
	left     func()
	came     int64     // bytes since the last answer
	refused  bool      // a read
	readBy   time.Time // the deadline of reads
	readSet  time.Time // the one that is set
	answered atomic.Bool
	unread   atomic.Bool // a request was answered before its end

	mu       sync.Mutex
	closed   bool
	held     int64
	writeSet time.Time // the deadline of writes
}

// Read implements net.Conn.
func (c *holdingConn) Read(b []byte) (int, error) {
	c.settle()
	if err := c.setReadBy(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	c.came += int64(n)
	if c.came > alwaysHeld && !c.hold(int64(n)) {
		c.refused = true
		return 0, errHolding
	}
	return n, err
}

// SetReadDeadline implements net.Conn. Fasthttp sets two for each request, one to wait
// for it and one to read it, and most requests are read at once. It counts for reads
// that begin from now on.
func (c *holdingConn) SetReadDeadline(t time.Time) error {
	c.readBy = t
	return nil
}

// SetDeadline implements net.Conn.
func (c *holdingConn) SetDeadline(t time.Time) error {
	c.readBy = t
	return c.SetWriteDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *holdingConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if about(c.writeSet, t) {
		return nil
	}
	c.writeSet = t
	return c.Conn.SetWriteDeadline(t)
}

func (c *holdingConn) setReadBy() error {
	if about(c.readSet, c.readBy) {
		return nil
	}
	c.readSet = c.readBy
	return c.Conn.SetReadDeadline(c.readBy)
}

// early is how much sooner than asked for a read or a write may end: to set a deadline
// costs.
const early = time.Second

// about reports whether a deadline that is set will do.
func about(set, wanted time.Time) bool {
	later := wanted.Sub(set)
	return later >= 0 && later < early
}

// Write implements net.Conn.
func (c *holdingConn) Write(b []byte) (int, error) {
	c.answered.Store(true)
	return c.Conn.Write(b)
}

// Close implements net.Conn. It may come twice.
func (c *holdingConn) Close() error {
	if c.release(true) {
		if c.unread.Load() {
			c.linger()
		}
		c.left()
	}
	return c.Conn.Close()
}

// lingering is how long a caller may go on to send what is refused.
const lingering = 2 * time.Second

// linger ends the answer and reads what the caller still sends, for a while: to close
// before that resets the connection, and the caller may lose the answer (RFC 9112, 9.6).
func (c *holdingConn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.Conn.SetReadDeadline(time.Now().Add(lingering)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, c.Conn) // ends with the caller, or with the time
}

// settle forgets what was held for a request that is answered.
func (c *holdingConn) settle() {
	if c.answered.CompareAndSwap(true, false) {
		c.came = 0
		c.release(false)
	}
}

// release reports whether the connection was open.
func (c *holdingConn) release(closed bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := !c.closed
	c.holding.bytes.Add(-c.held)
	c.held = 0
	c.closed = c.closed || closed
	return open
}

// hold reports whether there is room for so many bytes more.
func (c *holdingConn) hold(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !c.holding.take(n) {
		return false
	}
	c.held += n
	return true
}

// holdAnswer reports whether there is room for an answer of so many bytes.
func holdAnswer(conn net.Conn, size int) bool {
	c, ok := conn.(*holdingConn)
	if !ok || size <= alwaysHeld {
		return true
	}
	c.settle()
	return c.hold(int64(size))
}

// answeredUnread notes that a request is answered before it was read to its end.
func answeredUnread(conn net.Conn) {
	if c, ok := conn.(*holdingConn); ok {
		c.unread.Store(true)
	}
}

// refusedToRead reports whether a request was not read for lack of room.
func refusedToRead(conn net.Conn) bool {
	c, ok := conn.(*holdingConn)
	return ok && c.refused
}
