package interactionserver_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/internal/fault"
)

// modelled is what the model knows of an interaction.
type modelled struct {
	state      interactionserver.State
	agent      accountID // who holds it
	assignment int64
	completed  bool               // news for its process
	tried      map[accountID]bool // since it began to wait
}

// model is a server group as its users imagine it: no database, no concurrency.
type model struct {
	*bundle
	external     map[string]interactionserver.InteractionID
	interactions map[interactionserver.InteractionID]*modelled
	ready        map[accountID]bool
}

// TestModel drives a server group on PostgreSQL with random calls, and compares
// it after each with the model.
func TestModel(t *testing.T) {
	t.Parallel()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		require.NoError(t, f.Value.Set("15")) // each takes half a second
	}
	b := setup(t, 3)
	rapid.Check(t, func(r *rapid.T) {
		_, err := b.db.Exec("TRUNCATE interactions, events, outbox, agents, agent_media")
		require.NoError(r, err)
		m := &model{
			bundle:       b,
			external:     map[string]interactionserver.InteractionID{},
			interactions: map[interactionserver.InteractionID]*modelled{},
			ready:        map[accountID]bool{},
		}
		r.Repeat(map[string]func(*rapid.T){
			"submit":      m.trySubmit,
			"advance":     m.tryAdvance,
			"match":       m.tryMatch,
			"accept":      m.tryAccept,
			"reject":      m.tryReject,
			"complete":    m.tryComplete,
			"stop":        m.tryStop,
			"expire":      m.tryExpire,
			"setMedium":   m.trySetMedium,
			"restart":     m.tryRestart,
			"":            m.check,
			"acceptAgain": m.tryAccept,
		})
	})
}

func (m *model) agentOf(r *rapid.T) accountID { return rapid.SampledFrom(m.agents).Draw(r, "agent") }

// pick draws an interaction, nil when there is none.
func (m *model) pick(r *rapid.T) (interactionserver.InteractionID, *modelled) {
	ids := slices.Sorted(maps.Keys(m.interactions))
	if len(ids) == 0 {
		r.Skip("no interaction yet")
	}
	id := rapid.SampledFrom(ids).Draw(r, "interaction")
	return id, m.interactions[id]
}

// assignmentOf draws the present number, or now and then another one.
func assignmentOf(r *rapid.T, in *modelled) int64 {
	return in.assignment + rapid.SampledFrom([]int64{0, 0, 0, -1, 1}).Draw(r, "offset")
}

func (m *model) trySubmit(r *rapid.T) {
	external := fmt.Sprint(rapid.IntRange(1, 8).Draw(r, "external id"))
	in, created, err := m.Submit(m.t.Context(), m.media, interactionserver.Submission{
		ExternalID: external, MediaType: "chat", Process: "disputes",
	})
	require.NoError(r, err)
	first, known := m.external[external]
	require.Equal(r, !known, created)
	if known {
		require.Equal(r, first, in.ID)
		return
	}
	m.external[external] = in.ID
	m.interactions[in.ID] = &modelled{state: interactionserver.Submitted, tried: map[accountID]bool{}}
}

func (m *model) tryAdvance(r *rapid.T) {
	require.NoError(r, deliver(m.t.Context(), m.Service))
	for _, in := range m.interactions {
		switch {
		case in.state == interactionserver.Submitted:
			in.state = interactionserver.Routing
		case in.state == interactionserver.Routing && in.completed:
			in.state = interactionserver.Stopped
		}
	}
}

// tryMatch takes over who was chosen, after checking that the choice was right and
// that nothing was left undone.
func (m *model) tryMatch(r *rapid.T) {
	require.NoError(r, m.MatchNow(m.t.Context()))
	free := map[accountID]bool{}
	for agent := range m.ready {
		free[agent] = true
	}
	for _, in := range m.interactions {
		if in.agent != "" {
			delete(free, in.agent)
		}
	}
	for id, in := range m.interactions {
		found := m.get(id)
		if found.State != interactionserver.Delivering || in.state == interactionserver.Delivering {
			continue
		}
		require.True(r, in.state == interactionserver.Routing && !in.completed, "offered in state %s", in.state)
		require.True(r, free[found.Agent], "offered to an agent who is not free")
		require.False(r, in.tried[found.Agent], "offered to an agent who has just turned it down")
		require.Equal(r, in.assignment+1, found.Assignment)
		delete(free, found.Agent)
		in.state, in.agent, in.assignment = interactionserver.Delivering, found.Agent, found.Assignment
	}
	for _, in := range m.interactions {
		for agent := range free {
			waits := in.state == interactionserver.Routing && !in.completed
			require.False(r, waits && !in.tried[agent], "an agent is free and an interaction waits")
		}
	}
}

