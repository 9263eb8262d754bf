package crashtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/tenants"
)

const disputeDocument = `
document: {dsl: 1.0.0, namespace: bank, name: dispute, version: 1.0.0}
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

// surroundings are what a group is given.
type surroundings struct {
	servers      int
	databaseURL  string // empty for one of the shared server
	sessionStore string
	content      bundle.Content
}

// group is a server group of real processes, with a database of its own. A control
// plane that the test plays gives them their configuration; Temporal is away.
type group struct {
	t       *testing.T
	dir     string
	db      *sqlx.DB
	tenant  configuration.Ref
	plane   *plane
	servers []*member
	shop    authentication.APIKey // of the touchpoint
	boss    authentication.APIKey // who sees all interactions
}

type member struct {
	*local.Process
	launch configuration.Launch
}

func (m *member) url() string { return "http://" + m.launch.Listen }

// setup starts a group and waits until all of it serves.
func setup(t *testing.T, s surroundings) *group {
	t.Helper()
	if s.databaseURL == "" {
		s.databaseURL = postgrestest.New(t, migration.Solution)
	}
	g := &group{
		t: t, dir: t.TempDir(), db: postgrestest.Open(t, s.databaseURL), tenant: newRef("bank"), plane: newPlane(t),
		shop: authentication.NewAPIKey(), boss: authentication.NewAPIKey(),
	}
	runner := authentication.NewAPIKey()
	base := configuration.Launch{
		Tenant: g.tenant, Solution: newRef("cards"), Group: newRef("production"), DatabaseURL: s.databaseURL, APIKey: runner.Text,
		ControlPlane: g.plane.server.URL, TemporalAddress: freeAddress(t), TemporalNamespace: "none",
	}
	g.publish(0, 1, s.content)
	account := configuration.Account{Ref: newRef("cards-server"), Actions: map[string][]string{"dispute": {"execute", "submit"}}, APIKeys: keys(runner)}
	for i := range s.servers {
		launch := base
		launch.Server, launch.Listen, launch.MetricsListen = newRef(fmt.Sprintf("cards-%d", i+1)), freeAddress(t), freeAddress(t)
		g.plane.add(launch, account, g.accounts())
		g.servers = append(g.servers, &member{launch: launch})
	}
	for _, m := range g.servers {
		m.Process = start(t, g.dir, m.launch.Server.Name, role{Server: &serverRole{Launch: m.launch, SessionStore: s.sessionStore}})
	}
	g.awaitServers()
	return g
}

func (g *group) accounts() []configuration.Account {
	return []configuration.Account{
		{Ref: newRef("shop"), Runtime: true, APIKeys: keys(g.shop)},
		{Ref: newRef("boss"), Actions: map[string][]string{"dispute": {"view", "statistics"}}, APIKeys: keys(g.boss)},
	}
}

func keys(of authentication.APIKey) []configuration.APIKey {
	return []configuration.APIKey{{ID: of.ID, Hash: of.Hash}}
}

func newRef(name string) configuration.Ref {
	return configuration.Ref{ID: tenants.NewID[string](), Name: name}
}

// publish makes the group serve a version of the channel.
func (g *group) publish(present, number int64, content bundle.Content) {
	g.t.Helper()
	p := &bundle.Package{Format: bundle.Format, Tenant: g.tenant.ID, Channel: "web", Content: content}
	encoded, hash, err := p.Encode()
	require.NoError(g.t, err)
	store := versionspg.New(g.db)
	require.NoError(g.t, store.Publish(g.t.Context(), hash, encoded))
	_, err = store.Move(g.t.Context(), present, versions.Version{Channel: "web", Number: number, Hash: hash, Name: fmt.Sprintf("release %d", number)})
	require.NoError(g.t, err)
}

func (g *group) awaitServers() {
	g.t.Helper()
	for _, m := range g.servers {
		eventually(g.t, "server "+m.launch.Server.Name+" is ready", m.ready)
	}
}

func (m *member) ready() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.launch.MetricsListen+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// restart starts a server that was killed.
func (g *group) restart(m *member) {
	g.t.Helper()
	require.NoError(g.t, m.Start(context.Background()))
}

// runtime calls some servers of the group as the touchpoint; all where none is named.
func (g *group) runtime(servers ...*member) *client.Runtime {
	if len(servers) == 0 {
		servers = g.servers
	}
	urls := make([]string, len(servers))
	for i, m := range servers {
		urls[i] = m.url()
	}
	return client.NewRuntime(urls, client.RuntimeOptions{Options: client.Options{Credential: g.shop.Text, Timeout: 20 * time.Second}, Pause: 500 * time.Millisecond})
}

// count is a number that the database has.
func (g *group) count(query string, args ...any) (n int64) {
	g.t.Helper()
	require.NoError(g.t, g.db.GetContext(g.t.Context(), &n, query, args...), query)
	return n
}

// plane answers the one call that servers make to a control plane.
type plane struct {
	server  *httptest.Server
	answers map[string][2]string // by path: revision and configuration; complete before a server starts
}

func newPlane(t *testing.T) *plane {
	t.Helper()
	p := &plane{answers: map[string][2]string{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// add has a configuration for a server.
func (p *plane) add(launch configuration.Launch, runner configuration.Account, others []configuration.Account) {
	sum := sha256.Sum256([]byte(disputeDocument))
	c := configuration.Configuration{
		Tenant: launch.Tenant, Solution: launch.Solution, Group: launch.Group, Server: launch.Server, Account: runner.Ref,
		Revision: launch.Server.ID, Accounts: append([]configuration.Account{runner}, others...),
		Processes: []configuration.Process{{Name: "dispute", Version: 1, Hash: hex.EncodeToString(sum[:]), Document: disputeDocument}},
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	path := "/v1/tenants/" + launch.Tenant.Name + "/servers/" + launch.Server.ID + "/configuration"
	p.answers[path] = [2]string{rest.QuoteETag(c.Revision), string(text)}
}

func (p *plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, ok := p.answers[r.URL.Path]
	switch {
	case !ok || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "):
		w.WriteHeader(http.StatusNotFound)
	case r.Header.Get("If-None-Match") == answer[0]:
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", answer[0])
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer[1]))
	}
}
