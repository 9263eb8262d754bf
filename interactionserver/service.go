package interactionserver

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Options are what a Service may be given; the zero value works.
type Options struct {
	// Logger is where the background work reports; nil is slog.Default.
	Logger *slog.Logger
}

// Service is one interaction server's part of its group: the rules of
// interactions, queues and agents, over the group's database. It is safe for
// concurrent use, by many servers of the group at once.
type Service struct {
	server      tenants.ServerID
	store       Store
	log         *slog.Logger
	view        atomic.Pointer[view]
	definitions *definitions
	hub         *hub
	refusals    *refusals
	matcher     *matcher
	outbox      signal
}

// NewService returns a service that refuses everything until SetConfiguration or
// Restore gave it a configuration. server is the server that it works for.
func NewService(server tenants.ServerID, store Store, o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Service{
		server:   server,
		store:    store,
		log:      o.Logger.With("server", string(server)),
		hub:      &hub{watchers: map[tenants.AccountID]map[signal]struct{}{}},
		refusals: &refusals{store: store, counts: map[Refusal]int64{}},
		outbox:   newSignal(),
	}
	s.definitions = &definitions{store: store, log: s.log, parsed: map[version]parsed{}}
	s.view.Store(newView(&configuration.Configuration{}))
	s.matcher = newMatcher(s)
	return s
}

// SetConfiguration stores c in the database, with every process definition in
// it, and then works by it. A configuration of another server is refused. On an
// error the former one stays in force.
func (s *Service) SetConfiguration(ctx context.Context, c configuration.Configuration) error {
	if tenants.ServerID(c.Server.ID) != s.server {
		return fault.New(fault.Invalid, "foreign-configuration", "the configuration is that of another server")
	}
	if err := s.store.SaveConfiguration(ctx, c); err != nil {
		return err
	}
	s.use(&c)
	return nil
}

// Restore works by the configuration that was last stored for this server, and
// reports whether there was one.
func (s *Service) Restore(ctx context.Context) (bool, error) {
	c, found, err := s.store.FindConfiguration(ctx)
	if err != nil || !found {
		return false, err
	}
	s.use(&c)
	return true, nil
}

func (s *Service) use(c *configuration.Configuration) {
	s.view.Store(newView(c))
	s.matcher.startOver()
	s.outbox.raise() // entries of a process that was granted again
}

// Configuration returns the configuration in force, nil before the first. It
// must not be changed.
func (s *Service) Configuration() *configuration.Configuration {
	if c := s.view.Load().configuration; c.Revision != "" {
		return c
	}
	return nil
}

// faults that several methods answer with.

func interactionNotFound() error {
	return fault.New(fault.NotFound, "interaction-not-found", "there is no such interaction")
}

func agentNotFound() error {
	return fault.New(fault.NotFound, "agent-not-found", "there is no such agent")
}

func queueNotFound() error {
	return fault.New(fault.NotFound, "queue-not-found", "there is no such queue")
}

func notAllowed(what string) error {
	return fault.New(fault.Forbidden, "not-allowed", "the caller may not %s", what)
}
