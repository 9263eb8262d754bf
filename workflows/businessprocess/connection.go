package businessprocess

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"go.temporal.io/sdk/client"
)

// Connection is the one client of Temporal that a server has, shared by its
// workers and its dispatcher.
//
// A client of the SDK learns what Temporal can do at its first call, and keeps
// that without a lock for those who read it (ExecuteWorkflow, in v1.50). So
// nobody calls before one caller, and one at a time, has made that first call.
type Connection struct {
	client client.Client
	first  sync.Mutex
	made   atomic.Bool
}

// NewConnection wraps a client that nobody has used yet. It is lent.
func NewConnection(c client.Client) *Connection { return &Connection{client: c} }

// ensure makes the first call unless it was made.
func (c *Connection) ensure(ctx context.Context) error {
	if c.made.Load() {
		return nil
	}
	c.first.Lock()
	defer c.first.Unlock()
	if c.made.Load() {
		return nil
	}
	if _, err := c.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return err
	}
	c.made.Store(true)
	return nil
}

// Await returns when Temporal has answered for the first time, or ctx's error.
func (c *Connection) Await(ctx context.Context) error {
	for c.ensure(ctx) != nil {
		pause(ctx, connectPause, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

var errNotConnected = errors.New("not connected to Temporal yet")

// Check asks whether Temporal answers now.
func (c *Connection) Check(ctx context.Context) error {
	if !c.made.Load() {
		return errNotConnected
	}
	_, err := c.client.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}
