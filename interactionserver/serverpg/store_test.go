package serverpg_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(leaderVariable); url != "" {
		if err := lead(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// group is a database with one server's store on it.
type group struct {
	t   *testing.T
	url string
	db  *sqlx.DB
	*serverpg.Store
}

func setup(t *testing.T) *group {
	t.Helper()
	g := &group{t: t, url: postgrestest.New(t, migration.Solution)}
	g.db, g.Store = g.store()
	return g
}

// store returns the store of another server, with a pool of its own.
func (g *group) store() (*sqlx.DB, *serverpg.Store) {
	g.t.Helper()
	db, err := serverpg.Open(g.t.Context(), g.url, postgres.Options{MaxOpen: 10})
	require.NoError(g.t, err)
	store := serverpg.New(db, id[tenants.ServerID]())
	g.t.Cleanup(func() { _ = store.Close(); _ = db.Close() })
	return db, store
}

func id[T ~string]() T { return tenants.NewID[T]() }

// waiting returns an interaction that waits for an agent.
func (g *group) waiting() interactionserver.Record {
	g.t.Helper()
	in, created, err := g.Insert(g.t.Context(), interactionserver.Interaction{
		ID: id[interactionserver.InteractionID](), MediaType: "chat", Process: "disputes", ProcessVersion: 1,
		Properties: process.Values{}, SubmittedBy: id[tenants.AccountID](),
	})
	require.NoError(g.t, err)
	require.True(g.t, created)
	record, changed, err := g.TakeStep(g.t.Context(), interactionserver.Step{
		Interaction: in.ID, Machine: process.State{Step: "serve", Sequence: 1}, State: interactionserver.Routing,
		WaitsFor: interactionserver.WaitsForAgent, Queue: "intake", Enters: true, Event: interactionserver.EventRouting,
	})
	require.NoError(g.t, err)
	require.True(g.t, changed)
	return record
}

// ready returns an agent that is ready for chats.
func (g *group) ready() tenants.AccountID {
	g.t.Helper()
	agent := id[tenants.AccountID]()
	require.NoError(g.t, g.SetMedium(g.t.Context(), agent, "chat", interactionserver.MediumChange{State: interactionserver.Ready}))
	return agent
}

func offer(r interactionserver.Record, agent tenants.AccountID) interactionserver.Invitation {
	return interactionserver.Invitation{
		Interaction: r.ID, Sequence: r.Sequence, Assignment: r.Assignment,
		Agent: agent, Medium: "chat", Capacity: 1, Timeout: time.Minute,
	}
}

// invite makes one offer and reports whether it was possible.
func (g *group) invite(i interactionserver.Invitation) bool {
	g.t.Helper()
	invited, err := g.Invite(g.t.Context(), []interactionserver.Invitation{i})
	require.NoError(g.t, err)
	return len(invited) == 1
}

func TestInvite(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name   string
		change func(g *group, r interactionserver.Record, agent tenants.AccountID) error
	}{
		{"TheInteractionWasStopped", func(g *group, r interactionserver.Record, _ tenants.AccountID) error {
			_, _, err := g.Stop(g.t.Context(), r.ID, "", "over")
			return err
		}},
		{"TheInteractionIsOffered", func(g *group, r interactionserver.Record, _ tenants.AccountID) error {
			require.True(g.t, g.invite(offer(r, g.ready())))
			return nil
		}},
		{"TheInteractionWasOfferedAndCameBack", func(g *group, r interactionserver.Record, _ tenants.AccountID) error {
			other := g.ready()
			require.True(g.t, g.invite(offer(r, other)))
			_, _, err := g.Reject(g.t.Context(), interactionserver.Answer{Interaction: r.ID, Agent: other, Assignment: 1}, "")
			return err
		}},
		{"TheProcessWentOn", func(g *group, r interactionserver.Record, _ tenants.AccountID) error {
			_, _, err := g.TakeStep(g.t.Context(), interactionserver.Step{
				Interaction: r.ID, Sequence: 1, Machine: process.State{Sequence: 2}, State: interactionserver.Routing,
				WaitsFor: interactionserver.WaitsForAgent, Queue: "intake", Event: interactionserver.EventRouting,
			})
			return err
		}},
		{"TheTargetsAreExhausted", func(g *group, r interactionserver.Record, _ tenants.AccountID) error {
			changed, err := g.ExhaustTargets(g.t.Context(), []interactionserver.Record{r})
			require.Equal(g.t, 1, changed)
			return err
		}},
		{"TheAgentIsNotReady", func(g *group, _ interactionserver.Record, agent tenants.AccountID) error {
			return g.SetMedium(g.t.Context(), agent, "chat", interactionserver.MediumChange{State: interactionserver.AfterWork})
		}},
		{"TheAgentIsNotToBeDisturbed", func(g *group, _ interactionserver.Record, agent tenants.AccountID) error {
			return g.SetDoNotDisturb(g.t.Context(), agent, true)
		}},
		{"TheAgentIsFull", func(g *group, _ interactionserver.Record, agent tenants.AccountID) error {
			require.True(g.t, g.invite(offer(g.waiting(), agent)))
			return nil
		}},
	} {
		t.Run("MakesNoOfferWhen"+c.name, func(t *testing.T) {
			t.Parallel()
			g := setup(t)
			r, agent := g.waiting(), g.ready()
			require.NoError(t, c.change(g, r, agent))
			before, _, err := g.Load(t.Context(), r.ID)
			require.NoError(t, err)

			require.False(t, g.invite(offer(r, agent)))
			after, _, err := g.Load(t.Context(), r.ID)
			require.NoError(t, err)
			require.Equal(t, before.Interaction, after.Interaction)
		})
	}

	t.Run("FillsAnAgentToItsCapacityWhenManyMatchersRace", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		_, other := g.store()
		agent := g.ready()
		const racers, capacity = 20, 3
		offers := make([]interactionserver.Invitation, racers)
		for i := range offers {
			offers[i] = offer(g.waiting(), agent)
			offers[i].Capacity = capacity
		}
		invited := make([]int, racers)
		var wg sync.WaitGroup
		for i, o := range offers {
			store := []*serverpg.Store{g.Store, other}[i%2]
			wg.Go(func() {
				made, err := store.Invite(t.Context(), []interactionserver.Invitation{o})
				if err == nil {
					invited[i] = len(made)
				}
			})
		}
		wg.Wait()
		require.Equal(t, capacity, sum(invited))
	})

	t.Run("GivesAnInteractionToOneAgentWhenManyMatchersRace", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		const racers = 20
		r := g.waiting()
		agents := make([]tenants.AccountID, racers)
		for i := range agents {
			agents[i] = g.ready()
		}
		invited := make([]int, racers)
		var wg sync.WaitGroup
		for i, agent := range agents {
			wg.Go(func() {
				made, err := g.Invite(t.Context(), []interactionserver.Invitation{offer(r, agent)})
				if err == nil {
					invited[i] = len(made)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, sum(invited))
		found, err := g.FindAgents(t.Context(), agents)
		require.NoError(t, err)
		assigned := 0
		for _, agent := range found {
			assigned += agent.Media["chat"].Assigned
		}
		require.Equal(t, 1, assigned)
	})

	t.Run("MakesOneOfSeveralOffersToAFullAgentAtOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		agent := g.ready()
		invited, err := g.Invite(t.Context(), []interactionserver.Invitation{offer(g.waiting(), agent), offer(g.waiting(), agent)})
		require.NoError(t, err)
		require.Len(t, invited, 1)
	})
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

func TestLead(t *testing.T) {
	t.Parallel()
	g := setup(t)
	_, other := g.store()
	lead, held, err := g.Lead(t.Context(), "matcher")
	require.NoError(t, err)
	require.True(t, held)
	require.NoError(t, lead.Held(t.Context()))

	_, held, err = other.Lead(t.Context(), "matcher")
	require.NoError(t, err)
	require.False(t, held, "one server at a time")
	elsewhere, held, err := other.Lead(t.Context(), "something-else")
	require.NoError(t, err)
	require.True(t, held)
	elsewhere.Release()

	_, err = g.db.Exec("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = " +
		"(SELECT oid FROM pg_database WHERE datname = current_database())")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return lead.Held(t.Context()) != nil }, 10*time.Second, 10*time.Millisecond)
	lead.Release()
	taken, held, err := other.Lead(t.Context(), "matcher")
	require.NoError(t, err)
	require.True(t, held, "a lost lead can be taken by another")
	taken.Release()
	again, held, err := g.Lead(t.Context(), "matcher")
	require.NoError(t, err)
	require.True(t, held)
	again.Release()
}

