package versions_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tenant   = "harborbank"
	patience = 30 * time.Second
)

// group is a server group's database and what a deployment does there.
type group struct {
	testing.TB
	ctx context.Context
	db  *sqlx.DB
	*versionspg.Store
}

func setup(t testing.TB) *group {
	t.Helper()
	db, err := serverpg.Open(t.Context(), postgrestest.New(t, migration.Solution), postgres.Options{MaxOpen: 16})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return &group{TB: t, ctx: t.Context(), db: db, Store: versionspg.New(db)}
}

// holder is a server that did not start yet.
func (g *group) holder(name string, faults *versions.Faults) *versions.Holder {
	return versions.NewHolder(versions.Server{ID: newServer(), Name: name}, g.Store, versions.Options{
		Tenant: tenant, Logger: discard(), Faults: faults,
	})
}

// started is a server that has caught up.
func (g *group) started(name string, faults *versions.Faults) *versions.Holder {
	g.Helper()
	h := g.holder(name, faults)
	require.NoError(g, h.CatchUp(g.ctx))
	return h
}

// runs runs a server until the test ends, or the returned function is called.
func (g *group) runs(h *versions.Holder) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	g.Cleanup(stop)
	return stop
}

// published stores the package that version number of the channel has.
func (g *group) published(channel string, number int64) versions.Version {
	g.Helper()
	content, hash, err := packageOf(channel, number).Encode()
	require.NoError(g, err)
	require.NoError(g, g.Publish(g.ctx, hash, content))
	return versions.Version{Channel: channel, Number: number, Hash: hash, Name: nameOf(number)}
}

// moved makes a version active and tells no server.
func (g *group) moved(channel string, number int64) versions.Version {
	g.Helper()
	version := g.published(channel, number)
	if number == 1 {
		version, err := g.Move(g.ctx, 0, version)
		require.NoError(g, err)
		return version
	}
	version, err := g.Move(g.ctx, number-1, version)
	require.NoError(g, err)
	return version
}

// deployed does what a deployment does.
func (g *group) deployed(channel string, number int64, servers ...*versions.Holder) versions.Version {
	g.Helper()
	version := g.published(channel, number)
	for _, h := range servers {
		require.NoError(g, h.Prepare(g.ctx, version))
	}
	version = g.moved(channel, number)
	for _, h := range servers {
		require.NoError(g, h.Activate(g.ctx, channel))
	}
	return version
}

// flipped changes one byte of a stored package.
func (g *group) flipped(hash string) {
	g.Helper()
	result, err := g.db.ExecContext(g.ctx,
		"UPDATE packages SET content = set_byte(content, length(content)/2, get_byte(content, length(content)/2) # 1) WHERE hash = $1", hash)
	require.NoError(g, err)
	changed, err := result.RowsAffected()
	require.NoError(g, err)
	require.EqualValues(g, 1, changed)
}

// reported are the problems that servers report of a channel, by server.
func (g *group) reported(channel string) map[string]versions.Report {
	g.Helper()
	reports, err := g.Reports(g.ctx)
	require.NoError(g, err)
	found := map[string]versions.Report{}
	for _, r := range reports {
		if r.Channel == channel {
			found[r.Name] = r.Report
		}
	}
	return found
}

func (g *group) eventually(what string, met func() bool) {
	g.Helper()
	deadline := time.After(patience)
	for !met() {
		select {
		case <-deadline:
			require.Fail(g, "not in time: "+what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// packageOf is different for each number, in content and in size: offersOf says
// how many offers it has.
func packageOf(channel string, number int64) *bundle.Package {
	zone := "top"
	p := &bundle.Package{Format: bundle.Format, Tenant: tenant, Channel: channel}
	p.Content = bundle.Content{
		AudienceLevels: map[string]definition.AudienceLevel{"customer": {
			Key:     []definition.Attribute{{Name: "number", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
		}},
		Offers: map[string]definition.Offer{},
		Channel: definition.Channel{
			Solution: "cards", ServerGroups: []string{"production"}, AudienceLevels: []string{"customer"},
		},
		Zones:             map[string]definition.Zone{zone: {}},
		InteractionPoints: map[string]definition.InteractionPoint{"banner": {Zone: zone, Default: "welcome"}},
		Strategies:        map[string]definition.Strategy{},
	}
	var strategy definition.Strategy
	for i := range offersOf(number) {
		offer := fmt.Sprintf("offer-%d-%d", number, i)
		p.Content.Offers[offer] = definition.Offer{}
		strategy.Rules = append(strategy.Rules, definition.TreatmentRule{
			Name: fmt.Sprintf("rule-%d", i), Zone: zone, Offer: offer, When: fmt.Sprintf("profile.age > %d", i),
		})
	}
	p.Content.Strategies["usual"] = strategy
	return p
}

func offersOf(number int64) int { return int(number%7) + 1 }

func nameOf(number int64) string { return fmt.Sprintf("release %d", number) }

// whole checks that all that is served belongs to one version.
func whole(s *versions.Serving, hashes map[int64]string) error {
	offer := fmt.Sprintf("offer-%d-0", s.Number)
	_, has := s.Compiled.Package.Content.Offers[offer]
	contents := s.Contents()
	switch {
	case s.Hash != hashes[s.Number]:
		return fmt.Errorf("version %d has hash %s, want %s", s.Number, s.Hash, hashes[s.Number])
	case s.Name != nameOf(s.Number):
		return fmt.Errorf("version %d is called %s", s.Number, s.Name)
	case !has, contents.Offers != offersOf(s.Number), contents.Rules != offersOf(s.Number):
		return fmt.Errorf("version %d has the content of another: %+v", s.Number, contents)
	case s.Compiled.Hash != s.Hash:
		return fmt.Errorf("version %d is compiled from %s, want %s", s.Number, s.Compiled.Hash, s.Hash)
	}
	return nil
}

func channelOf(i int) string { return fmt.Sprintf("channel-%d", i) }

func newServer() tenants.ServerID { return tenants.NewID[tenants.ServerID]() }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
