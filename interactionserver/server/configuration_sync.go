package server

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	syncPause   = time.Second // between polls; ±10 %
	syncTimeout = 10 * time.Second
)

// configurationSync polls the control plane for the server's configuration.
type configurationSync struct {
	controlPlane *client.Client
	path         string
	adopt        func(ctx context.Context, c configuration.Configuration) error
	// withdraw gives up all grants, when the control plane says that this server's
	// account is not valid any more.
	withdraw func(ctx context.Context) error
	log      *slog.Logger

	mu        sync.Mutex
	revision  string    // of the configuration in force
	since     time.Time // when it was adopted; zero: never
	stored    bool      // it came from the database
	contact   time.Time // when the control plane last answered
	lastError string
}

func newConfigurationSync(
	launch configuration.Launch,
	adopt func(context.Context, configuration.Configuration) error,
	withdraw func(context.Context) error,
	log *slog.Logger,
) *configurationSync {
	return &configurationSync{
		controlPlane: client.New(launch.ControlPlane, client.Options{Credential: launch.APIKey, Retries: -1}),
		path: "/v1/tenants/" + url.PathEscape(launch.Tenant.Name) +
			"/servers/" + url.PathEscape(launch.Server.ID) + "/configuration",
		adopt:    adopt,
		withdraw: withdraw,
		log:      log,
	}
}

// restored says that the server works by a stored configuration.
func (s *configurationSync) restored(revision string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision, s.since, s.stored = revision, now, true
}

// run polls until ctx ends.
func (s *configurationSync) run(ctx context.Context) error {
	for ctx.Err() == nil {
		s.note(ctx, s.poll(ctx))
		sleep.For(ctx, syncPause*9/10+rand.N(syncPause/5))
	}
	return nil
}

// poll fetches the configuration when it is another one, and adopts it.
func (s *configurationSync) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	var options []client.Option
	s.mu.Lock()
	if s.revision != "" {
		options = append(options, client.IfNoneMatch(rest.QuoteETag(s.revision)))
	}
	s.mu.Unlock()
	var next configuration.Configuration
	err := s.controlPlane.Do(ctx, http.MethodGet, s.path, nil, &next, options...)
	if errors.Is(err, client.ErrNotModified) {
		return nil
	}
	if refused(err) {
		return errors.Join(err, s.giveUp(ctx))
	}
	if err != nil {
		return err
	}
	if err := s.adopt(ctx, next); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision, s.since, s.stored = next.Revision, time.Now(), false
	s.log.InfoContext(ctx, "configuration adopted", "revision", next.Revision,
		"processes", len(next.Processes), "accounts", len(next.Accounts))
	return nil
}

// refused reports whether the control plane itself said no to this server: its
// account is disabled or its key revoked, or the server is not this account's any
// more. What a proxy or a broken control plane answers is none of that.
func refused(err error) bool {
	return client.IsType(err, "invalid-credentials") || client.IsType(err, "not-found")
}

// giveUp withdraws the grants, once: the next configuration is adopted whatever
// its revision.
func (s *configurationSync) giveUp(ctx context.Context) error {
	s.mu.Lock()
	given := s.revision == ""
	s.mu.Unlock()
	if given {
		return nil
	}
	if err := s.withdraw(ctx); err != nil {
		return err
	}
	s.log.WarnContext(ctx, "grants withdrawn: the control plane refuses this server's account")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision, s.since, s.stored = "", time.Now(), false
	return nil
}

// note keeps the outcome of a poll, and logs it when it changes.
func (s *configurationSync) note(ctx context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.lastError
	if err == nil {
		s.contact, s.lastError, s.stored = time.Now(), "", false
		if before != "" {
			s.log.InfoContext(ctx, "configuration is kept up to date again")
		}
		return
	}
	if ctx.Err() != nil {
		return
	}
	s.lastError = problemText(err)
	if before != s.lastError {
		s.log.WarnContext(ctx, "cannot keep the configuration up to date", "error", err)
	}
}

// state is what the status shows.
func (s *configurationSync) state() (client.ConfigurationState, client.Dependency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := client.ConfigurationState{Revision: s.revision, Stored: s.stored}
	if !s.since.IsZero() {
		since := s.since
		state.Since = &since
	}
	controlPlane := client.Dependency{OK: s.lastError == "" && !s.contact.IsZero(), Problem: s.lastError}
	if !s.contact.IsZero() {
		contact := s.contact
		controlPlane.CheckedAt = &contact
	}
	return state, controlPlane
}

// problemText is what callers of the status may see of an error.
func problemText(err error) string {
	var problem *client.Problem
	if errors.As(err, &problem) {
		return "the control plane refuses: " + problem.Detail
	}
	return "the control plane cannot be reached"
}
