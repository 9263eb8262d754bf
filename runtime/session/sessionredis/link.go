package sessionredis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/switchyard/switchyard/internal/fault"
)

var (
	errLost    = errors.New("the lease was lost")
	errClosed  = errors.New("the store was closed")
	errPausing = errors.New("the last exchange failed a moment ago")
)

// link is the connection to the store. It connects at the first exchange and after
// that by itself.
type link struct {
	option rueidis.ClientOption
	// room bounds the exchanges at work, below what the client takes without waiting.
	room    chan struct{}
	timeout time.Duration

	mu     sync.Mutex
	client rueidis.Client
	closed bool
	// dialing is open while the client is made, failed why that failed.
	dialing chan struct{}
	failed  error
	// After a failure nothing is tried until then, so that calls do not pile up before
	// a store that is away; trying is who looks whether it is back.
	pause  time.Time
	trying bool
}

const (
	exchanges    = 256
	ringScale    = 11 // 2,048 exchanges, those given up among them
	buffer       = 64 << 10
	failurePause = 200 * time.Millisecond
)

func newLink(url string, timeout time.Duration) (*link, error) {
	option, err := rueidis.ParseURL(url)
	if err != nil {
		// The text of the error may have the URL's password.
		return nil, fault.New(fault.Invalid, "session-store-url", "expected the URL of the session store as redis://user:password@host:port/database")
	}
	option.Dialer.Timeout, option.Dialer.KeepAlive, option.ConnWriteTimeout = timeout, timeout, timeout
	option.DisableCache, option.DisableRetry = true, true
	option.AlwaysPipelining, option.ForceSingleClient = true, true
	option.PipelineMultiplex, option.RingScaleEachConn = 1, ringScale
	option.ReadBufferEachConn, option.WriteBufferEachConn = buffer, buffer
	option.ClientName = "switchyard"
	return &link{option: option, room: make(chan struct{}, exchanges), timeout: timeout}, nil
}

// do runs one exchange, which ends with ctx.
func (l *link) do(ctx context.Context, exchange func(ctx context.Context, c rueidis.Client) error) error {
	select {
	case l.room <- struct{}{}:
		defer func() { <-l.room }()
	case <-ctx.Done():
		return ctx.Err()
	}
	done, err := l.admit(time.Now())
	if err != nil {
		return err
	}
	client, err := l.connect(ctx)
	if err == nil {
		err = exchange(ctx, client)
	}
	done(err)
	return err
}

// admit lets an exchange through, unless the last one failed a moment ago.
func (l *link) admit(began time.Time) (done func(error), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	probe := false
	if !l.pause.IsZero() {
		if l.trying || began.Before(l.pause) {
			return nil, errPausing
		}
		l.trying, probe = true, true
	}
	return func(err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if probe {
			l.trying = false
		}
		_, answered := rueidis.IsRedisErr(err)
		switch {
		case err == nil || answered:
			l.pause = time.Time{}
		case errors.Is(err, context.Canceled):
		case errors.Is(err, context.DeadlineExceeded) && time.Since(began) < l.timeout/2:
			// The caller had little time: nothing is known of the store.
		default:
			l.pause = time.Now().Add(failurePause)
		}
	}, nil
}

// connect returns the client, which is made at the first time.
func (l *link) connect(ctx context.Context) (rueidis.Client, error) {
	l.mu.Lock()
	if l.closed || l.client != nil {
		defer l.mu.Unlock()
		if l.closed {
			return nil, errClosed
		}
		return l.client, nil
	}
	if l.dialing == nil {
		l.dialing = make(chan struct{})
		go l.dial(l.dialing)
	}
	dialing := l.dialing
	l.mu.Unlock()
	select {
	case <-dialing:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client == nil {
		return nil, l.failed
	}
	return l.client, nil
}

// dial makes the client, in its own time: what it waits for does not end with a call.
func (l *link) dial(dialing chan struct{}) {
	client, err := rueidis.NewClient(l.option)
	l.mu.Lock()
	if l.closed && err == nil {
		defer client.Close()
		err = errClosed
	}
	if err == nil {
		l.client = client
	}
	l.failed, l.dialing = err, nil
	l.mu.Unlock()
	close(dialing)
}

// present is the client; nil before the first exchange.
func (l *link) present() rueidis.Client {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client
}

func (l *link) close() {
	l.mu.Lock()
	client, dialing := l.client, l.dialing
	l.closed = true
	l.mu.Unlock()
	if dialing != nil {
		<-dialing
	}
	if client != nil {
		client.Close()
	}
}
