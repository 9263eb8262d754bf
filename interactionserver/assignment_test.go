package interactionserver_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestAssignment(t *testing.T) {
	t.Parallel()

	t.Run("MayBeAnsweredTwice", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent, offer := b.offer()

		for range 2 {
			in, err := b.Accept(t.Context(), agent, offer.ID, 1)
			require.NoError(t, err)
			require.Equal(t, interactionserver.Handling, in.State)
		}
		for range 2 {
			in, err := b.Complete(t.Context(), agent, offer.ID, 1, interactionserver.Completion{Outcome: "done"})
			require.NoError(t, err)
			require.Equal(t, "done", in.Outcome)
			require.Empty(t, in.Agent)
		}
		require.Equal(t, 1, b.count("SELECT count(*) FROM events WHERE kind = 'accepted'"))
		require.Equal(t, 1, b.count("SELECT count(*) FROM events WHERE kind = 'completed'"))
		b.consistent()
	})

	t.Run("OfAnotherAgentLooksAsIfItWereMissing", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		_, offer := b.offer()

		for _, caller := range []accountID{b.agents[1], b.stranger} {
			_, err := b.Accept(t.Context(), caller, offer.ID, 1)
			requireFault(t, err, fault.NotFound, "interaction-not-found")
			_, missing := b.Accept(t.Context(), caller, id[interactionserver.InteractionID](), 1)
			require.Equal(t, missing, err)
		}
		_, err := b.Accept(t.Context(), b.media, offer.ID, 1) // may view it, so that it is no secret
		requireFault(t, err, fault.Conflict, "assignment-ended")
	})

	t.Run("FencesOffWhoHeldItBefore", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		first, offer := b.offer()
		_, err := b.Reject(t.Context(), first, offer.ID, 1, "busy")
		require.NoError(t, err)
		second := b.agents[1]
		b.ready(second)
		b.match()
		require.Equal(t, second, b.get(offer.ID).Agent)

		_, err = b.Accept(t.Context(), first, offer.ID, 1)
		requireFault(t, err, fault.Conflict, "assignment-ended")
		_, err = b.Accept(t.Context(), first, offer.ID, 2)
		requireFault(t, err, fault.Conflict, "assignment-ended")
		_, err = b.Accept(t.Context(), second, offer.ID, 1)
		requireFault(t, err, fault.Conflict, "assignment-ended")
		_, err = b.Complete(t.Context(), second, offer.ID, 2, interactionserver.Completion{})
		requireFault(t, err, fault.Conflict, "assignment-ended")
		_, err = b.Accept(t.Context(), second, offer.ID, 2)
		require.NoError(t, err)
		_, err = b.Reject(t.Context(), second, offer.ID, 2, "")
		requireFault(t, err, fault.Conflict, "assignment-ended")
		b.consistent()
	})

	t.Run("RunsOutAndReturnsToItsOldPlace", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent, offer := b.offer()
		before := b.get(offer.ID)
		b.backdate(offer.ID, "expires_at", time.Minute)

		_, err := b.Accept(t.Context(), agent, offer.ID, 1)
		requireFault(t, err, fault.Conflict, "assignment-ended")
		b.match()
		after := b.get(offer.ID)
		require.Equal(t, interactionserver.Routing, after.State)
		require.Equal(t, before.QueuedAt, after.QueuedAt)
		require.Empty(t, after.Agent)
		state, err := b.Agent(t.Context(), agent, agent)
		require.NoError(t, err)
		require.Empty(t, state.Assignments)
		require.Equal(t, interactionserver.NotReady, state.Media[0].State)
		require.Equal(t, interactionserver.ReasonNoAnswer, state.Media[0].Reason)
		require.Zero(t, state.Media[0].Assigned)
		b.consistent()
	})

	t.Run("IsOfferedToOthersBeforeWhoRejectedIt", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		first, offer := b.offer()
		_, err := b.Reject(t.Context(), first, offer.ID, 1, "lunch")
		require.NoError(t, err)
		b.match()
		require.Equal(t, interactionserver.Routing, b.get(offer.ID).State, "the only ready agent was just tried")

		b.ready(b.agents[1])
		b.match()
		require.Equal(t, b.agents[1], b.get(offer.ID).Agent)
		events, err := b.Events(t.Context(), b.media, offer.ID, 0, 0)
		require.NoError(t, err)
		require.Equal(t, "lunch", events[3].Reason)
		require.Equal(t, first, events[3].Actor)
	})

	t.Run("IsTakenAwayByAStop", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent, offer := b.offer()
		_, err := b.Accept(t.Context(), agent, offer.ID, 1)
		require.NoError(t, err)

		stopped, err := b.Stop(t.Context(), b.media, offer.ID, "customer hung up")
		require.NoError(t, err)
		require.Equal(t, interactionserver.Stopped, stopped.State)
		require.Equal(t, "customer hung up", stopped.StopReason)
		_, err = b.Complete(t.Context(), agent, offer.ID, 1, interactionserver.Completion{})
		requireFault(t, err, fault.Conflict, "assignment-ended")
		again, err := b.Stop(t.Context(), b.media, offer.ID, "once more")
		require.NoError(t, err)
		require.Equal(t, stopped, again)
		b.consistent()
		next := b.submit("")
		b.step()
		require.Equal(t, agent, b.get(next.ID).Agent, "the agent is free again")
	})

	t.Run("EndsOnceWhenAgentsStopsAndTimeRace", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent := b.agents[0]
		for round := range 15 {
			b.ready(agent)
			in := b.submit("")
			b.step()
			b.backdate(in.ID, "expires_at", 20*time.Second-5*time.Millisecond)
			var accepted, rejected, stopped error
			var wg sync.WaitGroup
			wg.Go(func() { _, accepted = b.Accept(t.Context(), agent, in.ID, 1) })
			wg.Go(func() { _, rejected = b.Reject(t.Context(), agent, in.ID, 1, "") })
			wg.Go(func() { _ = b.MatchNow(t.Context()) })
			if round%2 == 0 {
				wg.Go(func() { _, stopped = b.Stop(t.Context(), b.media, in.ID, "race") })
			}
			wg.Wait()
			require.NoError(t, stopped)
			require.False(t, accepted == nil && rejected == nil)
			b.consistent()
			_, err := b.Stop(t.Context(), b.media, in.ID, "over")
			require.NoError(t, err)
		}
	})
}

