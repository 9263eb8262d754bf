package crashtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/deployment"
)

// gate is where a test holds a process: at a named point between the steps of a
// deployment. Test and process speak through three files in a folder: "wanted" has
// the point, "reached" appears when the process is there, and it goes on when
// "open" is.
type gate struct{ dir string }

const gateLook = 2 * time.Millisecond

func (g gate) file(name string) string { return filepath.Join(g.dir, name) }

// pass holds the process when it is wanted here.
func (g gate) pass(point string) {
	if !g.take("hold " + point) {
		return
	}
	for range time.Tick(gateLook) {
		if _, err := os.Stat(g.file("open")); err == nil {
			return
		}
	}
}

// take reports whether the test wants that now; it does so once.
func (g gate) take(what string) bool {
	text, err := os.ReadFile(g.file("wanted"))
	if err != nil || string(text) != what {
		return false
	}
	return os.Rename(g.file("wanted"), g.file("reached")) == nil
}

// want sets what the process shall do when it comes to a point.
func (g gate) want(t *testing.T, what string) {
	t.Helper()
	for _, name := range []string{"wanted", "reached", "open"} {
		require.NoError(t, os.RemoveAll(g.file(name)))
	}
	require.NoError(t, os.WriteFile(g.file("new"), []byte(what), 0o600))
	require.NoError(t, os.Rename(g.file("new"), g.file("wanted")))
}

func (g gate) reached() bool {
	_, err := os.Stat(g.file("reached"))
	return err == nil
}

// open lets the process go on.
func (g gate) open(t *testing.T) {
	t.Helper()
	require.NoError(t, os.WriteFile(g.file("open"), nil, 0o600))
}

// step does a step of the control plane, with a point before and one after it. The
// answer of a step that succeeded can be lost.
func (g gate) step(name string, do func() error) error {
	g.pass(name + " before")
	err := do()
	g.pass(name + " after")
	if err == nil && g.take("lose "+name) {
		return fault.New(fault.Unavailable, "database-unavailable", "the database did not answer in time")
	}
	return err
}

// gatedCatalog and gatedGroups are those of the control plane.
type gatedCatalog struct {
	deployment.Catalog
	gate gate
}

func (c gatedCatalog) Begin(ctx context.Context, tenant tenants.TenantID, id deployments.ID) (plan deployments.Plan, err error) {
	err = c.gate.step("begin", func() (err error) {
		plan, err = c.Catalog.Begin(ctx, tenant, id)
		return err
	})
	return plan, err
}

func (c gatedCatalog) Validate(ctx context.Context, tenant tenants.TenantID, id deployments.ID) error {
	return c.gate.step("validate", func() error { return c.Catalog.Validate(ctx, tenant, id) })
}

func (c gatedCatalog) Build(ctx context.Context, tenant tenants.TenantID, id deployments.ID) (built deployments.Built, err error) {
	err = c.gate.step("build", func() (err error) {
		built, err = c.Catalog.Build(ctx, tenant, id)
		return err
	})
	return built, err
}

func (c gatedCatalog) Record(ctx context.Context, tenant tenants.TenantID, id deployments.ID, progress deployments.Progress) error {
	return c.gate.step("record "+string(progress.State), func() error { return c.Catalog.Record(ctx, tenant, id, progress) })
}

func (c gatedCatalog) PassPointOfNoReturn(ctx context.Context, tenant tenants.TenantID, id deployments.ID) (proceed bool, err error) {
	err = c.gate.step("pass", func() (err error) {
		proceed, err = c.Catalog.PassPointOfNoReturn(ctx, tenant, id)
		return err
	})
	return proceed, err
}

func (c gatedCatalog) ReleaseMarks(ctx context.Context, tenant tenants.TenantID, id deployments.ID) error {
	return c.gate.step("release", func() error { return c.Catalog.ReleaseMarks(ctx, tenant, id) })
}

func (c gatedCatalog) Finish(ctx context.Context, tenant tenants.TenantID, id deployments.ID, outcome deployments.Outcome) error {
	return c.gate.step("finish", func() error { return c.Catalog.Finish(ctx, tenant, id, outcome) })
}

type gatedGroups struct {
	deployment.Groups
	gate gate
}

func (g gatedGroups) Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(versions.Group) error) error {
	return g.Groups.Use(ctx, tenant, group, func(opened versions.Group) error { return do(gatedGroup{opened, g.gate}) })
}

type gatedGroup struct {
	versions.Group
	gate gate
}

func (g gatedGroup) Publish(ctx context.Context, hash string, content []byte) error {
	return g.gate.step("publish", func() error { return g.Group.Publish(ctx, hash, content) })
}

func (g gatedGroup) Move(ctx context.Context, expected int64, next versions.Version) (moved versions.Version, err error) {
	err = g.gate.step("move", func() (err error) {
		moved, err = g.Group.Move(ctx, expected, next)
		return err
	})
	return moved, err
}

func (g gatedGroup) LiveServers(ctx context.Context) (live []versions.Server, err error) {
	err = g.gate.step("live", func() (err error) {
		live, err = g.Group.LiveServers(ctx)
		return err
	})
	return live, err
}

func (g gatedGroup) Reports(ctx context.Context) (reports []versions.ServerReport, err error) {
	err = g.gate.step("reports", func() (err error) {
		reports, err = g.Group.Reports(ctx)
		return err
	})
	return reports, err
}

// steps are those of the control plane, in the order of a deployment.
var steps = []string{
	"begin", "validate", "record building", "build", "record preparing", "publish", "live", "pass", "move",
	"record activating", "record verifying", "reports", "record releasing", "release", "finish",
}

// points are all points at which somebody is killed: those of the control plane,
// and those of a server.
func points() []string {
	var all []string
	for _, step := range steps {
		all = append(all, step+" before", step+" after")
	}
	return append(all, "prepare", "activate")
}

// ofServer reports whether a server comes to the point.
func ofServer(point string) bool { return !strings.Contains(point, " ") }
