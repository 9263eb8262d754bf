package interactionserver_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type accountID = tenants.AccountID

// Business processes of the tests.
const (
	disputes = `
document: {dsl: 1.0.0, namespace: bank, name: disputes, version: 1.0.0}
evaluate: {language: cel}
queues:
  - name: intake
  - name: back-office
do:
  - serve:
      call: route
      with:
        queue: intake
        inviteTimeout: PT20S
        targets:
          - agents: ${ skills.level("cards") >= 50 }
            for: PT1M
          - agents: ${ skills.level("cards") >= 10 }
            for: PT1M
        onNoTarget: handBack
  - close:
      call: stop
      with:
        reason: ${ "solved by " + lastAgent + " as " + outcome }
  - handBack:
      call: queue
      with:
        queue: back-office
`
	letters = `
document: {dsl: 1.0.0, namespace: bank, name: letters, version: 1.0.0}
evaluate: {language: cel}
queues:
  - name: inbox
do:
  - pause:
      wait: PT1H
  - lookup:
      call: http
      with:
        method: GET
        endpoint: https://crm.example/customers/1
        timeout: PT2S
        output: customer
        onFailure: file
  - file:
      call: queue
      with:
        queue: inbox
`
)

// How long asynchronous work may take at most, and how often it is looked at.
const (
	waitFor = 20 * time.Second
	tick    = 5 * time.Millisecond
)

var (
	quiet       = interactionserver.Options{Logger: slog.New(slog.DiscardHandler)}
	poolOptions = postgres.Options{MaxOpen: 8}
)

// bundle is a server group with its database and some accounts.
type bundle struct {
	t        testing.TB
	url      string
	db       *sqlx.DB
	media    tenants.AccountID // submits, views, stops, reads statistics
	stranger tenants.AccountID // has no access
	agents   []tenants.AccountID
	config   configuration.Configuration
	*interactionserver.Service
}

// setup returns a group with one server and n agents, all skilled in cards, with
// a capacity of one chat and two e-mails each.
func setup(t testing.TB, n int) *bundle {
	t.Helper()
	b := &bundle{t: t, url: postgrestest.New(t, migration.Solution)}
	b.db = postgrestest.Open(t, b.url)
	b.media, b.stranger = id[tenants.AccountID](), id[tenants.AccountID]()
	all := []string{"execute", "submit", "view", "stop", "statistics"}
	b.config = configuration.Configuration{
		Server:    configuration.Ref{ID: string(id[tenants.ServerID]()), Name: "server-1"},
		Processes: []configuration.Process{published("disputes", 1, disputes), published("letters", 1, letters)},
		Accounts: []configuration.Account{
			account(b.media, "media", nil, map[string][]string{"disputes": all, "letters": all, "loans": {"submit", "statistics"}}),
			account(b.stranger, "stranger", nil, map[string][]string{"disputes": {"snapshot"}}),
		},
	}
	for i := range n {
		agent := id[tenants.AccountID]()
		b.agents = append(b.agents, agent)
		b.config.Accounts = append(b.config.Accounts, account(agent, fmt.Sprintf("agent-%d", i),
			&configuration.Agent{Skills: map[string]int{"cards": 60}, Capacity: map[string]int{"chat": 1, "email": 2}},
			map[string][]string{"disputes": {"handle", "pull"}, "letters": {"handle", "pull"}}))
	}
	b.Service = b.server(b.config)
	return b
}

// server returns one more server of the group, with a pool of its own.
func (b *bundle) server(c configuration.Configuration) *interactionserver.Service {
	b.t.Helper()
	db, err := serverpg.Open(b.t.Context(), b.url, poolOptions)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = db.Close() })
	service := b.on(db, c)
	c.Revision = hash(fmt.Sprint(c))
	require.NoError(b.t, service.SetConfiguration(b.t.Context(), c))
	return service
}

// on returns a service without a configuration on a pool.
func (b *bundle) on(db *sqlx.DB, c configuration.Configuration) *interactionserver.Service {
	server := tenants.ServerID(c.Server.ID)
	store := serverpg.New(db, server)
	b.t.Cleanup(func() { _ = store.Close() })
	return interactionserver.NewService(server, store, quiet)
}

// restarted returns the server as it is after a restart without the control plane.
func (b *bundle) restarted() *interactionserver.Service {
	b.t.Helper()
	service := b.on(b.db, b.config)
	found, err := service.Restore(b.t.Context())
	require.NoError(b.t, err)
	require.True(b.t, found)
	return service
}

// otherServer is the configuration of another server of the group, with the same
// grants.
func (b *bundle) otherServer() configuration.Configuration {
	c := b.config
	c.Server = configuration.Ref{ID: string(id[tenants.ServerID]()), Name: "server-2"}
	return c
}

