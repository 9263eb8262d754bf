package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/deployments/deploymentspg"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

const (
	patience = time.Minute // with whatever a test waits for
	look     = 10 * time.Millisecond
	channel  = "web"
	group    = "production"
	nodeName = "node-1"
)

var designer = audit.Actor{Name: "ada"}

// platform is all that deployments need, as processes, with a channel that can be
// deployed.
type platform struct {
	t        *testing.T
	dir      string
	temporal *local.Temporal
	control  *local.Process
	servers  []*runningServer
	admin    *client.Client

	// The control plane's services over the same database, to ask for deployments
	// and to look at them.
	directory   *tenants.Service
	designs     *design.Service
	deployments *deployments.Service
	tenant      tenants.TenantID
	score       int // of the strategy's rule, another one in each package
}

type runningServer struct {
	*local.Process
	launch configuration.Launch
	gate   gate
	api    *client.InteractionServer
}

func setup(t *testing.T, servers int) *platform {
	t.Helper()
	p := &platform{t: t, dir: t.TempDir()}
	var err error
	p.temporal, err = local.StartTemporal(t.Context(), local.TemporalOptions{
		Dir: filepath.Join(p.dir, "temporal"), Binary: temporalBinary(), Log: slog.New(slog.DiscardHandler),
		// Not the usual ones, which two tests could take at the same time.
		Port: freePort(t), UIPort: freePort(t),
	})
	require.NoError(t, err)
	t.Cleanup(func() { p.temporal.Stop(context.Background()) })

	key, encryption, url := authentication.NewAPIKey(), secret.NewKey(), postgrestest.New(t, migration.Control)
	listen := freeAddress(t)
	p.control = p.start("control", role{ControlPlane: &controlPlaneRole{
		Listen: listen, OpsListen: freeAddress(t), DatabaseURL: url, TemporalAddress: p.temporal.Address,
		PlatformKey: key.Text, EncryptionKey: encryption,
	}})
	p.admin = client.New("http://"+listen, client.Options{Credential: key.Text})
	p.open(url, "http://"+listen, encryption)
	p.found(servers)
	p.design()
	t.Cleanup(p.showLogs) // first of all
	return p
}

// open makes the services over the control database.
func (p *platform) open(url, controlPlane string, encryption []byte) {
	db := controldb.New(postgrestest.Open(p.t, url))
	box, err := secret.NewBox(encryption)
	require.NoError(p.t, err)
	p.directory = tenants.NewService(tenantspg.New(db), box, tenants.Options{
		Roles: accessgroups.RoleRules(), GroupDatabaseURL: url, ControlPlaneURL: controlPlane, TemporalAddress: p.temporal.Address,
	})
	p.designs = design.NewService(designpg.New(db), p.directory)
	p.deployments = deployments.NewService(deploymentspg.New(db), p.designs, p.directory, deployments.Options{})
}

// found makes a tenant with one solution and starts its servers, whose database
// the control plane makes.
func (p *platform) found(servers int) {
	p.t.Helper()
	ctx := p.t.Context()
	p.eventually("the control plane answers", func() bool {
		_, err := p.admin.CreateTenant(ctx, client.NewTenant{Name: "bank"})
		return err == nil
	})
	_, err := p.admin.CreateSolution(ctx, "bank", client.NewSolution{Name: "cards"})
	require.NoError(p.t, err)
	_, err = p.admin.CreateAccount(ctx, "bank", client.NewAccount{Name: "cards-server", Kind: "server"})
	require.NoError(p.t, err)
	p.admit()
	for i := range servers {
		s, err := p.admin.CreateServer(ctx, "bank", "cards", group, client.NewServer{
			Name: fmt.Sprintf("cards-%d", i+1), Account: "cards-server", Node: nodeName,
		})
		require.NoError(p.t, err)
		launch, err := p.directory.Launch(ctx, audit.Actor{Tenant: string(tenants.PlatformTenantID), Name: nodeName}, nodeName, tenants.ServerID(s.ID))
		require.NoError(p.t, err)
		launch.Listen, launch.MetricsListen = freeAddress(p.t), freeAddress(p.t)
		p.tenant = tenants.TenantID(launch.Tenant.ID)
		p.awaitDatabase(launch)
		p.servers = append(p.servers, &runningServer{
			Process: p.start(launch.Server.Name, role{Server: &launch}),
			launch:  launch,
			gate:    p.gate(launch.Server.Name),
			api:     client.NewInteractionServer(client.New("http://"+launch.Listen, client.Options{Credential: launch.APIKey, Retries: -1})),
		})
	}
	p.awaitServers()
}

