package crashtest

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

const nodeName = "node-1"

// platform is a control plane and Temporal, as processes, with a tenant and a
// solution.
type platform struct {
	t         *testing.T
	temporal  *local.Temporal
	control   *local.Process
	admin     *client.Client
	db        *sqlx.DB         // of the control plane, to count
	directory *tenants.Service // over the same database
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p, dir := &platform{t: t}, t.TempDir()
	var err error
	p.temporal, err = local.StartTemporal(t.Context(), local.TemporalOptions{
		Dir: filepath.Join(dir, "temporal"), Binary: temporalBinary(), Log: slog.New(slog.DiscardHandler), Port: freePort(t), UIPort: freePort(t),
	})
	require.NoError(t, err)
	t.Cleanup(func() { p.temporal.Stop(context.Background()) })

	key, encryption, databaseURL := authentication.NewAPIKey(), secret.NewKey(), postgrestest.New(t, migration.Control)
	listen := freeAddress(t)
	p.control = start(t, dir, "control", role{ControlPlane: &controlPlaneRole{
		Listen: listen, OpsListen: freeAddress(t), DatabaseURL: databaseURL, TemporalAddress: p.temporal.Address, PlatformKey: key.Text, EncryptionKey: encryption,
	}})
	p.admin = client.New("http://"+listen, client.Options{Credential: key.Text})
	p.db = postgrestest.Open(t, superuser(t, databaseURL))
	box, err := secret.NewBox(encryption)
	require.NoError(t, err)
	p.directory = tenants.NewService(tenantspg.New(controldb.New(postgrestest.Open(t, databaseURL))), box, tenants.Options{
		Roles: accessgroups.RoleRules(), GroupDatabaseURL: databaseURL, ControlPlaneURL: "http://" + listen, TemporalAddress: p.temporal.Address,
	})
	eventually(t, "the control plane answers", func() bool {
		_, err := p.admin.CreateTenant(t.Context(), client.NewTenant{Name: "bank"})
		return err == nil
	})
	_, err = p.admin.CreateSolution(t.Context(), "bank", client.NewSolution{Name: "cards"})
	require.NoError(t, err)
	_, err = p.admin.CreateServerGroup(t.Context(), "bank", "cards", client.NewServerGroup{Name: "staging"})
	require.NoError(t, err)
	_, err = p.admin.CreateAccount(t.Context(), "bank", client.NewAccount{Name: "cards-server", Kind: "server"})
	require.NoError(t, err)
	return p
}

// found has a server of a group made, and with it the group's database.
func (p *platform) found(name string) *recordedGroup {
	p.t.Helper()
	ctx := p.t.Context()
	s, err := p.admin.CreateServer(ctx, "bank", "cards", name, client.NewServer{Name: "cards-" + name, Account: "cards-server", Node: nodeName})
	require.NoError(p.t, err)
	launch, err := p.directory.Launch(ctx, audit.Actor{Tenant: string(tenants.PlatformTenantID), Name: nodeName}, nodeName, tenants.ServerID(s.ID))
	require.NoError(p.t, err)
	eventually(p.t, "the group has a database", func() (made bool) {
		db, err := postgres.Open(ctx, launch.DatabaseURL, postgres.Options{MaxOpen: 1})
		if err != nil {
			return false
		}
		defer db.Close()
		return migration.Check(ctx, db.DB, migration.Solution) == nil
	})
	credentials, err := p.directory.GroupCredentials(ctx, tenants.TenantID(launch.Tenant.ID), tenants.ServerGroupID(launch.Group.ID))
	require.NoError(p.t, err)
	admin := postgrestest.Open(p.t, postgrestest.Admin(p.t))
	p.t.Cleanup(func() {
		for _, statement := range []string{
			"DROP DATABASE " + credentials.Database + " WITH (FORCE)", "DROP ROLE " + credentials.Role, "DROP ROLE " + credentials.Owner,
		} {
			_, err := admin.ExecContext(context.Background(), statement)
			require.NoError(p.t, err)
		}
	})
	g := openGroup(p.t, launch.DatabaseURL)
	// A group is followed from its first deployment on, or where something was taken
	// over before.
	mark := uuid.New()
	_, err = g.db.ExecContext(ctx, `INSERT INTO history_mark (mark, previous) VALUES ($1, $2)`, mark, uuid.Nil)
	require.NoError(p.t, err)
	_, err = p.db.ExecContext(ctx, `
		INSERT INTO history_sources (tenant_id, group_id, epoch, read_to, mark, contacts, responses, orphans, began_at, moved_at)
		VALUES ($1, $2, 0, 0, $3, 0, 0, 0, now(), now())`, launch.Tenant.ID, launch.Group.ID, mark)
	require.NoError(p.t, err)
	return g
}

// count is a number that the control database has.
func (p *platform) count(query string) (n int64) {
	p.t.Helper()
	require.NoError(p.t, p.db.GetContext(p.t.Context(), &n, query), query)
	return n
}

// moved is how many contacts were taken over.
func (p *platform) moved() int64 {
	return p.count(`SELECT coalesce(sum(contacts), 0)::bigint FROM history_sources`)
}

// superuser is whom row level security hides nothing from.
func superuser(t *testing.T, databaseURL string) string {
	t.Helper()
	of, err := url.Parse(databaseURL)
	require.NoError(t, err)
	admin, err := url.Parse(postgrestest.Admin(t))
	require.NoError(t, err)
	admin.Path = of.Path
	return admin.String()
}

// temporalBinary is the one that `./task` builds, where it is; else it is looked for
// on PATH.
func temporalBinary() string {
	const built = "../../bin/temporal"
	if _, err := os.Stat(built); err == nil {
		return built
	}
	return ""
}
