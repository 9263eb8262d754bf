package serverapi_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/serverapi"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/rest/resttest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
	"github.com/switchyard/switchyard/tenants"
)

const (
	patience = 20 * time.Second

	disputeDocument = `
document: {dsl: 1.0.0, namespace: harborbank, name: dispute, version: 1.0.0}
evaluate: {language: cel}
queues:
  - name: intake
do:
  - assist:
      call: route
      with:
        queue: intake
        targets:
          - agents: skills.level("cards") >= 1
  - done:
      call: stop
      with: {reason: handled}
`
	claimDocument = `
document: {dsl: 1.0.0, namespace: harborbank, name: claim, version: 1.0.0}
evaluate: {language: cel}
queues:
  - name: tray
do:
  - wait:
      call: queue
      with: {queue: tray}
  - done:
      call: stop
      with: {reason: handled}
`
)

// testBundle is a served surface over a real database, with accounts of all sorts.
type testBundle struct {
	t       *testing.T
	service *interactionserver.Service
	api     *rest.API
	url     string
	signing authentication.SigningKey
	config  configuration.Configuration

	sessions *session.Memory
	registry *prometheus.Registry

	gateway  configuration.Account // may submit disputes
	anna     configuration.Account // an agent for both processes
	boss     configuration.Account // may do everything with both processes
	stranger configuration.Account // may do everything but with claims only
	shop     configuration.Account // a touchpoint
	operator configuration.Account // operates the solution
	actions  *schedulepg.Store
	keys     map[string]string // API keys by account name
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{t: t, signing: authentication.NewSigningKey(), keys: map[string]string{}}
	var all []string
	for _, action := range accessgroups.ProcessActions {
		all = append(all, string(action))
	}
	b.gateway = b.account("gateway", map[string][]string{"dispute": {"submit"}})
	b.anna = b.account("anna", map[string][]string{"dispute": {"handle", "pull"}, "claim": {"handle", "pull"}})
	b.boss = b.account("boss", map[string][]string{"dispute": all, "claim": all})
	b.stranger = b.account("stranger", map[string][]string{"claim": {"submit", "view", "handle", "pull", "stop"}})
	b.shop = b.account("shop", nil)
	b.shop.Runtime = true
	b.operator = b.account("operator", nil)
	b.operator.Operate = true
	agent := &configuration.Agent{Skills: map[string]int{"cards": 2}, Capacity: map[string]int{"chat": 100, "letter": 100}}
	b.anna.Agent, b.stranger.Agent = agent, &configuration.Agent{Capacity: map[string]int{"chat": 1}}

	server := configuration.Ref{ID: tenants.NewID[string](), Name: "cards-1"}
	verification := b.signing.Verification()
	b.config = configuration.Configuration{
		Revision: "1",
		Tenant:   configuration.Ref{ID: tenants.NewID[string](), Name: "harborbank"},
		Solution: configuration.Ref{ID: tenants.NewID[string](), Name: "cards"},
		Group:    configuration.Ref{ID: tenants.NewID[string](), Name: "production"},
		Server:   server,
		Account:  configuration.Ref{ID: tenants.NewID[string](), Name: "cards-server"},
		Keys:     []configuration.VerificationKey{{ID: verification.ID, Public: verification.Public}},
		Processes: []configuration.Process{
			published("claim", claimDocument), published("dispute", disputeDocument),
		},
		Accounts: []configuration.Account{b.gateway, b.anna, b.boss, b.stranger, b.shop, b.operator},
	}
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	store := serverpg.New(db, tenants.ServerID(server.ID))
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	quiet := slog.New(slog.DiscardHandler)
	b.service = interactionserver.NewService(tenants.ServerID(server.ID), store, interactionserver.Options{Logger: quiet})
	require.NoError(t, b.service.SetConfiguration(t.Context(), b.config))
	recorder := history.NewRecorder(historypg.New(db), history.Options{Logger: quiet})
	b.sessions = session.NewMemory(session.Limits{}, nil)
	b.registry = prometheus.NewRegistry()
	b.actions = schedulepg.New(db, server.ID, schedulepg.Options{Logger: quiet})
	b.api = serverapi.New(b.service, serverapi.Options{
		Runtime:  touchpoint.New(b.sessions, serving(t), recorder, touchpoint.Options{}),
		Actions:  b.actions,
		Sessions: b.sessions.Usage,
		Registry: b.registry,
		Status: func(context.Context) client.InteractionServerStatus {
			return client.InteractionServerStatus{Server: "cards-1", Processes: []client.GrantedProcess{}}
		},
		Resend: 100 * time.Millisecond,
		Build:  client.ServerVersion{Version: "1.2.3", Go: "go1.26"},
		Logger: quiet,
	})
	b.url = resttest.Serve(t, b.api)

	matching, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- b.service.Run(matching) }()
	go func() { ended <- recorder.Run(matching) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, errors.Join(<-ended, <-ended))
	})
	return b
}