// admit lets the servers' account call its servers: whoever may do nothing is
// unknown there.
func (p *platform) admit() {
	p.t.Helper()
	const document = `
document: {dsl: 1.0.0, namespace: bank, name: idle, version: 1.0.0}
evaluate: {language: cel}
do:
  - done: {call: stop, with: {reason: handled}}
`
	process, err := p.admin.PutBusinessProcess(p.t.Context(), "bank", "idle", 0, client.BusinessProcessDraft{Document: document})
	require.NoError(p.t, err)
	_, err = p.admin.PublishBusinessProcess(p.t.Context(), "bank", "idle", process.Version)
	require.NoError(p.t, err)
	_, err = p.admin.GrantDirectly(p.t.Context(), "bank", client.DirectGrant{Account: "cards-server", Process: "idle", Actions: []string{"view"}})
	require.NoError(p.t, err)
}

func (p *platform) awaitDatabase(launch configuration.Launch) {
	p.t.Helper()
	var db *sqlx.DB
	p.eventually("the group has a database", func() (made bool) {
		var err error
		db, err = postgres.Open(p.t.Context(), launch.DatabaseURL, postgres.Options{MaxOpen: 1})
		if err != nil {
			return false
		}
		defer db.Close()
		return migration.Check(p.t.Context(), db.DB, migration.Solution) == nil
	})
	if len(p.servers) > 0 {
		return
	}
	admin, err := postgres.Open(p.t.Context(), postgrestest.Admin(p.t), postgres.Options{MaxOpen: 1})
	require.NoError(p.t, err)
	credentials, err := p.directory.GroupCredentials(p.t.Context(), tenants.TenantID(launch.Tenant.ID), tenants.ServerGroupID(launch.Group.ID))
	require.NoError(p.t, err)
	p.t.Cleanup(func() {
		defer admin.Close()
		for _, statement := range []string{
			"DROP DATABASE " + credentials.Database + " WITH (FORCE)", "DROP ROLE " + credentials.Role, "DROP ROLE " + credentials.Owner,
		} {
			_, err := admin.ExecContext(context.Background(), statement)
			require.NoError(p.t, err)
		}
	})
}

// start starts this binary again in a role.
func (p *platform) start(name string, r role) *local.Process {
	p.t.Helper()
	r.Gate = p.gate(name).dir
	require.NoError(p.t, os.MkdirAll(r.Gate, 0o700))
	text, err := json.Marshal(r)
	require.NoError(p.t, err)
	file := filepath.Join(p.dir, name+".json")
	require.NoError(p.t, os.WriteFile(file, text, 0o600))
	process := local.NewProcess(local.ProcessOptions{
		Name: name, Path: os.Args[0], Env: append(os.Environ(), roleVariable+"="+file), Grace: 5 * time.Second,
		LogFile: filepath.Join(p.dir, name+".log"), PIDFile: filepath.Join(p.dir, name+".pid"),
	})
	require.NoError(p.t, process.Start(context.Background()))
	p.t.Cleanup(func() { process.Stop(context.Background()) })
	return process
}

func (p *platform) gate(name string) gate { return gate{dir: filepath.Join(p.dir, name+".gate")} }

// design makes a channel with one strategy.
func (p *platform) design() {
	for _, object := range []struct {
		kind       definition.Kind
		name, spec string
	}{
		{definition.KindAudienceLevel, "individual", `{"key":[{"name":"id","type":"text"}],"profile":[{"name":"value","type":"number"}]}`},
		{definition.KindSegment, "everybody", `{}`},
		{definition.KindOffer, "gold-card", `{}`},
		{definition.KindChannel, channel, `{"solution":"cards","serverGroups":["production"],"audienceLevels":["individual"]}`},
		{definition.KindZone, "top", `{}`},
		{definition.KindFlowchart, "visitors", `{"boxes":[{"name":"start","type":"interaction","next":["all"]},{"name":"all","type":"segment","segment":"everybody"}]}`},
	} {
		p.put(object.kind, object.name, object.spec)
	}
	p.mark(definition.KindFlowchart, "visitors")
}

func (p *platform) reference(kind definition.Kind, name string) definition.Reference {
	r := definition.Reference{Kind: kind, Name: name}
	if kind.InChannel() {
		r.Channel = channel
	}
	return r
}

func (p *platform) put(kind definition.Kind, name, spec string) {
	p.t.Helper()
	document, err := definition.Decode(kind, []byte(spec))
	require.NoError(p.t, err)
	_, _, err = p.designs.Put(p.t.Context(), designer, p.tenant, p.reference(kind, name), tenants.AnyVersion, design.Draft{DisplayName: name, Spec: document})
	require.NoError(p.t, err)
}

