package serverapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/session"
)

// Options are what the surface shows or uses besides the service.
type Options struct {
	// Status reports on the server; required to serve.
	Status func(ctx context.Context) client.InteractionServerStatus
	// Build is what GET /v1/version answers of the binary.
	Build client.ServerVersion
	// Channels are what it answers of deployments; nil: nothing is deployed.
	Channels func() []client.ServedChannel
	// Runtime is what touchpoints talk to; required to serve.
	Runtime Runtime
	// Actions are those that events left to do and that were given up; required to
	// serve.
	Actions schedule.Overseer
	// Sessions says how many sessions there are, for the metrics; nil: unknown.
	Sessions func() session.Usage
	// Resend is how often an agent's stream says its state without a change; 15 s
	// if zero.
	Resend   time.Duration
	Logger   *slog.Logger          // required
	Registry prometheus.Registerer // nil: no metrics
}

const description = `An interaction server takes interactions in, runs the business process of each one, and
routes them to agents. And it answers touchpoints: which offers are best for a visitor.

Bearer tokens are API keys, or tokens that the control plane issues for the audience of this server's group
(` + "`POST /v1/tokens`" + ` there). What a caller may do is granted per business process; of what it may not view
it learns nothing.

Submitting is idempotent: an interaction with the media source and external id of an earlier one is that earlier one.
Agents follow their own work on ` + "`GET /v1/agents/me/events`" + `, a stream of Server-Sent Events.

Who may operate the solution sees which actions of events were given up.

Touchpoints need the role ` + "`touchpoint`" + ` in the server's solution. Their calls are answered with HTTP status 200 and a
` + "`status`" + ` of their own, 0 success, 1 warning or 2 error, with ` + "`messages`" + ` whose codes are stable; other HTTP statuses say
that the request did not get as far as that.`

// surface holds what the operations need.
type surface struct {
	service     *interactionserver.Service
	directories *directories
	o           Options
}

// New returns the REST surface of a service.
func New(service *interactionserver.Service, o Options) *rest.API {
	if o.Resend == 0 {
		o.Resend = defaultResend
	}
	if o.Channels == nil {
		o.Channels = func() []client.ServedChannel { return []client.ServedChannel{} }
	}
	s := &surface{
		service:     service,
		directories: &directories{configuration: service.Configuration, log: o.Logger},
		o:           o,
	}
	api := rest.New(rest.Options{
		Title:        "Switchyard interaction server",
		Description:  description,
		Version:      "1",
		Authenticate: s.authenticate,
		Authorize:    s.authorize,
		Logger:       o.Logger,
		Registry:     o.Registry,
	})
	s.registerInteractions(api)
	s.registerAssignments(api)
	s.registerQueues(api)
	s.registerAgents(api)
	s.registerRuntime(api)
	s.registerDeadActions(api)
	s.registerServer(api)
	return api
}
