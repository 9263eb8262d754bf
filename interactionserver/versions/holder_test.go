package versions_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestHolder(t *testing.T) {
	t.Parallel()

	t.Run("ServesNothingWhereNothingIsDeployed", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.holder("cards-1", nil)
		require.True(t, fault.Is(h.Ready(t.Context()), fault.Unavailable))
		require.NoError(t, h.CatchUp(t.Context()))
		require.NoError(t, h.Ready(t.Context()))
		require.Nil(t, h.Serving("web"))
		require.Empty(t, h.Channels())
	})

	t.Run("KeepsWhatItServesUntilTheVersionMoves", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		first := g.deployed("web", 1, h)
		require.Equal(t, first, h.Serving("web").Version)

		second := g.published("web", 2)
		require.NoError(t, h.Prepare(t.Context(), second))
		require.NoError(t, h.Prepare(t.Context(), second), "it may be repeated")
		require.NoError(t, h.Activate(t.Context(), "web"), "version 1 is active still")
		require.Equal(t, first, h.Serving("web").Version)

		g.moved("web", 2)
		require.NoError(t, h.Activate(t.Context(), "web"))
		require.NoError(t, h.Activate(t.Context(), "web"), "it may be repeated")
		require.EqualValues(t, 2, h.Serving("web").Number)
		require.EqualValues(t, 2, g.reported("web")["cards-1"].Number)
	})

	t.Run("LeavesAnOldVersionWholeForWhoeverHoldsIt", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		first := g.deployed("web", 1, h)
		held := h.Serving("web")
		second := g.deployed("web", 2, h)
		require.Equal(t, first, held.Version)
		require.NoError(t, whole(held, map[int64]string{1: first.Hash, 2: second.Hash}))
	})

	t.Run("LetsGoOfAnOldVersionThatNobodyHolds", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		g.deployed("web", 1, h)
		gone := make(chan struct{})
		runtime.AddCleanup(h.Serving("web"), func(gone chan struct{}) { close(gone) }, gone)
		g.deployed("web", 2, h)
		g.eventually("the old version is collected", func() bool {
			runtime.GC()
			select {
			case <-gone:
				return true
			default:
				return false
			}
		})
		runtime.KeepAlive(h)
	})

	t.Run("TakesAChannelOffAndOnAgain", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		g.deployed("web", 1, h)
		off, err := g.Move(t.Context(), 1, versions.Version{Channel: "web", Number: 2, Name: "off"})
		require.NoError(t, err)
		require.NoError(t, h.Prepare(t.Context(), off))
		require.NoError(t, h.Activate(t.Context(), "web"))
		require.Nil(t, h.Serving("web").Compiled)
		require.Equal(t, versions.Contents{}, h.Serving("web").Contents())
		require.Empty(t, g.reported("web")["cards-1"].Hash)
		g.deployed("web", 3, h)
		require.NotNil(t, h.Serving("web").Compiled)
	})

	t.Run("ActivatesWhatWasNeverPrepared", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		version := g.moved("web", 1)
		require.NoError(t, h.Activate(t.Context(), "web"))
		require.Equal(t, version, h.Serving("web").Version)
	})

	t.Run("CatchesUpBeforeItIsReady", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		atm := g.moved("atm", 1)
		g.moved("web", 1)
		g.moved("web", 2)
		web := g.moved("web", 3)
		h := g.holder("cards-1", nil)
		require.Error(t, h.Ready(t.Context()))
		require.NoError(t, h.CatchUp(t.Context()))
		require.NoError(t, h.Ready(t.Context()))
		require.Equal(t, web, h.Serving("web").Version)
		require.Equal(t, atm, h.Serving("atm").Version)
	})

	t.Run("FollowsOnItsOwn", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.holder("cards-1", nil)
		g.runs(h)
		g.eventually("the server is ready", func() bool { return h.Ready(t.Context()) == nil })
		version := g.moved("web", 1)
		g.eventually("the version is taken", func() bool { s := h.Serving("web"); return s != nil && s.Version == version })
		g.eventually("the version is reported", func() bool { return g.reported("web")["cards-1"].Hash == version.Hash })
	})

	t.Run("RefusesToGoBack", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		first := g.deployed("web", 1, h)
		g.deployed("web", 2, h)
		err := h.Prepare(t.Context(), first)
		require.True(t, fault.Is(err, fault.Conflict), err)
	})

	t.Run("RefusesAPackageOfAnotherTenantOrChannel", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		version := g.published("atm", 1)
		version.Channel = "web"
		err := h.Prepare(t.Context(), version)
		require.ErrorContains(t, err, "another tenant or channel")

		foreign := packageOf("web", 1)
		foreign.Tenant = "another"
		content, hash, err := foreign.Encode()
		require.NoError(t, err)
		require.NoError(t, g.Publish(t.Context(), hash, content))
		err = h.Prepare(t.Context(), versions.Version{Channel: "web", Number: 1, Hash: hash})
		require.ErrorContains(t, err, "another tenant or channel")
	})

	t.Run("RefusesAPackageThatDoesNotCompile", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		wrong := packageOf("web", 1)
		wrong.Content.Strategies["usual"].Rules[0].When = "profile.shoe_size > 40"
		content, hash, err := wrong.Encode()
		require.NoError(t, err)
		require.NoError(t, g.Publish(t.Context(), hash, content))
		err = h.Prepare(t.Context(), versions.Version{Channel: "web", Number: 1, Hash: hash})
		require.True(t, fault.Is(err, fault.Invalid), err)
		require.ErrorContains(t, err, "strategies/usual.rules[0].when")
	})

	t.Run("RefusesWhatWasNotPublished", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		err := h.Prepare(t.Context(), versions.Version{Channel: "web", Number: 1, Hash: "0123"})
		require.True(t, fault.Is(err, fault.NotFound), err)
	})

	t.Run("BoundsItsChannels", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		for i := range versions.MaxChannels {
			require.NoError(t, h.Prepare(t.Context(), g.published(channelOf(i), 1)))
		}
		err := h.Prepare(t.Context(), g.published("one-more", 1))
		require.True(t, fault.Is(err, fault.Conflict), err)
	})
}