func TestPull(t *testing.T) {
	t.Parallel()

	t.Run("TakesByPriorityThenAge", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 4)
		var want []interactionserver.InteractionID
		for _, priority := range []int{0, 0, 5} {
			want = append(want, b.queued("chat", priority).ID)
		}

		var got []interactionserver.InteractionID
		for i := range 3 {
			in, found, err := b.Pull(t.Context(), b.agents[i], "disputes.back-office")
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, interactionserver.Handling, in.State)
			require.EqualValues(t, 1, in.Assignment)
			got = append(got, in.ID)
		}
		require.Equal(t, []interactionserver.InteractionID{want[2], want[0], want[1]}, got)
		_, found, err := b.Pull(t.Context(), b.agents[3], "disputes.back-office")
		require.NoError(t, err)
		require.False(t, found)
		b.consistent()

		_, err = b.Complete(t.Context(), b.agents[0], got[0], 1, interactionserver.Completion{Outcome: "filed"})
		require.NoError(t, err)
		b.step()
		require.Equal(t, "completed", b.get(got[0]).StopReason)
	})

	t.Run("KeepsToTheCapacity", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		for range 3 {
			b.queued("email", 0)
		}
		for range 2 {
			_, found, err := b.Pull(t.Context(), b.agents[0], "disputes.back-office")
			require.NoError(t, err)
			require.True(t, found)
		}
		_, _, err := b.Pull(t.Context(), b.agents[0], "disputes.back-office")
		requireFault(t, err, fault.Conflict, "capacity-reached")
	})

	t.Run("RefusesWhoMayNot", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		_, _, err := b.Pull(t.Context(), b.media, "disputes.back-office")
		requireFault(t, err, fault.Forbidden, "not-allowed")
		_, _, err = b.Pull(t.Context(), b.stranger, "disputes.back-office")
		requireFault(t, err, fault.NotFound, "queue-not-found")
		_, _, err = b.Pull(t.Context(), b.agents[0], "loans.back-office")
		requireFault(t, err, fault.NotFound, "queue-not-found")
		_, _, err = b.Pull(t.Context(), b.agents[0], "disputes.attic")
		requireFault(t, err, fault.NotFound, "queue-not-found")
	})

	t.Run("WaitsForWhatAnotherIsJustTaking", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		queued := b.queued("email", 0)
		other := b.server(b.otherServer())
		tx, err := b.db.Beginx()
		require.NoError(t, err)
		_, err = tx.Exec("SELECT FROM interactions WHERE id = $1 FOR UPDATE", queued.ID)
		require.NoError(t, err)

		pulled := make(chan interactionserver.InteractionID, 1)
		go func() {
			in, _, err := other.Pull(t.Context(), b.agents[0], "disputes.back-office")
			assert.NoError(t, err)
			pulled <- in.ID
		}()
		require.Eventually(t, func() bool {
			return b.count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 1
		}, time.Minute, time.Millisecond)
		require.NoError(t, tx.Rollback(), "the other one is refused it")
		require.Equal(t, queued.ID, <-pulled)
		b.consistent()
	})

	t.Run("GivesEachInteractionToOneOf50RacingAgents", func(t *testing.T) {
		t.Parallel()
		const interactions, agents = 60, 50
		b := setup(t, agents)
		other := b.server(b.otherServer())
		for range interactions {
			b.queued("email", 0)
		}
		var mu sync.Mutex
		holders := map[interactionserver.InteractionID]accountID{}
		doubled := 0
		var wg sync.WaitGroup
		for i, agent := range b.agents {
			s := []*interactionserver.Service{b.Service, other}[i%2]
			wg.Go(func() {
				for {
					in, found, err := s.Pull(t.Context(), agent, "disputes.back-office")
					if err != nil || !found {
						return
					}
					mu.Lock()
					if _, held := holders[in.ID]; held {
						doubled++
					}
					holders[in.ID] = agent
					mu.Unlock()
				}
			})
		}
		wg.Wait()

		require.Zero(t, doubled)
		require.Len(t, holders, interactions)
		b.consistent()
	})
}