func (m *model) tryAccept(r *rapid.T) {
	id, in := m.pick(r)
	agent, assignment := m.agentOf(r), assignmentOf(r, in)
	_, err := m.Accept(m.t.Context(), agent, id, assignment)
	if in.agent == agent && in.assignment == assignment {
		require.NoError(r, err)
		in.state = interactionserver.Handling
		return
	}
	requireRefused(r, err)
}

func (m *model) tryReject(r *rapid.T) {
	id, in := m.pick(r)
	agent, assignment := m.agentOf(r), assignmentOf(r, in)
	_, err := m.Reject(m.t.Context(), agent, id, assignment, "")
	switch {
	case in.state == interactionserver.Delivering && in.agent == agent && in.assignment == assignment:
		require.NoError(r, err)
		in.state, in.agent = interactionserver.Routing, ""
		in.tried[agent] = true
	case err != nil:
		requireRefused(r, err)
	default:
		require.True(r, in.tried[agent], "only a repetition may succeed")
	}
}

func (m *model) tryComplete(r *rapid.T) {
	id, in := m.pick(r)
	agent, assignment := m.agentOf(r), assignmentOf(r, in)
	_, err := m.Complete(m.t.Context(), agent, id, assignment, interactionserver.Completion{Outcome: "done"})
	switch {
	case in.state == interactionserver.Handling && in.agent == agent && in.assignment == assignment:
		require.NoError(r, err)
		in.state, in.agent, in.completed = interactionserver.Routing, "", true
	case err != nil:
		requireRefused(r, err)
	default:
		require.True(r, in.completed, "only a repetition may succeed")
	}
}

func (m *model) tryStop(r *rapid.T) {
	id, in := m.pick(r)
	stopped, err := m.Stop(m.t.Context(), m.media, id, "enough")
	require.NoError(r, err)
	require.Equal(r, interactionserver.Stopped, stopped.State)
	in.state, in.agent = interactionserver.Stopped, ""
}

func (m *model) tryExpire(r *rapid.T) {
	id, in := m.pick(r)
	if in.state != interactionserver.Delivering {
		r.Skip("nothing is offered")
	}
	m.backdate(id, "expires_at", time.Hour)
	delete(m.ready, in.agent)
	in.tried[in.agent] = true
	in.state, in.agent = interactionserver.Routing, ""
	m.tryMatch(r)
}

func (m *model) trySetMedium(r *rapid.T) {
	agent := m.agentOf(r)
	change := interactionserver.MediumChange{State: rapid.SampledFrom(
		[]interactionserver.MediumState{interactionserver.Ready, interactionserver.Ready, interactionserver.NotReady}).Draw(r, "state")}
	_, err := m.SetMedium(m.t.Context(), agent, agent, "chat", change)
	require.NoError(r, err)
	delete(m.ready, agent)
	if change.State == interactionserver.Ready {
		m.ready[agent] = true
	}
}

// tryRestart goes on with a server that knows only what is in the database.
func (m *model) tryRestart(*rapid.T) {
	m.Service = m.restarted()
}

func (m *model) check(r *rapid.T) {
	for id, in := range m.interactions {
		found := m.get(id)
		require.Equal(r, []any{in.state, in.agent, in.assignment}, []any{found.State, found.Agent, found.Assignment})
	}
	require.Equal(r, len(m.interactions), m.count("SELECT count(*) FROM interactions"))
	m.consistent()
}

func requireRefused(r *rapid.T, err error) {
	f, ok := fault.As(err)
	require.True(r, ok, "expected a fault, got %v", err)
	require.Contains(r, []string{"assignment-ended", "interaction-not-found"}, f.Type)
}
