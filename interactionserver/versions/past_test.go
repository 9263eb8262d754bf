package versions_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestByHash(t *testing.T) {
	t.Parallel()

	t.Run("IsWhatIsServedWhereThatIsIt", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		v := g.deployed("web", 1, h)
		found, err := h.ByHash(t.Context(), "web", 1, v.Hash)
		require.NoError(t, err)
		require.Same(t, h.Serving("web"), found)
	})

	t.Run("FindsWhatWasServedBefore", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		first := g.deployed("web", 1)
		second := g.deployed("web", 2)
		h := g.started("cards-1", nil) // it never served version 1
		found, err := h.ByHash(t.Context(), "web", 1, first.Hash)
		require.NoError(t, err)
		require.NoError(t, whole(&versions.Serving{
			Version:  versions.Version{Number: 1, Hash: found.Hash, Name: nameOf(1)},
			Compiled: found.Compiled,
		}, map[int64]string{1: first.Hash}))
		require.EqualValues(t, 1, found.Number)
		require.Equal(t, second, h.Serving("web").Version, "what is served stays")
		require.Len(t, h.Channels(), 1)
	})

	t.Run("CompilesAPackageOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		first := g.deployed("web", 1)
		g.deployed("web", 2)
		var fetched atomic.Int64
		h := g.started("cards-1", &versions.Faults{Fetched: func(v versions.Version, content []byte) []byte {
			if v.Number == 1 {
				fetched.Add(1)
			}
			return content
		}})
		var all sync.WaitGroup
		found := make([]*versions.Serving, 20)
		for i := range found {
			all.Go(func() {
				var err error
				if found[i], err = h.ByHash(t.Context(), "web", 1, first.Hash); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, fetched.Load())
		for _, s := range found {
			require.Same(t, found[0], s)
		}
	})

	t.Run("KeepsThoseThatWereUsedLast", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		const past = 18 // more than are kept
		var fetched sync.Map
		h := g.started("cards-1", &versions.Faults{Fetched: func(v versions.Version, content []byte) []byte {
			count, _ := fetched.LoadOrStore(v.Number, new(atomic.Int64))
			count.(*atomic.Int64).Add(1)
			return content
		}})
		times := func(number int64) int64 {
			count, ok := fetched.Load(number)
			require.True(t, ok)
			return count.(*atomic.Int64).Load()
		}
		all := map[int64]versions.Version{}
		for number := int64(1); number <= past; number++ {
			all[number] = g.published("web", number)
			for _, wanted := range []int64{number, 1} { // the first is used again and again
				_, err := h.ByHash(t.Context(), "web", wanted, all[wanted].Hash)
				require.NoError(t, err)
			}
		}
		require.EqualValues(t, 1, times(1))
		_, err := h.ByHash(t.Context(), "web", past, all[past].Hash)
		require.NoError(t, err)
		require.EqualValues(t, 1, times(past))
		_, err = h.ByHash(t.Context(), "web", 2, all[2].Hash)
		require.NoError(t, err)
		require.EqualValues(t, 2, times(2), "it had made room")
	})

	t.Run("RefusesWhatIsNotThere", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		v := g.deployed("web", 1, h)
		other := g.published("branch", 1)
		for _, test := range []struct{ hash, typ string }{
			{"", "package-missing"}, {v.Hash[:len(v.Hash)-8] + "00000000", "package-missing"}, {other.Hash, "foreign-package"},
		} {
			_, err := h.ByHash(t.Context(), "web", 1, test.hash)
			f, ok := fault.As(err)
			require.True(t, ok, err)
			require.Equal(t, test.typ, f.Type)
		}
		past := g.published("web", 2)
		g.flipped(past.Hash)
		_, err := h.ByHash(t.Context(), "web", 2, past.Hash)
		require.Error(t, err, "it was damaged")
		require.EqualValues(t, 1, h.Serving("web").Number)
	})

	t.Run("EndsWithItsContext", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		v := g.published("web", 1)
		h := g.started("cards-1", nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := h.ByHash(ctx, "web", 1, v.Hash)
		require.Error(t, err)
	})
}