func TestDamagedPackage(t *testing.T) {
	t.Parallel()

	t.Run("IsRefusedAndTheOldOneKept", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", nil)
		first := g.deployed("web", 1, h)
		second := g.published("web", 2)
		g.flipped(second.Hash)
		err := h.Prepare(t.Context(), second)
		require.True(t, fault.Is(err, fault.Invalid), err)
		require.Equal(t, first, h.Serving("web").Version)
	})

	t.Run("OfARunningServerIsReportedAndTheOldOneServed", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.holder("cards-1", nil)
		first := g.moved("web", 1)
		g.runs(h)
		g.eventually("the server is ready", func() bool { return h.Ready(t.Context()) == nil })

		second := g.published("web", 2)
		g.flipped(second.Hash)
		_, err := g.Move(t.Context(), 1, second)
		require.NoError(t, err)
		g.eventually("the problem is reported", func() bool { return g.reported("web")["cards-1"].Problem != "" })
		require.EqualValues(t, 1, g.reported("web")["cards-1"].Number)
		require.Equal(t, first, h.Serving("web").Version)
		require.NoError(t, h.Ready(t.Context()), "it serves the version before")

		g.published("web", 2)
		g.eventually("the mended package is taken", func() bool { return h.Serving("web").Number == 2 })
		g.eventually("the problem is over", func() bool {
			r := g.reported("web")["cards-1"]
			return r.Problem == "" && r.Number == 2
		})
	})

	t.Run("KeepsAServerThatStartsFromBeingReadyAndServesTheOtherChannels", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		atm, web := g.moved("atm", 1), g.moved("web", 1)
		g.flipped(web.Hash)
		h := g.holder("cards-1", nil)
		require.Error(t, h.CatchUp(t.Context()))
		require.Equal(t, atm, h.Serving("atm").Version)
		require.Nil(t, h.Serving("web"))
		err := h.Ready(t.Context())
		require.True(t, fault.Is(err, fault.Unavailable), err)
		require.ErrorContains(t, err, "web")
		require.NotEmpty(t, g.reported("web")["cards-1"].Problem)

		g.published("web", 1)
		require.NoError(t, h.CatchUp(t.Context()))
		require.NoError(t, h.Ready(t.Context()))
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	full := fault.New(fault.Unavailable, "disk-full", "the disk is full")

	t.Run("OfPreparingLeaveAllAsTheyAre", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		first := g.moved("web", 1)
		faults := &versions.Faults{}
		servers := []*versions.Holder{g.started("cards-1", nil), g.started("cards-2", faults), g.started("cards-3", nil)}
		second := g.published("web", 2)
		for name, f := range map[string]versions.Faults{
			"DiskFull": {Prepare: func(versions.Version) error { return full }},
			"BadHash":  {Fetched: func(_ versions.Version, content []byte) []byte { return append([]byte(" "), content...) }},
			"Refuses":  {Prepare: func(versions.Version) error { return fault.New(fault.Conflict, "refused", "not here") }},
		} {
			*faults = f
			require.NoError(t, servers[0].Prepare(t.Context(), second), name)
			require.Error(t, servers[1].Prepare(t.Context(), second), name)
			require.NoError(t, servers[2].Prepare(t.Context(), second), name)
			for _, h := range servers {
				require.Equal(t, first, h.Serving("web").Version, name)
			}
		}
	})

	t.Run("OfTheSwitchAreReportedUntilItSucceeds", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		faults := &versions.Faults{}
		h := g.started("cards-1", faults)
		g.deployed("web", 1, h)
		second := g.published("web", 2)
		require.NoError(t, h.Prepare(t.Context(), second))
		g.moved("web", 2)
		*faults = versions.Faults{Activate: func(versions.Version) error { return full }}
		require.ErrorIs(t, h.Activate(t.Context(), "web"), full)
		require.Equal(t, "the disk is full", g.reported("web")["cards-1"].Problem)
		require.EqualValues(t, 1, h.Serving("web").Number)
		*faults = versions.Faults{}
		require.NoError(t, h.Activate(t.Context(), "web"))
		require.Empty(t, g.reported("web")["cards-1"].Problem)
	})

	t.Run("WithoutWordsForOthersAreNotShown", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		h := g.started("cards-1", &versions.Faults{Activate: func(versions.Version) error { return errors.New("password=geheim") }})
		g.moved("web", 1)
		require.Error(t, h.Activate(t.Context(), "web"))
		require.NotContains(t, g.reported("web")["cards-1"].Problem, "geheim")
	})
}

func TestPreparedPackagesAreBounded(t *testing.T) {
	t.Parallel()
	g := setup(t)
	fetched := 0
	faults := &versions.Faults{Fetched: func(_ versions.Version, content []byte) []byte { fetched++; return content }}
	now := time.Now()
	h := versions.NewHolder(versions.Server{ID: newServer(), Name: "cards-1"}, g.Store, versions.Options{
		Tenant: tenant, Logger: discard(), Faults: faults, Now: func() time.Time { return now },
	})
	require.NoError(t, h.CatchUp(t.Context()))
	prepares := func(number int64, want int, why string) {
		t.Helper()
		fetched = 0
		require.NoError(t, h.Prepare(t.Context(), g.published("web", number)))
		require.Equal(t, want, fetched, why)
	}
	prepares(1, 1, "new")
	prepares(2, 1, "new")
	prepares(1, 0, "kept")
	prepares(3, 1, "new; the oldest goes")
	prepares(2, 0, "kept")
	prepares(1, 1, "it went")

	now = now.Add(time.Hour)
	require.NoError(t, h.CatchUp(t.Context()))
	prepares(1, 1, "it was kept for too long")
	g.deployed("web", 1, h)
	prepares(1, 0, "it is served")
}