func (p *platform) mark(kind definition.Kind, name string) {
	p.t.Helper()
	_, err := p.designs.Mark(p.t.Context(), designer, p.tenant, p.reference(kind, name), tenants.AnyVersion, design.ForDeployment)
	require.NoError(p.t, err)
}

// edit changes the strategy, whoever marked it before, and marks it.
func (p *platform) edit() {
	p.t.Helper()
	strategy := p.reference(definition.KindStrategy, "offers")
	if present, err := p.designs.Get(p.t.Context(), p.tenant, strategy); err == nil && present.Mark != nil {
		_, err := p.designs.Unmark(p.t.Context(), designer, p.tenant, strategy, tenants.AnyVersion)
		require.NoError(p.t, err)
	}
	p.score = p.score%100 + 1
	p.put(strategy.Kind, strategy.Name, fmt.Sprintf(`{"rules":[{"name":"all","segment":"everybody","offer":"gold-card","score":%d}]}`, p.score))
	p.mark(strategy.Kind, strategy.Name)
}

// ask asks for a deployment.
func (p *platform) ask(input deployments.NewDeployment) deployments.Deployment {
	p.t.Helper()
	input.Group, input.Name = group, "a test"
	d, err := p.deployments.Create(p.t.Context(), designer, p.tenant, channel, input)
	require.NoError(p.t, err)
	return d
}

func (p *platform) deployment(number int64) deployments.Deployment {
	p.t.Helper()
	d, err := p.deployments.Get(p.t.Context(), p.tenant, channel, number)
	require.NoError(p.t, err)
	return d
}

// awaitEnd waits until a deployment has ended.
func (p *platform) awaitEnd(number int64) deployments.Deployment {
	p.t.Helper()
	var d deployments.Deployment
	p.eventually("the deployment ends", func() bool {
		d = p.deployment(number)
		return d.State.Ended()
	})
	return d
}

// awaitServers waits until every server is ready.
func (p *platform) awaitServers() {
	p.t.Helper()
	for _, s := range p.servers {
		p.eventually("server "+s.launch.Server.Name+" is ready", func() bool {
			answer, err := http.Get("http://" + s.launch.MetricsListen + "/readyz")
			if err != nil {
				return false
			}
			defer answer.Body.Close()
			return answer.StatusCode == http.StatusOK
		})
	}
}

// served is what a server says that it serves of the channel.
func (s *runningServer) served(ctx context.Context) (client.ServedChannel, error) {
	version, err := s.api.Version(ctx)
	if i := slices.IndexFunc(version.Channels, func(c client.ServedChannel) bool { return c.Channel == channel }); i >= 0 {
		return version.Channels[i], err
	}
	return client.ServedChannel{}, err
}

// requireAll checks that every server serves the deployment's package, which may
// take a server a moment that was not told.
func (p *platform) requireAll(d deployments.Deployment) {
	p.t.Helper()
	for _, s := range p.servers {
		var last client.ServedChannel
		p.eventually(fmt.Sprintf("server %s serves number %d", s.launch.Server.Name, d.Number), func() bool {
			var err error
			last, err = s.served(p.t.Context())
			return err == nil && last.Number == d.Number
		})
		require.Equal(p.t, d.Hash, last.Hash)
	}
}

// eventually waits until something is so.
func (p *platform) eventually(what string, met func() bool) {
	p.t.Helper()
	deadline, ticker := time.After(patience), time.NewTicker(look)
	defer ticker.Stop()
	for !met() {
		select {
		case <-deadline:
			require.Fail(p.t, "not in time: "+what)
		case <-ticker.C:
		}
	}
}

// showLogs shows the ends of all logs when the test has failed.
func (p *platform) showLogs() {
	if !p.t.Failed() {
		return
	}
	files, _ := filepath.Glob(filepath.Join(p.dir, "*.log"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		lines := strings.Split(string(text), "\n")
		p.t.Logf("%s:\n%s", filepath.Base(file), strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func freePort(t *testing.T) int {
	t.Helper()
	address, err := net.ResolveTCPAddr("tcp", freeAddress(t))
	require.NoError(t, err)
	return address.Port
}

// temporalBinary is the one that `./task` builds, where it is; else it is looked
// for on PATH.
func temporalBinary() string {
	const built = "../../../bin/temporal"
	if _, err := os.Stat(built); err == nil {
		return built
	}
	return ""
}
