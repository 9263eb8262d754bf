package postgres

import (
	"context"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unacknowledged is how long sent data may stay unacknowledged before the
// kernel gives the connection up. Without it a statement, and above all its
// cancellation, hangs for many minutes on a network that swallows packets.
const unacknowledged = 10 * time.Second

// dialer opens one connection, which notices a dead peer, and one that does not
// answer. What the driver dials through it later are cancellations of a statement
// whose context has ended.
type dialer struct {
	answerWithin time.Duration // 0: without limit

	mu        sync.Mutex
	conn      *boundedConn
	connected bool
}

// Dial implements pq.Dialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, connectTimeout)
}

// DialTimeout implements pq.Dialer.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext implements pq.DialerContext.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.connected {
		d.conn.cut()
		return dial(ctx, network, address)
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.conn = &boundedConn{Conn: conn, within: d.answerWithin}
	return d.conn, nil
}

// connection is that of the driver, which has connected.
func (d *dialer) connection() *boundedConn {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.connected = true
	return d.conn
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         limitUnacknowledged,
	}
	return d.DialContext(ctx, network, address)
}

// limitUnacknowledged sets TCP_USER_TIMEOUT; on other sockets than TCP it does nothing.
func limitUnacknowledged(network, _ string, raw syscall.RawConn) error {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unacknowledged.Milliseconds()))
	}); err != nil {
		return err
	}
	return failed
}
