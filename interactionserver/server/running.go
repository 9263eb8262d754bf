package server

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	temporal "go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/rehearsal/rehearsalpg"
	"github.com/switchyard/switchyard/interactionserver/serverapi"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/telemetry"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/businessprocess"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// running are the parts of a server that serves.
type running struct {
	launch      configuration.Launch
	startedAt   time.Time
	db          *sqlx.DB
	store       *serverpg.Store
	service     *interactionserver.Service
	grants      *grants
	sync        *configurationSync
	temporal    temporal.Client
	connection  *businessprocess.Connection
	workers     *businessprocess.Workers
	dispatcher  *businessprocess.Dispatcher
	versions    *versions.Holder
	deploying   deploying
	touchpoints *touchpoints
	api         *rest.API

	housekeeping *housekeeping
	actions      *actionMetrics
	log          *slog.Logger
}

// prepare wires the parts. With a stored configuration it works by that one at
// once.
func (m *Main) prepare(ctx context.Context, all pools) (*running, error) {
	db := all.interactions
	launch, log := m.o.Launch, m.o.Log
	id := tenants.ServerID(launch.Server.ID)
	codes, err := codesOf(launch)
	if err != nil {
		return nil, fmt.Errorf("key of treatment codes: %w", err)
	}
	keys, err := parseWebhookKeys(launch.WebhookKeys)
	if err != nil {
		return nil, fmt.Errorf("keys of webhooks: %w", err)
	}
	shared, err := sharedSessions(m.o.SessionStore, launch.Group.ID, log)
	if err != nil {
		return nil, err
	}
	tells, err := temporalclient.New(temporalclient.Options{
		Address:   launch.TemporalAddress,
		Namespace: launch.TemporalNamespace,
		Identity:  "server/" + launch.Server.Name,
		Logger:    log,
	})
	if err != nil {
		return nil, err
	}
	store := serverpg.New(db, id)
	service := interactionserver.NewService(id, store, interactionserver.Options{Logger: log})
	r := &running{
		launch:    launch,
		startedAt: time.Now().UTC(),
		db:        db,
		store:     store,
		service:   service,
		grants:    &grants{},
		temporal:  tells,
		// Whoever calls Temporal does so through this one.
		connection: businessprocess.NewConnection(tells),
		log:        log,
	}
	group := tenants.ServerGroupID(launch.Group.ID)
	caller := businessprocess.NewCaller(businessprocess.Guard{Allow: m.o.AllowOutgoing})
	r.workers = businessprocess.NewWorkers(r.connection, group, processHost{service: service, runtime: r.runtime}, caller, log)
	r.dispatcher = businessprocess.NewDispatcher(r.connection, outbox{service: service, grants: r.grants}, businessprocess.Place{
		Tenant:   launch.Tenant.Name,
		Solution: launch.Solution.Name,
		Group:    launch.Group.Name,
		GroupID:  group,
	}, service.OutboxReady(), log)
	r.sync = newConfigurationSync(launch, r.adopt, r.withdraw, log)
	r.versions = versions.NewHolder(versions.Server{ID: id, Name: launch.Server.Name}, versionspg.New(db), versions.Options{
		Tenant: launch.Tenant.ID,
		Logger: log,
		Faults: m.o.Faults,
	})
	r.deploying = deploying{
		connection: r.connection,
		temporal:   tells,
		options: temporal.Options{
			Namespace: m.o.PlatformNamespace,
			Identity:  "server/" + launch.Server.Name,
			Logger:    sdklog.NewStructuredLogger(log),
		},
		server:   id,
		versions: r.versions,
		tests:    rehearsal.NewRunner(launch.Tenant.ID, rehearsalpg.New(db), profilespg.New(db)),
		log:      log,
	}
	r.touchpoints = newTouchpoints(all, id, r.versions, triggers{caller: caller, service: service, keys: keys}, codes, shared, log)
	r.housekeeping = newHousekeeping(db, store, r.touchpoints.actions, m.o.Retention, m.registry, log)
	r.actions = newActionMetrics(r.touchpoints.actions.Usage, m.registry)
	registerRefusals(r.touchpoints.service.Refusals, m.registry)
	build := telemetry.ReadBuild()
	r.api = serverapi.New(service, serverapi.Options{
		Status:   r.status,
		Build:    client.ServerVersion{Version: build.Version, Revision: build.Revision, Go: build.Go},
		Channels: r.channels,
		Runtime:  r.touchpoints.service,
		Actions:  r.touchpoints.actions,
		Sessions: r.touchpoints.sessions.Usage,
		Logger:   log,
		Registry: m.registry,
	})
	if err := r.restore(ctx); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// restore works by the configuration of the last run, if there was one.
func (r *running) restore(ctx context.Context) error {
	restored, err := r.service.Restore(ctx)
	if err != nil || !restored {
		return err
	}
	c := r.service.Configuration()
	r.sync.restored(c.Revision, time.Now().UTC())
	r.serveGranted(*c)
	return nil
}

// adopt works by another configuration.
func (r *running) adopt(ctx context.Context, c configuration.Configuration) error {
	if err := r.service.SetConfiguration(ctx, c); err != nil {
		return err
	}
	r.serveGranted(c)
	return nil
}

// withdraw goes on without any business process and without touchpoints. Who the
// callers are stays known, so that they are told what is the matter.
func (r *running) withdraw(ctx context.Context) error {
	present := r.service.Configuration()
	if present == nil {
		return nil
	}
	none := *present
	none.Processes, none.Revision = nil, "withdrawn"
	none.Accounts = slices.Clone(present.Accounts)
	for i := range none.Accounts {
		none.Accounts[i].Runtime = false
	}
	return r.adopt(ctx, none)
}

// serveGranted polls the task queues of the granted processes and of no others.
func (r *running) serveGranted(c configuration.Configuration) {
	r.grants.learn(c.Processes)
	r.workers.Serve(r.grants.names())
}

// configured is the readiness check of the configuration.
func (r *running) configured(context.Context) error {
	if r.service.Configuration() == nil {
		return fault.New(fault.Unavailable, "no-configuration", "the first configuration has not come yet")
	}
	return nil
}

// close ends what Run's context does not end. The last steps of processes still
// use the database.
func (r *running) close() {
	r.workers.Close()
	r.temporal.Close()
	r.touchpoints.close(r.log)
	_ = r.store.Close()
}
