package controlplane

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// Main is a control plane. Run it once.
type Main struct {
	options Options
	ready   chan struct{}
	url     string

	mu     sync.Mutex
	cancel context.CancelFunc
	closed bool
	done   chan struct{}
}

// New returns a control plane that does not run yet.
func New(o Options) (*Main, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Main{options: o, ready: make(chan struct{}), done: make(chan struct{})}, nil
}

// Ready is closed once requests are answered.
func (m *Main) Ready() <-chan struct{} { return m.ready }

// URL is the base URL of the REST interface, once ready.
func (m *Main) URL() string { return m.url }

// Close asks Run to stop and waits until it has. It may be called early, from
// several goroutines, and again.
func (m *Main) Close() {
	m.mu.Lock()
	cancel := m.cancel
	m.closed = true
	m.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-m.done
}

// begin makes the context of the run, unless Close was called before.
func (m *Main) begin(ctx context.Context) (context.Context, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.cancel != nil {
		return nil, errors.New("the control plane was closed or run already")
	}
	ctx, m.cancel = context.WithCancel(ctx)
	return ctx, nil
}

// Run runs the control plane until ctx ends or Close is called, and then returns
// nil, or until something that it cannot do without fails.
func (m *Main) Run(ctx context.Context) error {
	ctx, err := m.begin(ctx)
	if err != nil {
		return err
	}
	defer close(m.done)
	defer m.cancel()

	listener, err := listen(ctx, m.options.Listen, "--listen")
	if err != nil {
		return err
	}
	ops, err := listen(ctx, m.options.OpsListen, "--ops-listen")
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	m.url = m.options.reachable(listener.Addr())
	parts, err := assemble(ctx, m.options, m.url)
	if err != nil {
		err = errors.Join(err, listener.Close(), ops.Close())
		if ctx.Err() != nil {
			return nil // asked to stop while starting
		}
		return err
	}
	defer parts.close()

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return parts.rest.Serve(ctx, listener) })
	group.Go(func() error { return parts.ops.Serve(ctx, ops) })
	group.Go(func() error { return parts.conductor.run(ctx) })
	group.Go(func() error { return parts.tidy(ctx) })
	close(m.ready)
	m.options.Logger.Info("control plane is ready", "url", m.url, "ops", ops.Addr().String())
	return group.Wait()
}

func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another process; choose another address with %s", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w", address, flag, err)
	}
	return listener, nil
}
