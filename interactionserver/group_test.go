package interactionserver_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestConfiguration(t *testing.T) {
	t.Parallel()
	without := func(c configuration.Configuration, process string) configuration.Configuration {
		kept := c.Processes
		c.Processes = nil
		for _, p := range kept {
			if p.Name != process {
				c.Processes = append(c.Processes, p)
			}
		}
		return c
	}

	t.Run("IsRestoredAfterARestart", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		in := b.submit("")
		b.Service = b.restarted()
		require.Equal(t, in, b.get(in.ID))
		require.Equal(t, b.config.Server, b.Configuration().Server)
	})

	t.Run("IsMissingAtFirst", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		fresh := b.on(b.db, b.otherServer())
		found, err := fresh.Restore(t.Context())
		require.NoError(t, err)
		require.False(t, found)
		require.Nil(t, fresh.Configuration())
		_, _, err = fresh.Submit(t.Context(), b.media, interactionserver.Submission{MediaType: "chat", Process: "disputes"})
		requireFault(t, err, fault.Forbidden, "not-allowed")
	})

	t.Run("OfAnotherServerIsRefused", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		requireFault(t, b.SetConfiguration(t.Context(), b.otherServer()), fault.Invalid, "foreign-configuration")
	})

	t.Run("RevokesAndGrantsAgain", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		agent, handled := b.offer()
		_, err := b.Accept(t.Context(), agent, handled.ID, 1)
		require.NoError(t, err)
		waiting, started := b.submit(""), b.submit("")
		_, err = b.Advance(t.Context(), waiting.ID)
		require.NoError(t, err)
		require.NoError(t, b.SetConfiguration(t.Context(), without(b.config, "disputes")))

		b.ready(b.agents[1])
		b.match()
		_, _, err = b.Submit(t.Context(), b.media, interactionserver.Submission{MediaType: "chat", Process: "disputes"})
		requireFault(t, err, fault.Forbidden, "process-not-granted")
		_, err = b.Get(t.Context(), b.media, waiting.ID)
		requireFault(t, err, fault.NotFound, "interaction-not-found")
		_, _, err = b.Pull(t.Context(), agent, "disputes.back-office")
		requireFault(t, err, fault.NotFound, "queue-not-found")
		_, err = b.Stop(t.Context(), b.media, waiting.ID, "x")
		requireFault(t, err, fault.NotFound, "interaction-not-found")
		entries, err := b.Outbox(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, entries)
		own, err := b.Get(t.Context(), agent, handled.ID)
		require.NoError(t, err, "who handles it still sees it")
		require.Equal(t, interactionserver.Handling, own.State)
		_, err = b.Complete(t.Context(), agent, handled.ID, 1, interactionserver.Completion{Outcome: "done"})
		require.NoError(t, err, "and may finish it")

		require.NoError(t, b.SetConfiguration(t.Context(), b.config))
		require.Equal(t, interactionserver.Routing, b.get(waiting.ID).State, "nothing happened to it meanwhile")
		require.Equal(t, interactionserver.Submitted, b.get(started.ID).State)
		b.step()
		require.Equal(t, interactionserver.Stopped, b.get(handled.ID).State)
		require.Equal(t, interactionserver.Delivering, b.get(waiting.ID).State)
		b.consistent()
	})

	t.Run("TakesEffectWhileTheMatcherRuns", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		b.run()
		require.NoError(t, b.SetConfiguration(t.Context(), without(b.config, "disputes")))
		require.NoError(t, b.SetConfiguration(t.Context(), b.config))
		b.ready(b.agents[0])
		b.submit("")
		b.offered(b.Service, b.agents[0], interactionserver.Delivering)
	})
}

func TestGroup(t *testing.T) {
	t.Parallel()

	t.Run("ShowsTheChangesOfItsOtherServers", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		other := b.server(b.otherServer())
		b.run(b.Service, other)
		agent := b.agents[0]
		b.ready(agent)
		b.submit("")

		for _, s := range []*interactionserver.Service{other, b.Service} {
			b.offered(s, agent, interactionserver.Delivering)
		}
	})

	t.Run("GoesOnWhenTheServerThatLeadsIsGone", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		first := b.server(b.otherServer())
		go func() { defer close(gone); _ = first.Run(ctx) }()
		b.ready(b.agents[0])
		in, _, err := first.Submit(t.Context(), b.media, interactionserver.Submission{MediaType: "chat", Process: "disputes"})
		require.NoError(t, err)
		_, err = first.Advance(t.Context(), in.ID)
		require.NoError(t, err)
		offer := b.offered(first, b.agents[0], interactionserver.Delivering)
		cancel()
		<-gone

		b.backdate(offer.ID, "expires_at", time.Hour)
		b.run(b.Service)
		require.Eventually(t, func() bool { return b.get(offer.ID).State == interactionserver.Routing }, waitFor, tick)
		b.ready(b.agents[1])
		again := b.offered(b.Service, b.agents[1], interactionserver.Delivering)
		require.EqualValues(t, 2, again.Assignment)
	})

	t.Run("DeliversWhatAnotherServerLeftInTheOutbox", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		other := b.server(b.otherServer())
		b.submit("")

		entries, err := other.Outbox(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, entries, "its writer delivers it")
		_, err = b.db.Exec("UPDATE outbox SET created_at = created_at - interval '10 seconds'")
		require.NoError(t, err)
		entries, err = other.Outbox(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, entries, 1)
		require.Equal(t, interactionserver.OutboxStart, entries[0].Kind)
		require.NoError(t, other.Settle(t.Context(), entries[0].ID))
		require.NoError(t, other.Settle(t.Context(), entries[0].ID))
		entries, err = b.Outbox(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, entries)
	})
}