// served has one version of one channel.
type served struct{ version *versions.Serving }

func (s served) Serving(channel string) *versions.Serving {
	if channel == s.version.Channel {
		return s.version
	}
	return nil
}

func (s served) Channels() []versions.Channel {
	return []versions.Channel{{Name: s.version.Channel, Serving: s.version}}
}

// serving has channel web with ten rules for four offers at two points.
func serving(t *testing.T) served {
	t.Helper()
	compiled, err := bundle.Compile(bundletest.Synthetic(bundletest.Size{Rules: 10, Clauses: 1, Offers: 4, Flowcharts: 1, Zones: 2}))
	require.NoError(t, err)
	return served{&versions.Serving{
		Version: versions.Version{Channel: "web", Number: 7, Hash: compiled.Hash, Name: "release"}, Compiled: compiled,
	}}
}

func (b *testBundle) account(name string, actions map[string][]string) configuration.Account {
	key := authentication.NewAPIKey()
	b.keys[name] = key.Text
	return configuration.Account{
		Ref:     configuration.Ref{ID: tenants.NewID[string](), Name: name},
		Actions: actions,
		APIKeys: []configuration.APIKey{{ID: key.ID, Hash: key.Hash}},
	}
}

func published(name, document string) configuration.Process {
	sum := sha256.Sum256([]byte(document))
	return configuration.Process{Name: name, Version: 1, Hash: hex.EncodeToString(sum[:]), Document: document}
}

// as calls the surface with the API key of that account.
func (b *testBundle) as(account configuration.Account) *client.InteractionServer {
	return client.NewInteractionServer(client.New(b.url, client.Options{Credential: b.keys[account.Name], Retries: -1}))
}

// token is what the control plane would issue.
func (b *testBundle) token(account configuration.Ref, tenant, audience string, life time.Duration) string {
	b.t.Helper()
	return b.signed(b.signing, account, tenant, audience, time.Now(), life)
}

func (b *testBundle) signed(key authentication.SigningKey, account configuration.Ref, tenant, audience string, now time.Time, life time.Duration) string {
	b.t.Helper()
	issuer := authentication.NewIssuer(key, func() time.Time { return now })
	token, _, err := issuer.Issue(authentication.Caller{Account: account.ID, Tenant: tenant, Name: account.Name}, audience, life)
	require.NoError(b.t, err)
	return token
}

func (b *testBundle) audience() string { return authentication.ServerGroup(b.config.Group.ID) }

// submit hands in an interaction whose process has taken its first steps.
func (b *testBundle) submit(process, medium string) client.Interaction {
	b.t.Helper()
	submitted, created, err := b.as(b.boss).Submit(b.t.Context(), client.NewInteraction{Process: process, MediaType: medium})
	require.NoError(b.t, err)
	require.True(b.t, created)
	_, err = b.service.Advance(b.t.Context(), interactionserver.InteractionID(submitted.ID))
	require.NoError(b.t, err)
	return submitted
}

// offer hands in a chat and waits until it is offered to anna.
func (b *testBundle) offer() client.Interaction {
	b.t.Helper()
	_, err := b.as(b.anna).SetMedium(b.t.Context(), "me", "chat", client.MediumChange{State: "ready"})
	require.NoError(b.t, err)
	submitted := b.submit("dispute", "chat")
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	var offered client.Interaction
	err = b.as(b.anna).WatchAgent(ctx, "me", func(a client.Agent) error {
		for _, i := range a.Assignments {
			if i.ID == submitted.ID && i.State == "delivering" {
				offered = i
				return errFound
			}
		}
		return nil
	})
	require.ErrorIs(b.t, err, errFound, "the interaction is not offered in time")
	return offered
}

// accepted is offered and taken by anna.
func (b *testBundle) accepted() client.Interaction {
	b.t.Helper()
	offered := b.offer()
	accepted, err := b.as(b.anna).Accept(b.t.Context(), offered.ID, offered.Assignment)
	require.NoError(b.t, err)
	return accepted
}

func configurationRef(name string) configuration.Ref {
	return configuration.Ref{ID: tenants.NewID[string](), Name: name}
}
