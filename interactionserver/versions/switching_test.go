package versions_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/interactionserver/versions"
)

// TestSwitching deploys to three servers of a group while a reader reads all that
// they serve, without a pause.
func TestSwitching(t *testing.T) {
	t.Parallel()
	const switches = 50
	g := setup(t)
	hashes := map[int64]string{}
	for number := int64(1); number <= switches+1; number++ {
		hashes[number] = g.published("web", number).Hash
	}
	var servers []*versions.Holder
	for _, name := range []string{"cards-1", "cards-2", "cards-3"} {
		h := g.started(name, nil)
		g.runs(h) // the poll takes part
		servers = append(servers, h)
	}
	g.deployed("web", 1, servers...)

	ctx, cancel := context.WithCancel(t.Context())
	reader, ctx := errgroup.WithContext(ctx)
	reads := 0
	reader.Go(func() error {
		seen := make([]int64, len(servers))
		for ctx.Err() == nil {
			for at, h := range servers {
				s := h.Serving("web")
				if s.Number < seen[at] {
					return fmt.Errorf("server %d went back from version %d to %d", at, seen[at], s.Number)
				}
				seen[at] = s.Number
				if err := whole(s, hashes); err != nil {
					return err
				}
				reads++
			}
		}
		return nil
	})
	for number := int64(2); number <= switches+1 && ctx.Err() == nil; number++ {
		version := versions.Version{Channel: "web", Number: number, Hash: hashes[number], Name: nameOf(number)}
		var preparing, activating errgroup.Group
		for _, h := range servers {
			preparing.Go(func() error { return h.Prepare(t.Context(), version) })
		}
		require.NoError(t, preparing.Wait())
		_, err := g.Move(t.Context(), number-1, version)
		require.NoError(t, err)
		for _, h := range servers {
			activating.Go(func() error { return h.Activate(t.Context(), "web") })
		}
		require.NoError(t, activating.Wait())
		for _, h := range servers {
			require.Equal(t, number, h.Serving("web").Number)
		}
		for name, report := range g.reported("web") {
			require.Equal(t, hashes[number], report.Hash, name)
		}
	}
	cancel()
	require.NoError(t, reader.Wait())
	require.Greater(t, reads, switches)
}

// TestServerThatWasAway misses what was deployed meanwhile and serves none of it.
func TestServerThatWasAway(t *testing.T) {
	t.Parallel()
	g := setup(t)
	present, away := g.holder("cards-1", nil), g.holder("cards-2", nil)
	stopPresent, stopAway := g.runs(present), g.runs(away)
	defer stopPresent()
	g.eventually("both are ready", func() bool { return present.Ready(t.Context()) == nil && away.Ready(t.Context()) == nil })
	g.deployed("web", 1, present, away)
	stopAway()
	for number := int64(2); number <= 4; number++ {
		g.deployed("web", number, present)
	}
	require.EqualValues(t, 1, g.reported("web")["cards-2"].Number)

	back := g.holder("cards-2", nil)
	g.runs(back)
	var first *versions.Serving
	g.eventually("it is ready", func() bool {
		ready := back.Ready(t.Context()) == nil
		first = back.Serving("web")
		return ready
	})
	require.EqualValues(t, 4, first.Number, "ready means caught up")
}
