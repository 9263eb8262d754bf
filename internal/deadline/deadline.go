package deadline

import (
	"context"
	"sync"
	"time"
)

// Context is a context.Context that ends at a time, and by End. There is no timer
// before Done is asked for: until then the clock tells Err.
type Context struct {
	// parent is the nearest that is no Context: those between need no timers, since
	// their times are later, and last until after this one's End.
	parent context.Context //nolint:containedctx // it is one
	at     time.Time

	mu    sync.Mutex
	ended bool
	timed context.Context //nolint:containedctx // ends at the same time; nil before Done
	stop  context.CancelFunc
}

var _ context.Context = (*Context)(nil)

// Within returns a context that ends after d, or when the parent does. A parent that
// is a Context has to be ended by End after this one.
func Within(parent context.Context, d time.Duration) *Context {
	c := &Context{parent: parent, at: time.Now().Add(d)}
	if at, ok := parent.Deadline(); ok && at.Before(c.at) {
		c.at = at
	}
	if outer, ok := parent.(*Context); ok {
		c.parent = outer.parent
	}
	return c
}

// End ends the context and frees what it holds. It may come twice.
func (c *Context) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.stop != nil {
		c.stop()
	}
}

// Deadline implements context.Context.
func (c *Context) Deadline() (time.Time, bool) { return c.at, true }

// Done implements context.Context.
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed, c.stop = context.WithDeadline(c.parent, c.at)
		if c.ended {
			c.stop()
		}
	}
	return c.timed.Done()
}

// Err implements context.Context.
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.timed != nil:
		return c.timed.Err()
	case c.ended:
		return context.Canceled
	case !time.Now().Before(c.at):
		return context.DeadlineExceeded
	default:
		return c.parent.Err()
	}
}

// Value implements context.Context. Package context asks by it for what Done belongs
// to.
func (c *Context) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed != nil {
		return c.timed.Value(key)
	}
	return c.parent.Value(key)
}
