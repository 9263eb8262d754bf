package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/telemetry"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
)

// How the server waits.
const (
	statementTimeout = 10 * time.Second
	defaultPatience  = 15 * time.Second
	databasePause    = 500 * time.Millisecond // between attempts while it is away
)

// Options say which server to be.
type Options struct {
	Launch configuration.Launch
	// AllowOutgoing are networks that HTTP calls of processes may reach though
	// they are not public.
	AllowOutgoing []netip.Prefix
	// SessionStore is the URL of the Redis or Valkey that keeps sessions; empty for
	// the memory of this process.
	SessionStore string
	// Retention is for how long the group keeps what grows with its visitors.
	Retention Retention
	// PlatformNamespace is Temporal's namespace of deployments;
	// workflows.PlatformNamespace if empty.
	PlatformNamespace string
	// Faults are for tests of deployments that fail; nil otherwise.
	Faults *versions.Faults
	// Patience is how long a predecessor with the same id may take to end; 15 s
	// if zero.
	Patience time.Duration
	// Serving is called once, when the server begins to serve; it may be nil.
	Serving func()
	Log     *slog.Logger // required
}

// Main is an interaction server.
type Main struct {
	o        Options
	registry *prometheus.Registry
	ops      *telemetry.Ops
}

// New returns a server that does nothing yet.
func New(o Options) *Main {
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	if o.PlatformNamespace == "" {
		o.PlatformNamespace = workflows.PlatformNamespace
	}
	o.Log = o.Log.With("tenant", o.Launch.Tenant.Name, "solution", o.Launch.Solution.Name, "server", o.Launch.Server.Name)
	registry := telemetry.NewRegistry()
	m := &Main{o: o, registry: registry, ops: telemetry.NewOps(registry, o.Log)}
	m.ops.AddCheck("database", func(context.Context) error {
		return fault.New(fault.Unavailable, "starting", "not connected yet")
	})
	return m
}

// Run serves until ctx ends and then finishes what it is at. It waits for its
// database; it fails when the database's schema is older than this binary needs,
// when another process is this server, and when an address is in use.
func (m *Main) Run(ctx context.Context) error {
	listener, err := listen(ctx, m.o.Launch.MetricsListen)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return m.ops.Serve(ctx, listener) })
	group.Go(func() error { return m.serve(ctx) })
	return group.Wait()
}

func (m *Main) serve(ctx context.Context) (err error) {
	all, err := m.openPools(ctx)
	if err != nil {
		return unlessEnded(ctx, err)
	}
	defer func() { err = errors.Join(err, all.close()) }()
	db := all.interactions
	if err := migration.Check(ctx, db.DB, migration.Solution); err != nil {
		return err
	}
	self := &identity{db: db, server: tenants.ServerID(m.o.Launch.Server.ID), patience: m.o.Patience, log: m.o.Log}
	if err := self.claim(ctx); err != nil {
		return unlessEnded(ctx, err)
	}
	defer self.release()

	r, err := m.prepare(ctx, all)
	if err != nil {
		return unlessEnded(ctx, err)
	}
	defer r.close()
	listener, err := listen(ctx, m.o.Launch.Listen)
	if err != nil {
		return err
	}
	m.ops.AddCheck("database", db.PingContext)
	m.ops.AddCheck("configuration", r.configured)
	m.ops.AddCheck("versions", r.versions.Ready)
	m.o.Log.InfoContext(ctx, "serving", "address", listener.Addr().String())
	if m.o.Serving != nil {
		m.o.Serving()
	}

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return self.watch(ctx) })
	group.Go(func() error { return r.service.Run(ctx) })
	group.Go(func() error { return r.sync.run(ctx) })
	group.Go(func() error { r.dispatcher.Run(ctx); return nil })
	group.Go(func() error { return r.versions.Run(ctx) })
	group.Go(func() error { r.deploying.run(ctx); return nil })
	group.Go(func() error { r.housekeeping.run(ctx); return nil })
	group.Go(func() error { r.actions.run(ctx); return nil })
	group.Go(func() error {
		return r.touchpoints.record(ctx, func(ctx context.Context) error { return r.api.Serve(ctx, listener) })
	})
	err = group.Wait()
	m.o.Log.Info("ended", "error", err)
	return err
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.New(fault.Conflict, "address-in-use", "%s is in use by another process", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

// unlessEnded hides the errors of a start that was called off.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}
