package interactionserver_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
)

func TestOutbox(t *testing.T) {
	t.Parallel()

	t.Run("RemindsTheProcessHostOfWhatItLost", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		lost := b.submit("lost")
		entries, err := b.Outbox(t.Context(), 10)
		require.NoError(t, err)
		require.NoError(t, b.Settle(t.Context(), entries[0].ID))
		b.backdate(lost.ID, "changed_at", time.Hour)

		require.NoError(t, b.RemindNow(t.Context()))
		require.NoError(t, deliver(t.Context(), b.Service))
		require.Equal(t, interactionserver.Routing, b.get(lost.ID).State)
	})

	t.Run("KnowsWhatIsOpen", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		in := b.submit("one")
		open, err := b.Open(t.Context(), in.ID)
		require.NoError(t, err)
		require.True(t, open)

		_, err = b.Stop(t.Context(), b.media, in.ID, "over")
		require.NoError(t, err)
		open, err = b.Open(t.Context(), in.ID)
		require.NoError(t, err)
		require.False(t, open)
		open, err = b.Open(t.Context(), id[interactionserver.InteractionID]())
		require.NoError(t, err)
		require.False(t, open)
	})
}
