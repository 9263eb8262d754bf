package versionspg_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/tenants"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// group is the database of a group, as its servers open it.
type group struct {
	*testing.T
	db *sqlx.DB
	*versionspg.Store
}

func setup(t *testing.T) *group {
	t.Helper()
	db, err := serverpg.Open(t.Context(), postgrestest.New(t, migration.Solution), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return &group{T: t, db: db, Store: versionspg.New(db)}
}

// published stores a package and returns its hash.
func (g *group) published(content string) string {
	g.Helper()
	hash := bundle.Hash([]byte(content))
	require.NoError(g, g.Publish(g.Context(), hash, []byte(content)))
	return hash
}

func (g *group) moved(expected int64, next versions.Version) versions.Version {
	g.Helper()
	moved, err := g.Move(g.Context(), expected, next)
	require.NoError(g, err)
	return moved
}

func (g *group) active() []versions.Version {
	g.Helper()
	active, err := g.Active(g.Context())
	require.NoError(g, err)
	return active
}

// refuses checks that err is a Conflict of that type.
func refuses(t *testing.T, err error, typ string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Conflict, f.Kind)
	require.Equal(t, typ, f.Type)
}

func TestPublish(t *testing.T) {
	t.Parallel()

	t.Run("GivesBackWhatWasStored", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hash := g.published("a package")
		g.published("a package")
		content, err := g.Package(t.Context(), hash)
		require.NoError(t, err)
		require.Equal(t, "a package", string(content))
	})

	t.Run("RefusesContentOfAnotherHash", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hash := bundle.Hash([]byte("a package"))
		err := g.Publish(t.Context(), hash, []byte("a Package"))
		require.True(t, fault.Is(err, fault.Invalid), err)
		_, err = g.Package(t.Context(), hash)
		require.True(t, fault.Is(err, fault.NotFound), err)
	})

	t.Run("RefusesWhatIsTooLarge", func(t *testing.T) {
		t.Parallel()
		err := versionspg.New(nil).Publish(t.Context(), "", make([]byte, versions.MaxPackageSize+1))
		require.True(t, fault.Is(err, fault.TooLarge), err)
	})

	t.Run("MendsWhatTheDiskHasChanged", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hash := g.published("a package")
		_, err := g.db.ExecContext(t.Context(), "UPDATE packages SET content = set_byte(content, 2, 88)")
		require.NoError(t, err)
		g.published("a package")
		content, err := g.Package(t.Context(), hash)
		require.NoError(t, err)
		require.Equal(t, "a package", string(content))
	})
}

func TestMove(t *testing.T) {
	t.Parallel()

	t.Run("MakesAVersionActiveAndSaysSinceWhen", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		first := g.moved(0, versions.Version{Channel: "web", Number: 3, Hash: g.published("one"), Name: "autumn"})
		require.NotZero(t, first.Since)
		second := g.moved(3, versions.Version{Channel: "web", Number: 4, Hash: g.published("two"), Name: "winter"})
		other := g.moved(0, versions.Version{Channel: "atm", Number: 1, Hash: g.published("one"), Name: "autumn"})
		require.Equal(t, []versions.Version{other, second}, g.active())
		require.Equal(t, bundle.Hash([]byte("two")), second.Hash)
		require.Equal(t, "winter", second.Name)
	})

	t.Run("SucceedsWhenRepeatedAndChangesNothing", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		version := versions.Version{Channel: "web", Number: 1, Hash: g.published("one"), Name: "autumn"}
		first := g.moved(0, version)
		require.Equal(t, first, g.moved(0, version))
	})

	t.Run("TakesAChannelOff", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		g.moved(0, versions.Version{Channel: "web", Number: 1, Hash: g.published("one"), Name: "autumn"})
		g.moved(1, versions.Version{Channel: "web", Number: 2, Name: "off"})
		require.Empty(t, g.active()[0].Hash)
		require.EqualValues(t, 2, g.active()[0].Number)
	})

	t.Run("RefusesWhatDoesNotFollow", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hash := g.published("one")
		before := g.moved(0, versions.Version{Channel: "web", Number: 5, Hash: hash, Name: "autumn"})
		tests := []struct {
			name     string
			expected int64
			give     versions.Version
			want     string
		}{
			{"OlderNumber", 5, versions.Version{Channel: "web", Number: 4, Hash: hash}, "older-version"},
			{"SameNumberWithOtherContent", 5, versions.Version{Channel: "web", Number: 5, Hash: g.published("two")}, "older-version"},
			{"OtherVersionBefore", 4, versions.Version{Channel: "web", Number: 6, Hash: hash}, "version-moved"},
			{"NoneBefore", 0, versions.Version{Channel: "web", Number: 6, Hash: hash}, "version-moved"},
			{"SomethingBeforeInAnEmptyChannel", 5, versions.Version{Channel: "atm", Number: 6, Hash: hash}, "version-moved"},
			{"PackageThatWasNotPublished", 5, versions.Version{Channel: "web", Number: 6, Hash: bundle.Hash([]byte("three"))}, "package-missing"},
		}
		for _, test := range tests {
			_, err := g.Move(t.Context(), test.expected, test.give)
			refuses(t, err, test.want)
			require.Equal(t, []versions.Version{before}, g.active(), test.name)
		}
	})

	t.Run("LetsOneOfManyWin", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hash := g.published("one")
		results := make(chan error, 8)
		var movers errgroup.Group
		for i := range int64(cap(results)) {
			movers.Go(func() error {
				_, err := g.Move(t.Context(), 0, versions.Version{Channel: "web", Number: i + 1, Hash: hash})
				results <- err
				return nil
			})
		}
		require.NoError(t, movers.Wait())
		close(results)
		won := 0
		for err := range results {
			if err == nil {
				won++
				continue
			}
			require.True(t, fault.Is(err, fault.Conflict), err)
		}
		require.Equal(t, 1, won)
	})

	t.Run("BoundsTheChannels", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		hash := g.published("one")
		for i := range versions.MaxChannels {
			g.moved(0, versions.Version{Channel: fmt.Sprintf("c-%d", i), Number: 1, Hash: hash})
		}
		_, err := g.Move(t.Context(), 0, versions.Version{Channel: "one-more", Number: 1, Hash: hash})
		refuses(t, err, "too-many-channels")
		g.moved(1, versions.Version{Channel: "c-0", Number: 2, Hash: hash})
	})

	t.Run("ForgetsPackagesThatNobodyNeedsAnyMore", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		active, unused, fresh := g.published("active"), g.published("unused"), g.published("fresh")
		_, err := g.db.ExecContext(t.Context(), "UPDATE packages SET published_at = now() - interval '8 days' WHERE hash <> $1", fresh)
		require.NoError(t, err)
		g.moved(0, versions.Version{Channel: "web", Number: 1, Hash: active})
		for hash, kept := range map[string]bool{active: true, fresh: true, unused: false} {
			_, err := g.Package(t.Context(), hash)
			require.Equal(t, kept, err == nil, "%v", err)
		}
	})
}

