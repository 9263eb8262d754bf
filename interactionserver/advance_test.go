package interactionserver_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestAdvance(t *testing.T) {
	t.Parallel()
	letter := func(b *bundle) interactionserver.InteractionID {
		in, _, err := b.Submit(b.t.Context(), b.media, interactionserver.Submission{MediaType: "email", Process: "letters"})
		require.NoError(b.t, err)
		return in.ID
	}
	advance := func(b *bundle, id interactionserver.InteractionID) interactionserver.Await {
		a, err := b.Advance(b.t.Context(), id)
		require.NoError(b.t, err)
		return a
	}

	t.Run("WaitsCallsQueuesAndStops", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		in := letter(b)

		timer := advance(b, in)
		require.Equal(t, interactionserver.AwaitTimer, timer.Kind)
		require.Equal(t, "pause", timer.Step)
		require.WithinDuration(t, time.Now().Add(time.Hour), timer.Until, time.Minute)
		require.True(t, json.Valid(timer.Machine))
		require.Equal(t, timer, advance(b, in), "nothing changes before its time")
		b.backdate(in, "wakes_at", time.Hour)

		call := advance(b, in)
		require.Equal(t, interactionserver.AwaitCall, call.Kind)
		require.Equal(t, "GET", call.Call.Method)
		require.Equal(t, call, advance(b, in), "the call is still awaited")
		require.NoError(t, b.Respond(t.Context(), in, timer.Sequence, interactionserver.CallResult{Status: 500}), "an old result")
		require.Equal(t, call, advance(b, in))
		require.NoError(t, b.Respond(t.Context(), in, call.Sequence, interactionserver.CallResult{Status: 200, Body: map[string]any{"vip": true}}))
		require.NoError(t, b.Respond(t.Context(), in, call.Sequence, interactionserver.CallResult{Failure: "too late"}))

		queue := advance(b, in)
		require.Equal(t, interactionserver.AwaitNudge, queue.Kind)
		require.Equal(t, interactionserver.Queued, queue.State)
		require.Equal(t, interactionserver.QueueName("letters.inbox"), queue.Queue)
		require.NoError(t, b.Respond(t.Context(), in, call.Sequence, interactionserver.CallResult{Failure: "far too late"}))
		require.Equal(t, queue, advance(b, in))

		_, _, err := b.Pull(t.Context(), b.agents[0], "letters.inbox")
		require.NoError(t, err)
		require.Equal(t, interactionserver.Handling, advance(b, in).State)
		_, err = b.Complete(t.Context(), b.agents[0], in, 1, interactionserver.Completion{Outcome: "filed"})
		require.NoError(t, err)
		done := advance(b, in)
		require.Equal(t, interactionserver.AwaitNothing, done.Kind)
		require.Equal(t, "completed", done.StopReason)
		require.Equal(t, done, advance(b, in))
		require.Equal(t, []interactionserver.EventKind{
			interactionserver.EventSubmitted, interactionserver.EventWaiting, interactionserver.EventRequested,
			interactionserver.EventResponded, interactionserver.EventQueued, interactionserver.EventPulled,
			interactionserver.EventCompleted, interactionserver.EventStopped,
		}, b.kinds(in))
		b.consistent()
	})

	t.Run("TakesEachStepOnceHoweverManyHostsThereAre", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		other := b.server(b.otherServer())
		for range 5 {
			in := letter(b)
			awaits := make([]interactionserver.Await, 12)
			var wg sync.WaitGroup
			for i := range awaits {
				s := []*interactionserver.Service{b.Service, other}[i%2]
				wg.Go(func() { awaits[i], _ = s.Advance(t.Context(), in) })
			}
			wg.Wait()
			for _, await := range awaits {
				require.Equal(t, awaits[0], await)
			}
			require.Len(t, b.kinds(in), 2)
		}
	})

	t.Run("EndsWhenItWasStopped", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		in := letter(b)
		_, err := b.Stop(t.Context(), b.media, in, "spam")
		require.NoError(t, err)
		done := advance(b, in)
		require.Equal(t, interactionserver.AwaitNothing, done.Kind)
		require.Equal(t, "spam", done.StopReason)
		require.NoError(t, b.Respond(t.Context(), in, 1, interactionserver.CallResult{Status: 200}))
		require.Equal(t, done, advance(b, in))
	})

	t.Run("OfAMissingInteractionIsNotFound", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		_, err := b.Advance(t.Context(), id[interactionserver.InteractionID]())
		requireFault(t, err, fault.NotFound, "interaction-not-found")
	})

	t.Run("WidensTheTargetsAndThenGivesUp", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		c := b.config
		c.Accounts[2].Agent.Skills = map[string]int{"cards": 20} // the second target only
		require.NoError(t, b.SetConfiguration(t.Context(), c))
		b.ready(b.agents[0])
		in := b.submit("")
		b.step()
		require.Equal(t, interactionserver.Routing, b.get(in.ID).State)
		b.backdate(in.ID, "routed_at", time.Minute)
		b.match()
		require.Equal(t, interactionserver.Delivering, b.get(in.ID).State)

		_, err := b.Reject(t.Context(), b.agents[0], in.ID, 1, "")
		require.NoError(t, err)
		b.backdate(in.ID, "routed_at", time.Minute)
		b.match()
		b.step()
		require.Equal(t, interactionserver.Queued, b.get(in.ID).State)
		require.Contains(t, b.kinds(in.ID), interactionserver.EventNoTarget)
		b.consistent()
	})

	t.Run("QueuesAnewWhenItComesBackAfterAnAgentWasDone", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		c := b.config
		c.Processes = []configuration.Process{published("disputes", 2, twice)}
		require.NoError(t, b.SetConfiguration(t.Context(), c))
		b.ready(b.agents[0])
		in := b.submit("")
		b.step()
		first := b.get(in.ID)
		_, err := b.Accept(t.Context(), b.agents[0], in.ID, 1)
		require.NoError(t, err)
		_, err = b.Complete(t.Context(), b.agents[0], in.ID, 1, interactionserver.Completion{Outcome: "again"})
		require.NoError(t, err)
		require.Equal(t, interactionserver.AwaitTimer, advance(b, in.ID).Kind)
		b.backdate(in.ID, "wakes_at", time.Hour)
		require.Equal(t, interactionserver.AwaitNudge, advance(b, in.ID).Kind)
		second := b.get(in.ID)
		require.Equal(t, first.Queue, second.Queue)
		require.True(t, second.QueuedAt.After(first.QueuedAt), "%s is not after %s", second.QueuedAt, first.QueuedAt)
	})

	t.Run("StaysOnTheVersionThatItBeganWith", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		old := letter(b)
		c := b.config
		c.Processes = []configuration.Process{published("letters", 2, stopAtOnce)}
		require.NoError(t, b.SetConfiguration(t.Context(), c))
		recent := letter(b)

		require.Equal(t, interactionserver.AwaitTimer, advance(b, old).Kind)
		require.Equal(t, 1, b.get(old).ProcessVersion)
		require.Equal(t, interactionserver.AwaitNothing, advance(b, recent).Kind)
		require.Equal(t, 2, b.get(recent).ProcessVersion)
	})

	t.Run("StopsWithTheReasonWhenTheProcessFails", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		c := b.config
		c.Processes = []configuration.Process{published("letters", 3, fails)}
		require.NoError(t, b.SetConfiguration(t.Context(), c))
		done := advance(b, letter(b))
		require.Equal(t, interactionserver.AwaitNothing, done.Kind)
		require.Contains(t, done.StopReason, "process-failed: ")
	})
}