func TestStore(t *testing.T) {
	t.Parallel()

	t.Run("KeepsARepeatedInsertOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		in := interactionserver.Interaction{
			ID: id[interactionserver.InteractionID](), MediaType: "chat", Process: "disputes",
			Properties: process.Values{"a": "b"}, SubmittedBy: id[tenants.AccountID](),
		}
		first, _, err := g.Insert(t.Context(), in)
		require.NoError(t, err)
		again, created, err := g.Insert(t.Context(), in)
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, first, again)
	})

	t.Run("RefusesPropertiesThatGrowWithoutEnd", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		r, agent := g.waiting(), g.ready()
		require.True(t, g.invite(offer(r, agent)))
		answer := interactionserver.Answer{Interaction: r.ID, Agent: agent, Assignment: 1}
		_, _, err := g.Accept(t.Context(), answer)
		require.NoError(t, err)
		grown := process.Values{}
		for i := range 60_000 {
			grown[fmt.Sprintf("%x", i)] = id[string]()
		}
		_, _, err = g.Complete(t.Context(), answer, "agent", interactionserver.Completion{Properties: grown})
		require.True(t, fault.Is(err, fault.TooLarge), "%v", err)
	})

	t.Run("TellsWhatOtherServersWroteOnly", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		_, other := g.store()
		_, start, err := g.Changes(t.Context(), 1<<62, 10)
		require.NoError(t, err)
		require.Zero(t, start)
		r, agent := g.waiting(), g.ready()
		require.True(t, g.invite(offer(r, agent)))

		own, newest, err := g.Changes(t.Context(), start, 10)
		require.NoError(t, err)
		require.Empty(t, own)
		require.EqualValues(t, 4, newest)
		changes, newest, err := other.Changes(t.Context(), start, 3)
		require.NoError(t, err)
		require.Len(t, changes, 3)
		require.EqualValues(t, 3, newest)
		changes, newest, err = other.Changes(t.Context(), newest, 3)
		require.NoError(t, err)
		require.Equal(t, []interactionserver.Change{{Event: 4, Kind: interactionserver.EventInvited, Interaction: r.ID, Agent: agent}}, changes)
		require.EqualValues(t, 4, newest)
	})
}