func TestServers(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	one := versions.Report{Channel: "web", Number: 1, Hash: "abc", Since: at}
	two := versions.Report{Channel: "atm", Number: 2, Since: at, Problem: "the package is damaged"}

	t.Run("LiveWhileTheirLockIsHeld", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		first := versions.Server{ID: tenants.NewID[tenants.ServerID](), Name: "cards-1"}
		second := versions.Server{ID: tenants.NewID[tenants.ServerID](), Name: "cards-2"}
		require.NoError(t, g.Report(t.Context(), second, nil))
		require.NoError(t, g.Report(t.Context(), first, []versions.Report{one}))
		live, err := g.LiveServers(t.Context())
		require.NoError(t, err)
		require.Empty(t, live)

		conn, err := g.db.Connx(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		for _, server := range []versions.Server{first, second} {
			_, err = conn.ExecContext(t.Context(), "SELECT pg_advisory_lock("+versionspg.ServerLock+")", server.ID)
			require.NoError(t, err)
		}
		live, err = g.LiveServers(t.Context())
		require.NoError(t, err)
		require.Equal(t, []versions.Server{first, second}, live)

		_, err = conn.ExecContext(t.Context(), "SELECT pg_advisory_unlock("+versionspg.ServerLock+")", second.ID)
		require.NoError(t, err)
		live, err = g.LiveServers(t.Context())
		require.NoError(t, err)
		require.Equal(t, []versions.Server{first}, live)
		reports, err := g.Reports(t.Context())
		require.NoError(t, err)
		require.Equal(t, []versions.ServerReport{{Server: first, Live: true, Report: one}}, reports)
	})

	t.Run("NotLiveByTheLockOfAnotherDatabase", func(t *testing.T) {
		t.Parallel()
		g, other := setup(t), setup(t)
		server := versions.Server{ID: tenants.NewID[tenants.ServerID](), Name: "cards-1"}
		require.NoError(t, g.Report(t.Context(), server, nil))
		conn, err := other.db.Connx(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		_, err = conn.ExecContext(t.Context(), "SELECT pg_advisory_lock("+versionspg.ServerLock+")", server.ID)
		require.NoError(t, err)
		live, err := g.LiveServers(t.Context())
		require.NoError(t, err)
		require.Empty(t, live)
	})

	t.Run("SayNothingButWhatTheySaidLast", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		server := versions.Server{ID: tenants.NewID[tenants.ServerID](), Name: "cards-1"}
		said := func(want ...versions.Report) {
			t.Helper()
			require.NoError(t, g.Report(t.Context(), server, want))
			reports, err := g.Reports(t.Context())
			require.NoError(t, err)
			require.Len(t, reports, len(want))
			for i, report := range reports {
				require.Equal(t, want[i], report.Report)
			}
		}
		said(two, one)
		changed := one
		changed.Number, changed.Hash = 2, "def"
		said(changed)
		said()
	})
}
