package historypg_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
)

// visit decides on an offer with a total limit as a touchpoint does, and tells
// whether it was presented.
func visit(ctx context.Context, g *group, limits *history.Limits, server *history.Recorder, total history.Total) bool {
	if limits.Count(ctx, total) >= total.Allowed {
		return false
	}
	reservation, ok := limits.Take(total.Offer)
	if !ok {
		return false
	}
	c := g.contact("", total.Offer, noon)
	c.Reservation = reservation
	_, err := server.Record(ctx, history.Batch{Contacts: []history.Contact{c}})
	return err == nil
}

func TestLimits(t *testing.T) {
	t.Parallel()

	t.Run("AreReachedAndNeverExceededByThreeServers", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		totals := []history.Total{
			{Offer: "card", Limit: definition.Limit{Presentations: 3}, Allowed: 3},
			{Offer: "fund", Limit: definition.Limit{Presentations: 700}, Allowed: 700},
		}
		var servers sync.WaitGroup
		for range 3 {
			limits, server := history.NewLimits(g.Store), g.server(g.url, history.Options{})
			for range 8 {
				servers.Go(func() {
					for range 200 {
						for _, total := range totals {
							visit(t.Context(), g, limits, server, total)
						}
					}
				})
			}
		}
		servers.Wait()
		for _, total := range totals {
			presented := g.count(`SELECT count(*) FROM contacts WHERE offer = $1`, total.Offer)
			require.LessOrEqual(t, presented, int(total.Allowed))
			require.Greater(t, presented, int(total.Allowed)*9/10, "nearly all are presented at once: the rest after its reservation has lapsed")
		}
	})

	t.Run("CountWhatADeadServerHasPresented_AndNotWhatItHasReserved", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		total := history.Total{Offer: "card", Limit: definition.Limit{Presentations: 160}, Allowed: 160}
		server := g.server(g.url, history.Options{})
		require.True(t, visit(t.Context(), g, history.NewLimits(g.Store), server, total)) // and 9 of 10 are lost
		chunk, err := g.Reserve(t.Context(), "card", 160, nil)
		require.NoError(t, err)
		require.EqualValues(t, 10, chunk.Counted)

		g.expire()
		chunk, err = g.Reserve(t.Context(), "card", 160, nil)
		require.NoError(t, err)
		require.EqualValues(t, 1, chunk.Counted)
	})

	t.Run("RefuseWhatComesAfterItsReservation_AndNotOthers", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		chunk, err := g.Reserve(t.Context(), "card", 160, nil)
		require.NoError(t, err)
		late, other := g.contact("ada", "card", noon), g.contact("bob", "fund", noon)
		late.Reservation = chunk.ID
		g.expire()
		_, err = g.Reserve(t.Context(), "card", 160, nil) // which counts the chunk as empty
		require.NoError(t, err)

		var lapsed *history.LapsedError
		_, err = g.Write(t.Context(), []history.Batch{{Contacts: []history.Contact{late}}, {Contacts: []history.Contact{other}}})
		require.ErrorAs(t, err, &lapsed)
		require.Equal(t, []history.Reservation{chunk.ID}, lapsed.Reservations)
		require.Empty(t, g.entries())

		// Both in one group of a recorder.
		server := g.server(g.url, history.Options{Writers: 1})
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				c := g.contact("ada", "card", noon)
				c.Reservation = chunk.ID
				_, err := server.Record(t.Context(), history.Batch{Contacts: []history.Contact{c}})
				require.True(t, fault.Is(err, fault.Conflict), "%v", err)
			})
			callers.Go(func() {
				_, err := server.Record(t.Context(), history.Batch{Contacts: []history.Contact{g.contact("bob", "fund", noon)}})
				require.NoError(t, err)
			})
		}
		callers.Wait()
		require.Len(t, g.entries(), 20)
	})

	t.Run("RefuseWhatComesAfterItsTime_ThoughNobodyHasCountedIt", func(t *testing.T) {
		t.Parallel()
		hour := duration.Duration(time.Hour)
		for _, within := range []*duration.Duration{nil, &hour} {
			g := setup(t)
			chunk, err := g.Reserve(t.Context(), "card", 160, within)
			require.NoError(t, err)
			g.expire()
			c := g.contact("ada", "card", noon)
			c.Reservation = chunk.ID
			var lapsed *history.LapsedError
			_, err = g.Write(t.Context(), []history.Batch{{Contacts: []history.Contact{c}}})
			require.ErrorAs(t, err, &lapsed)
		}
	})

	t.Run("CountARepeatedContactOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		chunk, err := g.Reserve(t.Context(), "card", 160, nil)
		require.NoError(t, err)
		c := g.contact("ada", "card", noon)
		c.Reservation = chunk.ID
		for range 3 {
			g.write(history.Batch{Contacts: []history.Contact{c}})
		}
		require.Equal(t, 1, g.count(`SELECT used FROM offer_chunks`))
		// It is there, so that it does not matter that its reservation is not any more.
		g.expire()
		g.write(history.Batch{Contacts: []history.Contact{c}})
	})

	t.Run("WithinATimeCountUntilItIsOver", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hour := duration.Duration(time.Hour)
		for range 2 {
			chunk, err := g.Reserve(t.Context(), "card", 2, &hour)
			require.NoError(t, err)
			require.EqualValues(t, 1, chunk.Size)
			c := g.contact("ada", "card", noon)
			c.Reservation = chunk.ID
			g.write(history.Batch{Contacts: []history.Contact{c}})
		}
		left := func() int64 {
			chunk, err := g.Reserve(t.Context(), "card", 2, &hour)
			require.NoError(t, err)
			require.NoError(t, g.Release(t.Context(), []history.Reservation{chunk.ID}))
			return 2 - chunk.Counted
		}
		require.Zero(t, left())
		g.expire()
		require.Zero(t, left())
		_, err := g.db.ExecContext(t.Context(), `UPDATE offer_chunks SET expires_at = expires_at - interval '1 hour' WHERE used > 0`)
		require.NoError(t, err)
		require.EqualValues(t, 2, left())
		// A limit without time counts all that there ever were.
		chunk, err := g.Reserve(t.Context(), "card", 3, nil)
		require.NoError(t, err)
		require.EqualValues(t, 2, chunk.Counted)
	})

	t.Run("FollowWhatIsAllowedUpToNow", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		expires := noon.Add(100 * time.Hour)
		offer := definition.Offer{Effective: &noon, Expires: &expires}
		limit := definition.Limit{Presentations: 100, Even: true}
		for i, want := range []int{1, 1, 2, 50, 100} {
			now := noon.Add([]time.Duration{0, time.Hour, 90 * time.Minute, 50 * time.Hour, 200 * time.Hour}[i])
			limits, server := history.NewLimits(g.Store), g.server(g.url, history.Options{})
			total := history.Total{Offer: "card", Limit: limit, Allowed: offer.Allowed(&limit, now)}
			for visit(t.Context(), g, limits, server, total) {
			}
			require.Equal(t, want, g.count(`SELECT count(*) FROM contacts`), fmt.Sprint(now))
		}
	})

	t.Run("GiveBackWhatIsLeftWhenAServerStops", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		total := history.Total{Offer: "card", Limit: definition.Limit{Presentations: 160}, Allowed: 160}
		limits := history.NewLimits(g.Store)
		require.True(t, visit(t.Context(), g, limits, g.server(g.url, history.Options{}), total))
		require.NoError(t, limits.Close(t.Context()))
		chunk, err := g.Reserve(t.Context(), "card", 160, nil)
		require.NoError(t, err)
		require.EqualValues(t, 1, chunk.Counted)
	})
}

// expire has all chunks expire now.
func (g *group) expire() {
	g.Helper()
	_, err := g.db.ExecContext(g.Context(), `UPDATE offer_chunks SET expires_at = clock_timestamp()`)
	require.NoError(g, err)
}
