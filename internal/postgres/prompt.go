package postgres

import (
	"context"
	"database/sql/driver"
	"net"
	"sync"
	"time"

	"github.com/lib/pq"
)

// cutAfter is how long a server may take to end a statement that was cancelled.
const cutAfter = 500 * time.Millisecond

// boundedConn gives up a server that says nothing for too long. The driver waits for
// answers without regard to contexts, and the kernel of a frozen server acknowledges
// all that is sent.
type boundedConn struct {
	net.Conn
	within time.Duration // 0: without limit

	mu sync.Mutex
	// limited is whether the driver has set a deadline of its own, as it does while it
	// connects.
	limited bool
	end     time.Time // of a connection that is cut
}

// SetDeadline implements net.Conn.
func (c *boundedConn) SetDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limited = !at.IsZero()
	return c.Conn.SetDeadline(at)
}

// Read implements net.Conn.
func (c *boundedConn) Read(into []byte) (int, error) {
	if err := c.bound(); err != nil {
		return 0, err
	}
	return c.Conn.Read(into)
}

func (c *boundedConn) bound() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limited || c.within == 0 || !c.end.IsZero() {
		return nil
	}
	return c.SetReadDeadline(time.Now().Add(c.within))
}

// cut ends the connection soon. Who waits for an answer has it by then, or an error;
// the driver does not use the connection again.
func (c *boundedConn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end.IsZero() {
		c.end = time.Now().Add(cutAfter)
		_ = c.Conn.SetDeadline(c.end) // an error is that it has ended already
	}
}

// promptConnector makes connections whose statements end with their contexts,
// whatever the server does.
type promptConnector struct {
	*pq.Connector
	answerWithin time.Duration
}

// Connect implements driver.Connector. The driver looks at the context while it
// dials, and then waits for the server to greet until connect_timeout.
func (p promptConnector) Connect(ctx context.Context) (driver.Conn, error) {
	type result struct {
		conn driver.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		conn, err := p.connect(ctx)
		done <- result{conn, err}
	}()
	select {
	case r := <-done:
		return r.conn, r.err
	case <-ctx.Done():
		go func() {
			if late := <-done; late.err == nil {
				_ = late.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func (p promptConnector) connect(ctx context.Context) (driver.Conn, error) {
	dialer, own := &dialer{answerWithin: p.answerWithin}, *p.Connector
	own.Dialer(dialer)
	conn, err := own.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return promptConn{conn.(driverConn), dialer.connection()}, nil
}

// driverConn is all that the pool makes use of.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

// promptConn is a connection of the driver, which cancels all that is late but a
// BEGIN.
type promptConn struct {
	driverConn
	peer *boundedConn
}

// BeginTx implements driver.ConnBeginTx.
func (c promptConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	stop := context.AfterFunc(ctx, c.peer.cut)
	defer stop()
	return c.driverConn.BeginTx(ctx, o)
}