// run works in the background as a server does, with a process host that delivers
// the outbox, until the test ends.
func (b *bundle) run(services ...*interactionserver.Service) {
	if len(services) == 0 {
		services = append(services, b.Service)
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	var wg sync.WaitGroup
	for _, s := range services {
		wg.Go(func() { _ = s.Run(ctx) })
		wg.Go(func() { host(ctx, s) })
	}
	b.t.Cleanup(func() { cancel(); wg.Wait() })
}

// host delivers outbox entries; calls and timers it leaves to the tests.
func host(ctx context.Context, s *interactionserver.Service) {
	for ctx.Err() == nil {
		patience := time.Second
		if err := deliver(ctx, s); err != nil {
			patience = tick
		}
		select {
		case <-ctx.Done():
		case <-s.OutboxReady():
		case <-time.After(patience):
		}
	}
}

// deliver empties the outbox.
func deliver(ctx context.Context, s *interactionserver.Service) error {
	for {
		entries, err := s.Outbox(ctx, 100)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, entry := range entries {
			if _, err := s.Advance(ctx, entry.Interaction); err != nil {
				return err
			}
			if err := s.Settle(ctx, entry.ID); err != nil {
				return err
			}
		}
	}
}

// submit hands in a chat for the process disputes.
func (b *bundle) submit(external string) interactionserver.Interaction {
	b.t.Helper()
	in, _, err := b.Submit(b.t.Context(), b.media, interactionserver.Submission{
		ExternalID: external, MediaType: "chat", Process: "disputes",
	})
	require.NoError(b.t, err)
	return in
}

// ready makes an agent ready for chats.
func (b *bundle) ready(agent tenants.AccountID) {
	b.t.Helper()
	_, err := b.SetMedium(b.t.Context(), agent, agent, "chat", interactionserver.MediumChange{State: interactionserver.Ready})
	require.NoError(b.t, err)
}

// offered waits until the agent has an interaction in the state, and returns it.
func (b *bundle) offered(s *interactionserver.Service, agent tenants.AccountID, state interactionserver.State) interactionserver.Interaction {
	b.t.Helper()
	changed, stop := s.WatchAgent(agent)
	defer stop()
	deadline := time.After(20 * time.Second)
	for {
		a, err := s.Agent(b.t.Context(), agent, agent)
		require.NoError(b.t, err)
		for _, in := range a.Assignments {
			if in.State == state {
				return in
			}
		}
		select {
		case <-changed:
		case <-deadline:
			require.FailNow(b.t, "no interaction came to the agent", "state %s", state)
		}
	}
}

// match takes the lead for as long as there is something to do.
func (b *bundle) match() {
	b.t.Helper()
	require.NoError(b.t, b.MatchNow(b.t.Context()))
}

// step delivers the outbox and matches.
func (b *bundle) step() {
	b.t.Helper()
	require.NoError(b.t, deliver(b.t.Context(), b.Service))
	b.match()
}

func (b *bundle) get(id interactionserver.InteractionID) interactionserver.Interaction {
	b.t.Helper()
	in, err := b.Get(b.t.Context(), b.media, id)
	require.NoError(b.t, err)
	return in
}

// kinds returns the kinds of an interaction's events, in order.
func (b *bundle) kinds(id interactionserver.InteractionID) []interactionserver.EventKind {
	b.t.Helper()
	events, err := b.Events(b.t.Context(), b.media, id, 0, 200)
	require.NoError(b.t, err)
	kinds := make([]interactionserver.EventKind, len(events))
	for i, e := range events {
		kinds[i] = e.Kind
	}
	return kinds
}

// backdate moves a time of an interaction into the past, as if it had passed.
func (b *bundle) backdate(id interactionserver.InteractionID, column string, by time.Duration) {
	b.t.Helper()
	_, err := b.db.Exec("UPDATE interactions SET "+column+" = "+column+" - $2::bigint * interval '1 microsecond' WHERE id = $1",
		id, by.Microseconds())
	require.NoError(b.t, err)
}

// count returns the number that a query yields.
func (b *bundle) count(query string, args ...any) int {
	b.t.Helper()
	var n int
	require.NoError(b.t, b.db.Get(&n, query, args...))
	return n
}

// consistent checks what has to hold whenever nobody is writing: the agents'
// rows and the interactions' tell the same, and every change has its event.
func (b *bundle) consistent() {
	b.t.Helper()
	require.Zero(b.t, b.count(`
		SELECT count(*) FROM interactions i
		FULL JOIN (SELECT agent, medium, unnest(assigned) AS id FROM agent_media) m ON m.id = i.id AND m.agent = i.agent
		WHERE (i.state IN ('delivering', 'handling')) IS DISTINCT FROM (m.id IS NOT NULL)
			OR m.id IS NOT NULL AND m.medium <> i.media_type`), "an assignment is known to one side only")
	require.Zero(b.t, b.count(`
		SELECT count(*) FROM interactions i WHERE i.changed_at IS DISTINCT FROM
			(SELECT at FROM events e WHERE e.interaction = i.id ORDER BY id DESC LIMIT 1)`), "a change has no event")
	require.Zero(b.t, b.count(`
		SELECT count(*) FROM (SELECT at, lag(at) OVER (PARTITION BY interaction ORDER BY id) AS before
			FROM events WHERE interaction IS NOT NULL) e WHERE at < before`), "events run backwards")
}

func requireFault(t testing.TB, err error, kind fault.Kind, typ string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "expected a fault, got %v", err)
	require.Equal(t, kind, f.Kind, f.Error())
	require.Equal(t, typ, f.Type, f.Error())
}

func published(name string, version int, document string) configuration.Process {
	return configuration.Process{Name: name, Version: version, Hash: hash(document), Document: document}
}

func account(id tenants.AccountID, name string, agent *configuration.Agent, actions map[string][]string) configuration.Account {
	return configuration.Account{Ref: configuration.Ref{ID: string(id), Name: name}, Actions: actions, Agent: agent}
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func id[T ~string]() T { return tenants.NewID[T]() }