const (
	twice = `
document: {dsl: 1.0.0, namespace: bank, name: disputes, version: 2.0.0}
evaluate: {language: cel}
queues: [{name: intake}]
do:
  - serve: {call: route, with: {queue: intake, targets: [{agents: 'true'}]}}
  - rest: {wait: PT1M}
  - again: {call: route, with: {queue: intake, targets: [{agents: 'true'}]}}
  - close: {call: stop, with: {reason: done}}
`
	stopAtOnce = `
document: {dsl: 1.0.0, namespace: bank, name: letters, version: 2.0.0}
evaluate: {language: cel}
do:
  - close: {call: stop, with: {reason: no-letters-any-more}}
`
	fails = `
document: {dsl: 1.0.0, namespace: bank, name: letters, version: 3.0.0}
evaluate: {language: cel}
do:
  - look: {set: {x: '${ interaction.properties.missing + 1 }'}}
  - close: {call: stop, with: {reason: done}}
`
)

func TestAgents(t *testing.T) {
	t.Parallel()

	t.Run("ChangeTheirOwnStateOnly", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		ready := interactionserver.MediumChange{State: interactionserver.Ready}
		_, err := b.SetMedium(t.Context(), b.agents[0], b.agents[1], "chat", ready)
		requireFault(t, err, fault.NotFound, "agent-not-found")
		_, err = b.SetMedium(t.Context(), b.media, b.agents[1], "chat", ready)
		requireFault(t, err, fault.Forbidden, "not-allowed")
		_, err = b.SetDoNotDisturb(t.Context(), b.stranger, b.stranger, true)
		requireFault(t, err, fault.NotFound, "agent-not-found")
		_, err = b.SetMedium(t.Context(), b.agents[0], b.agents[0], "voice", ready)
		requireFault(t, err, fault.NotFound, "medium-not-found")
		_, err = b.SetMedium(t.Context(), b.agents[0], b.agents[0], "chat", interactionserver.MediumChange{State: "asleep"})
		requireFault(t, err, fault.Invalid, "invalid-input")
	})

	t.Run("ShowEveryMediumTheyHaveCapacityFor", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		_, err := b.SetMedium(t.Context(), b.agents[0], b.agents[0], "chat",
			interactionserver.MediumChange{State: interactionserver.NotReady, Reason: "lunch"})
		require.NoError(t, err)

		agents, err := b.Agents(t.Context(), b.media)
		require.NoError(t, err)
		require.Len(t, agents, 2)
		require.Equal(t, "agent-0", agents[0].Name)
		require.Equal(t, map[string]int{"cards": 60}, agents[0].Skills)
		require.Equal(t, []string{"chat", "email"}, []string{agents[0].Media[0].Name, agents[0].Media[1].Name})
		require.Equal(t, "lunch", agents[0].Media[0].Reason)
		require.Equal(t, interactionserver.NotReady, agents[1].Media[0].State)
		require.Equal(t, 1, agents[1].Media[0].Capacity)
		own, err := b.Agents(t.Context(), b.agents[1])
		require.NoError(t, err)
		require.Len(t, own, 1)
	})

	t.Run("AreNotOfferedAnythingWhileTheyAreNotToBeDisturbed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent := b.agents[0]
		_, err := b.SetDoNotDisturb(t.Context(), agent, agent, true)
		require.NoError(t, err)
		b.ready(agent)
		in := b.submit("")
		b.step()
		require.Equal(t, interactionserver.Routing, b.get(in.ID).State)

		state, err := b.SetDoNotDisturb(t.Context(), agent, agent, false)
		require.NoError(t, err)
		require.False(t, state.DoNotDisturb)
		b.match()
		require.Equal(t, interactionserver.Delivering, b.get(in.ID).State)
		require.Equal(t, 1, b.count("SELECT count(*) FROM events WHERE kind = 'medium-changed'"))
		require.Equal(t, 2, b.count("SELECT count(*) FROM events WHERE kind = 'do-not-disturb-changed'"))
	})

	t.Run("GetNoMoreThanTheirCapacityAndTheLongestIdleFirst", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 3)
		for _, agent := range b.agents {
			b.ready(agent)
		}
		for i := range 5 {
			in := b.submit("")
			b.step()
			if i < 3 {
				require.Equal(t, b.agents[i], b.get(in.ID).Agent)
			} else {
				require.Equal(t, interactionserver.Routing, b.get(in.ID).State)
			}
		}
		b.consistent()
	})

	t.Run("GetSeveralAtOnceWhereTheirCapacityIsLarger", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		_, err := b.SetMedium(t.Context(), b.agents[0], b.agents[0], "email", interactionserver.MediumChange{State: interactionserver.Ready})
		require.NoError(t, err)
		for range 3 {
			_, _, err := b.Submit(t.Context(), b.media, interactionserver.Submission{MediaType: "email", Process: "disputes"})
			require.NoError(t, err)
		}
		b.step()
		state, err := b.Agent(t.Context(), b.agents[0], b.agents[0])
		require.NoError(t, err)
		require.Len(t, state.Assignments, 2)
		_, err = b.db.Exec("UPDATE interactions SET expires_at = expires_at - interval '1 hour' WHERE state = 'delivering'")
		require.NoError(t, err)
		b.match()
		b.consistent()
		require.Equal(t, 1, b.count("SELECT count(*) FROM events WHERE kind = 'medium-changed' AND reason = 'no-answer'"))
	})
}