func TestAgentsRacing(t *testing.T) {
	t.Parallel()
	const agents, interactions = 50, 150
	b := setup(t, agents)
	services := []*interactionserver.Service{b.Service, b.server(b.otherServer())}
	b.run(services...)
	var handling, violations atomic.Int64
	holding := make([]atomic.Int64, interactions)
	var done sync.WaitGroup
	done.Add(interactions)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i, agent := range b.agents {
		b.ready(agent)
		wg.Go(func() {
			changed, leave := services[i%2].WatchAgent(agent)
			defer leave()
			for {
				select {
				case <-stop:
					return
				case <-changed:
				case <-time.After(time.Second): // as a desktop does that lost its stream
				}
				a, err := services[i%2].Agent(t.Context(), agent, agent)
				if err != nil {
					continue
				}
				for _, in := range a.Assignments {
					n := int(in.Properties["n"].(int64))
					if in.State != interactionserver.Delivering {
						continue
					}
					if (n+i)%7 == 0 && in.Assignment == 1 {
						_, _ = services[i%2].Reject(t.Context(), agent, in.ID, in.Assignment, "")
						continue
					}
					if _, err := services[i%2].Accept(t.Context(), agent, in.ID, in.Assignment); err != nil {
						continue
					}
					if holding[n].Add(1) > 1 {
						violations.Add(1)
					}
					handling.Add(1)
					if _, err := services[i%2].Complete(t.Context(), agent, in.ID, in.Assignment, interactionserver.Completion{}); err == nil {
						done.Done()
					}
				}
			}
		})
	}
	for n := range interactions {
		wg.Go(func() {
			for range 2 { // a media source that is not sure repeats itself
				_, _, err := services[n%2].Submit(t.Context(), b.media, interactionserver.Submission{
					ExternalID: fmt.Sprint(n), MediaType: "chat", Process: "disputes", Properties: process.Values{"n": n},
				})
				if err != nil {
					violations.Add(1)
				}
			}
		})
	}
	done.Wait()
	require.Eventually(t, func() bool {
		return b.count("SELECT count(*) FROM interactions WHERE state = 'stopped'") == interactions
	}, waitFor, tick)
	close(stop)
	wg.Wait()

	require.Zero(t, violations.Load())
	require.EqualValues(t, interactions, handling.Load())
	require.Equal(t, interactions, b.count("SELECT count(*) FROM interactions"))
	require.Equal(t, interactions, b.count("SELECT count(*) FROM events WHERE kind = 'accepted'"))
	require.Equal(t, interactions, b.count("SELECT count(*) FROM events WHERE kind = 'completed'"))
	require.Equal(t, interactions, b.count("SELECT count(*) FROM events WHERE kind = 'stopped'"))
	b.consistent()
}

// offer brings an interaction to the first agent, who has not answered.
func (b *bundle) offer() (accountID, interactionserver.Interaction) {
	b.t.Helper()
	b.ready(b.agents[0])
	in := b.submit("")
	b.step()
	offer := b.get(in.ID)
	require.Equal(b.t, interactionserver.Delivering, offer.State)
	require.Equal(b.t, b.agents[0], offer.Agent)
	return b.agents[0], offer
}

// queued brings an interaction into the queue back-office, since nobody is ready.
func (b *bundle) queued(medium string, priority int) interactionserver.Interaction {
	b.t.Helper()
	in, _, err := b.Submit(b.t.Context(), b.media, interactionserver.Submission{
		MediaType: medium, Process: "disputes", Priority: priority,
	})
	require.NoError(b.t, err)
	_, err = b.Advance(b.t.Context(), in.ID)
	require.NoError(b.t, err)
	b.backdate(in.ID, "routed_at", time.Hour)
	b.match()
	b.step()
	in = b.get(in.ID)
	require.Equal(b.t, interactionserver.Queued, in.State)
	require.Equal(b.t, interactionserver.QueueName("disputes.back-office"), in.Queue)
	return in
}
