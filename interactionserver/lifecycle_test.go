package interactionserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
)

func TestInteraction(t *testing.T) {
	t.Parallel()

	t.Run("GoesFromSubmitToStopWithAnEventForEachChange", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		b.run()
		agent := b.agents[0]
		b.ready(agent)
		submitted := b.submit("call-1")
		require.Equal(t, interactionserver.Submitted, submitted.State)

		offer := b.offered(b.Service, agent, interactionserver.Delivering)
		require.Equal(t, submitted.ID, offer.ID)
		require.EqualValues(t, 1, offer.Assignment)
		accepted, err := b.Accept(t.Context(), agent, offer.ID, offer.Assignment)
		require.NoError(t, err)
		require.Equal(t, interactionserver.Handling, accepted.State)
		require.Zero(t, accepted.ExpiresAt)
		_, err = b.Complete(t.Context(), agent, offer.ID, offer.Assignment, interactionserver.Completion{
			Outcome: "refunded", Properties: process.Values{"refund": 12},
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool { return b.get(offer.ID).State == interactionserver.Stopped }, waitFor, tick)

		in := b.get(offer.ID)
		require.Equal(t, "solved by agent-0 as refunded", in.StopReason)
		require.Equal(t, process.Values{"refund": int64(12)}, in.Properties)
		require.Equal(t, []interactionserver.EventKind{
			interactionserver.EventSubmitted, interactionserver.EventRouting, interactionserver.EventInvited,
			interactionserver.EventAccepted, interactionserver.EventCompleted, interactionserver.EventStopped,
		}, b.kinds(offer.ID))
		b.consistent()
	})
}
