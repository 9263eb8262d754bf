package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/tenants"
)

// patience bounds what a test waits for.
const patience = 30 * time.Second

const disputeDocument = `
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

// account is a caller of the test with its API key.
type account struct {
	configuration.Account
	key authentication.APIKey
}

func newAccount(name string, actions ...string) account {
	key := authentication.NewAPIKey()
	a := account{key: key}
	a.Ref = configuration.Ref{ID: tenants.NewID[string](), Name: name}
	a.Actions = map[string][]string{"dispute": actions}
	a.APIKeys = []configuration.APIKey{{ID: key.ID, Hash: key.Hash}}
	return a
}

// testBundle is one server with all that is around it.
type testBundle struct {
	t       *testing.T
	launch  configuration.Launch
	plane   *controlPlane
	signing authentication.SigningKey
	gateway account // a media gateway
	agent   account
	boss    account
	shop    account // a touchpoint
	runner  account // whom the server runs as
	faults  *versions.Faults
	stop    func() // the server, gracefully
}

// setup makes the surroundings; the server does not run yet. An empty Temporal
// address stands for a Temporal that is away.
func setup(t *testing.T, temporalAddress, namespace string) *testBundle {
	t.Helper()
	b := &testBundle{
		t:       t,
		signing: authentication.NewSigningKey(),
		gateway: newAccount("gateway", "submit", "view"),
		agent:   newAccount("anna", "handle"),
		boss:    newAccount("boss", "submit", "view", "stop", "statistics", "handle", "pull"),
		shop:    newAccount("shop"),
		runner:  newAccount("cards-server", "execute"),
		stop:    func() {},
	}
	b.shop.Runtime = true
	b.agent.Agent = &configuration.Agent{Skills: map[string]int{"cards": 2}, Capacity: map[string]int{"chat": 1}}
	if temporalAddress == "" {
		temporalAddress = freeAddress(t)
	}
	b.launch = configuration.Launch{
		Server:            newRef("cards-1"),
		Tenant:            newRef("harborbank"),
		Solution:          newRef("cards"),
		Group:             newRef("production"),
		DatabaseURL:       postgrestest.New(t, migration.Solution),
		APIKey:            b.runner.key.Text,
		TreatmentKey:      base64.StdEncoding.EncodeToString(make([]byte, 32)),
		TemporalAddress:   temporalAddress,
		TemporalNamespace: namespace,
		Listen:            freeAddress(t),
		MetricsListen:     freeAddress(t),
	}
	b.plane = newControlPlane(t, b.launch)
	b.launch.ControlPlane = b.plane.server.URL
	b.grant("dispute")
	t.Cleanup(func() { b.stop() })
	return b
}

// setupWithTemporal uses a namespace of its own.
func setupWithTemporal(t *testing.T) *testBundle {
	t.Helper()
	address, namespace := temporaltest.Namespace(t)
	return setup(t, address, namespace)
}

// grant publishes a configuration in which the server may execute these processes.
func (b *testBundle) grant(processes ...string) {
	c := configuration.Configuration{
		Tenant: b.launch.Tenant, Solution: b.launch.Solution, Group: b.launch.Group, Server: b.launch.Server,
		Account:  b.runner.Ref,
		Keys:     []configuration.VerificationKey{{ID: b.signing.Verification().ID, Public: b.signing.Verification().Public}},
		Accounts: []configuration.Account{b.gateway.Account, b.agent.Account, b.boss.Account, b.shop.Account, b.runner.Account},
	}
	for _, name := range processes {
		sum := sha256.Sum256([]byte(disputeDocument))
		c.Processes = append(c.Processes, configuration.Process{
			Name: name, Version: 1, Hash: hex.EncodeToString(sum[:]), Document: disputeDocument,
		})
	}
	text, err := json.Marshal(c)
	require.NoError(b.t, err)
	sum := sha256.Sum256(text)
	c.Revision = hex.EncodeToString(sum[:])
	b.plane.publish(c)
}

// start runs the server and waits until it is ready.
func (b *testBundle) start() {
	b.t.Helper()
	ended := b.run()
	b.eventually("the server is ready", func() bool {
		select {
		case err := <-ended:
			require.NoError(b.t, err, "the server ended")
		default:
		}
		response, err := http.Get("http://" + b.launch.MetricsListen + "/readyz")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// run runs the server and returns where its end is told.
func (b *testBundle) run() <-chan error {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var running sync.WaitGroup
	level := slog.LevelError
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	running.Go(func() {
		ended <- New(Options{
			Launch: b.launch, PlatformNamespace: b.launch.TemporalNamespace, Faults: b.faults, Patience: 5 * time.Second, Log: log,
		}).Run(ctx)
	})
	b.stop = func() {
		cancel()
		running.Wait()
	}
	return ended
}

// as calls the server as that account.
func (b *testBundle) as(a account) *client.InteractionServer {
	return client.NewInteractionServer(client.New("http://"+b.launch.Listen, client.Options{Credential: a.key.Text, Retries: -1}))
}

// submit hands in a chat.
func (b *testBundle) submit(externalID string) client.Interaction {
	b.t.Helper()
	submitted, created, err := b.as(b.gateway).Submit(b.t.Context(), client.NewInteraction{
		ExternalID: externalID, MediaType: "chat", Process: "dispute", Properties: map[string]any{"amount": 12},
	})
	require.NoError(b.t, err)
	require.True(b.t, created)
	return submitted
}

// ready makes the agent take chats.
func (b *testBundle) ready() {
	b.t.Helper()
	_, err := b.as(b.agent).SetMedium(b.t.Context(), "me", "chat", client.MediumChange{State: "ready"})
	require.NoError(b.t, err)
}

// offered waits until the interaction is offered to the agent.
func (b *testBundle) offered(id string) (found client.Interaction) {
	b.t.Helper()
	b.eventually("the interaction is offered", func() bool {
		agent, err := b.as(b.agent).Agent(b.t.Context(), "me")
		require.NoError(b.t, err)
		at := slices.IndexFunc(agent.Assignments, func(i client.Interaction) bool { return i.ID == id && i.State == "delivering" })
		if at >= 0 {
			found = agent.Assignments[at]
		}
		return at >= 0
	})
	return found
}

// reaches waits until the interaction is in a state.
func (b *testBundle) reaches(id, state string) (found client.Interaction) {
	b.t.Helper()
	b.eventually("the interaction is "+state, func() bool {
		var err error
		found, err = b.as(b.boss).Interaction(b.t.Context(), id)
		require.NoError(b.t, err)
		return found.State == state
	})
	return found
}

// handle takes what is offered and completes it.
func (b *testBundle) handle(id string) {
	b.t.Helper()
	offer := b.offered(id)
	_, err := b.as(b.agent).Accept(b.t.Context(), id, offer.Assignment)
	require.NoError(b.t, err)
	_, err = b.as(b.agent).Complete(b.t.Context(), id, client.Completion{Assignment: offer.Assignment, Outcome: "resolved"})
	require.NoError(b.t, err)
}

func (b *testBundle) eventually(what string, met func() bool) {
	b.t.Helper()
	deadline := time.After(patience)
	for !met() {
		select {
		case <-deadline:
			require.Fail(b.t, "not in time: "+what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// controlPlane answers the one call that a server makes.
type controlPlane struct {
	server  *httptest.Server
	path    string
	key     string
	away    atomic.Bool
	refuses atomic.Bool
	present atomic.Pointer[configuration.Configuration]
}

func newControlPlane(t *testing.T, launch configuration.Launch) *controlPlane {
	t.Helper()
	plane := &controlPlane{
		path: "/v1/tenants/" + launch.Tenant.Name + "/servers/" + launch.Server.ID + "/configuration",
		key:  launch.APIKey,
	}
	plane.server = httptest.NewServer(plane)
	t.Cleanup(plane.server.Close)
	return plane
}

func (p *controlPlane) publish(c configuration.Configuration) { p.present.Store(&c) }

func (p *controlPlane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	present := p.present.Load()
	etag := rest.QuoteETag(present.Revision)
	switch {
	case p.away.Load():
		w.WriteHeader(http.StatusBadGateway)
	case p.refuses.Load():
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"type":"https://switchyard.dev/problems/invalid-credentials","title":"Not authenticated","status":401,"detail":"the credentials are not valid"}`))
	case r.URL.Path != p.path || r.Header.Get("Authorization") != "Bearer "+p.key:
		w.WriteHeader(http.StatusNotFound)
	case r.Header.Get("If-None-Match") == etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(present)
	}
}

func newRef(name string) configuration.Ref {
	return configuration.Ref{ID: tenants.NewID[string](), Name: name}
}

// freeAddress is one that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func emptyDatabase(t *testing.T) string {
	t.Helper()
	return postgrestest.Empty(t)
}