func TestReading(t *testing.T) {
	t.Parallel()

	t.Run("ListsPagesOfWhatTheCallerMayView", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		var want []interactionserver.InteractionID
		for range 7 {
			want = append([]interactionserver.InteractionID{b.submit("").ID}, want...)
		}
		var got []interactionserver.InteractionID
		page := interactionserver.Page{Limit: 3}
		for {
			found, next, err := b.List(t.Context(), b.media, interactionserver.Filter{}, page)
			require.NoError(t, err)
			for _, in := range found {
				got = append(got, in.ID)
			}
			if page.After = next; next == "" {
				break
			}
		}
		require.Equal(t, want, got)
		for _, caller := range []accountID{b.stranger, b.agents[0]} {
			found, _, err := b.List(t.Context(), caller, interactionserver.Filter{}, page)
			require.NoError(t, err)
			require.Empty(t, found)
		}
		_, _, err := b.List(t.Context(), b.media, interactionserver.Filter{}, interactionserver.Page{Limit: 201})
		requireFault(t, err, fault.Invalid, "invalid-limit")
	})

	t.Run("FiltersByEverything", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent, offer := b.offer()
		b.queued("email", 0)
		_, _, err := b.Submit(t.Context(), b.media, interactionserver.Submission{
			MediaSource: "web", ExternalID: "x", MediaType: "task", Process: "letters",
		})
		require.NoError(t, err)

		for name, filter := range map[string]interactionserver.Filter{
			"state":    {States: []interactionserver.State{interactionserver.Delivering, interactionserver.Handling}},
			"process":  {Process: "letters"},
			"queue":    {Queue: "disputes.back-office"},
			"agent":    {Agent: agent},
			"medium":   {MediaType: "task"},
			"source":   {MediaSource: "web"},
			"external": {ExternalID: "x", MediaSource: "web"},
		} {
			found, _, err := b.List(t.Context(), b.media, filter, interactionserver.Page{})
			require.NoError(t, err)
			require.Len(t, found, 1, name)
		}
		found, _, err := b.List(t.Context(), b.media, interactionserver.Filter{Process: "loans"}, interactionserver.Page{})
		require.NoError(t, err)
		require.Empty(t, found)
		_, err = b.Get(t.Context(), agent, offer.ID)
		require.NoError(t, err, "who it is offered to sees it")
		_, err = b.Events(t.Context(), b.stranger, offer.ID, 0, 0)
		requireFault(t, err, fault.NotFound, "interaction-not-found")
		_, err = b.Stop(t.Context(), agent, offer.ID, "no")
		requireFault(t, err, fault.Forbidden, "not-allowed")
		_, err = b.Stop(t.Context(), b.stranger, offer.ID, "no")
		requireFault(t, err, fault.NotFound, "interaction-not-found")
	})

	t.Run("CountsQueuesAndProcesses", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		agent, offer := b.offer()
		b.queued("email", 0)
		_, err := b.Accept(t.Context(), agent, offer.ID, 1)
		require.NoError(t, err)

		queues, err := b.Queues(t.Context(), b.media)
		require.NoError(t, err)
		require.Len(t, queues, 3)
		require.Equal(t, interactionserver.QueueName("disputes.back-office"), queues[0].Name)
		require.Equal(t, 1, queues[0].Queued)
		require.NotZero(t, queues[0].OldestAt)
		require.Equal(t, 1, queues[1].Handling)
		require.Zero(t, queues[1].OldestAt)
		require.Equal(t, interactionserver.Queue{Name: "letters.inbox", Process: "letters"}, queues[2])
		_, err = b.Queue(t.Context(), b.stranger, "letters.inbox")
		requireFault(t, err, fault.NotFound, "queue-not-found")

		_, err = b.Complete(t.Context(), agent, offer.ID, 1, interactionserver.Completion{})
		require.NoError(t, err)
		b.step()
		figures, err := b.Statistics(t.Context(), b.media)
		require.NoError(t, err)
		require.Len(t, figures, 2)
		f := figures[0]
		require.Equal(t, []int64{2, 0, 1, 1, 1, 1, 0},
			[]int64{f.Submitted, f.Refused, f.Routed, f.Handled, f.Stopped, f.Waiting, f.Live})
		require.Equal(t, []int64{f.Wait.Max, f.Wait.Max}, []int64{f.Wait.P50, f.Wait.P95})
		require.Positive(t, f.Wait.Max)
		require.Equal(t, interactionserver.Statistics{Process: "letters"}, figures[1])
		none, err := b.Statistics(t.Context(), agent)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}
