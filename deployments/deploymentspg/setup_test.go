package deploymentspg_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/deployments/deploymentspg"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

var (
	ada = audit.Actor{Tenant: "t", Account: "a", Name: "ada", RequestID: "r"}
	bob = audit.Actor{Name: "bob"}
)

// platform is the real services over one control database.
type platform struct {
	directory   *tenants.Service
	designs     *design.Service
	deployments *deployments.Service
	store       *deploymentspg.Store
	audit       *auditpg.Store
}

func newPlatform(t *testing.T) platform {
	t.Helper()
	db := controldb.New(postgrestest.Open(t, postgrestest.Hasty(t, postgrestest.New(t, migration.Control))))
	box, err := secret.NewBox(make([]byte, secret.KeySize))
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{Roles: accessgroups.RoleRules()})
	designs := design.NewService(designpg.New(db), directory)
	store := deploymentspg.New(db)
	service := deployments.NewService(store, designs, directory, deployments.Options{})
	designs.Protect(service)
	return platform{directory: directory, designs: designs, store: store, audit: auditpg.New(db), deployments: service}
}

// failer is a test, or a check of rapid.
type failer interface {
	require.TestingT
	Helper()
}

// team is a tenant with a channel web of solution cards, which has a production
// and a staging group with a server each.
type team struct {
	platform
	ctx    context.Context
	tenant tenants.TenantID
}

func (p platform) newTeam(ctx context.Context, t failer, name string) team {
	t.Helper()
	tenant, err := p.directory.CreateTenant(ctx, ada, tenants.NewTenant{Name: name})
	require.NoError(t, err)
	team := team{platform: p, ctx: ctx, tenant: tenant.ID}
	_, err = p.directory.CreateAccount(ctx, ada, tenant.ID, tenants.NewAccount{Name: "runner", Kind: tenants.Runner})
	require.NoError(t, err)
	_, err = p.directory.CreateSolution(ctx, ada, tenant.ID, tenants.NewSolution{Name: "cards"})
	require.NoError(t, err)
	_, err = p.directory.CreateServerGroup(ctx, ada, tenant.ID, "cards", tenants.NewServerGroup{Name: "staging"})
	require.NoError(t, err)
	for _, group := range []string{"production", "staging"} {
		_, err := p.directory.CreateServer(ctx, ada, tenant.ID, "cards", group, tenants.NewServer{
			Name: group + "-1", ServerSettings: tenants.ServerSettings{Account: "runner", Node: "node-1"},
		})
		require.NoError(t, err)
	}
	return team
}

func of(kind definition.Kind, name string) definition.Reference {
	r := definition.Reference{Kind: kind, Name: name}
	if kind.InChannel() {
		r.Channel = "web"
	}
	return r
}

func (b team) put(name string, spec definition.Document) error {
	_, _, err := b.designs.Put(b.ctx, ada, b.tenant, of(spec.Kind(), name), tenants.AnyVersion, design.Draft{Spec: spec})
	return err
}

func (b team) mustPut(t failer, name string, spec definition.Document) {
	t.Helper()
	require.NoError(t, b.put(name, spec))
}

func (b team) mark(t failer, kind definition.Kind, name string, what design.MarkFor) {
	t.Helper()
	_, err := b.designs.Mark(b.ctx, bob, b.tenant, of(kind, name), tenants.AnyVersion, what)
	require.NoError(t, err)
}

func (b team) unmark(t failer, kind definition.Kind, name string) {
	t.Helper()
	_, err := b.designs.Unmark(b.ctx, bob, b.tenant, of(kind, name), tenants.AnyVersion)
	require.NoError(t, err)
}

func (b team) marked(t failer, kind definition.Kind, name string) bool {
	t.Helper()
	o, err := b.designs.Get(b.ctx, b.tenant, of(kind, name))
	require.NoError(t, err)
	return o.Mark != nil
}

// basics are a flowchart, and the strategies winback and welcome that offer o0 and
// o1 to everybody.
func (b team) basics(t failer) {
	t.Helper()
	objects := []design.Incoming{
		incoming("individual", definition.AudienceLevel{
			Key: []definition.Attribute{{Name: "id", Type: definition.Text}}, Profile: []definition.Attribute{{Name: "value", Type: definition.Number}},
		}),
		incoming("dear", macro(1)),
		incoming("everybody", definition.Segment{}),
		incoming("web", definition.Channel{Solution: "cards", ServerGroups: []string{"production", "staging"}, AudienceLevels: []string{"individual"}}),
		incoming("top", definition.Zone{}),
		incoming("home", definition.InteractionPoint{Zone: "top", Default: "welcome"}),
		incoming("visitors", flowchart(1)),
	}
	for i, name := range strategyNames {
		objects = append(objects, incoming(offerName(i), definition.Offer{}), incoming(name, strategy(i, 1)))
	}
	_, err := b.designs.Import(b.ctx, ada, b.tenant, objects, false)
	require.NoError(t, err)
}

func incoming(name string, spec definition.Document) design.Incoming {
	return design.Incoming{Reference: of(spec.Kind(), name), Draft: design.Draft{Spec: spec}}
}

var strategyNames = []string{"winback", "welcome"}

func offerName(i int) string { return fmt.Sprintf("o%d", i) }

// macro, flowchart and strategy are documents that differ by a number.
func macro(value int) definition.Macro {
	return definition.Macro{AudienceLevel: "individual", Type: definition.Boolean, Expression: fmt.Sprintf("profile.value > %d.0", value)}
}

func flowchart(value int) definition.Flowchart {
	return definition.Flowchart{Boxes: []definition.Box{
		{Name: "start", Type: definition.BoxInteraction, Next: []string{"who"}},
		{Name: "who", Type: definition.BoxSelect, When: fmt.Sprintf("profile.value > %d.0 && macro.dear", value), Next: []string{"in"}},
		{Name: "in", Type: definition.BoxSegment, Segment: "everybody"},
	}}
}

func strategy(i, value int) definition.Strategy {
	score := float64(value)
	return definition.Strategy{Rules: []definition.TreatmentRule{{Name: "only", Segment: "everybody", Zone: "top", Offer: offerName(i), Score: &score}}}
}

func (b team) create(input deployments.NewDeployment) (deployments.Deployment, error) {
	if input.Name == "" {
		input.Name = "test"
	}
	return b.deployments.Create(b.ctx, ada, b.tenant, "web", input)
}

func (b team) mustCreate(t failer, input deployments.NewDeployment) deployments.Deployment {
	t.Helper()
	d, err := b.create(input)
	require.NoError(t, err)
	return d
}

// deploy asks for a deployment and drives it to its end.
func (b team) deploy(t failer, input deployments.NewDeployment) deployments.Deployment {
	t.Helper()
	d := b.mustCreate(t, input)
	b.drive(t, d.ID, all)
	return b.get(t, d.Number)
}

func (b team) get(t failer, number int64) deployments.Deployment {
	t.Helper()
	d, err := b.deployments.Get(b.ctx, b.tenant, "web", number)
	require.NoError(t, err)
	return d
}

// course is how a deployment goes.
type course struct {
	refuse bool // a server cannot prepare
	twice  bool // each step is made again, as after a crash before it was known to be done
}

var all = course{}

// drive plays the workflow's part, in the workflow's order.
func (b team) drive(t failer, id deployments.ID, c course) {
	t.Helper()
	s := b.deployments
	twice := func(step func() error) error {
		err := step()
		if err == nil && c.twice {
			err = step()
		}
		return err
	}
	var plan deployments.Plan
	require.NoError(t, twice(func() (err error) { plan, err = s.Begin(b.ctx, b.tenant, id); return err }))
	if plan.State.Ended() {
		return
	}
	var built deployments.Built
	err := twice(func() error { return s.Validate(b.ctx, b.tenant, id) })
	if err == nil {
		err = twice(func() (err error) { built, err = s.Build(b.ctx, b.tenant, id); return err })
	}
	if known, ok := fault.As(err); ok {
		b.finish(t, twice, id, deployments.Outcome{State: deployments.Failed, Reason: known.Message})
		return
	}
	require.NoError(t, err)
	record := func(state deployments.State, server deployments.ServerState) error {
		return twice(func() error {
			return s.Record(b.ctx, b.tenant, id, deployments.Progress{State: state, Servers: progress(plan, built, server)})
		})
	}
	if plan.Kind != deployments.Undeploy {
		require.NoError(t, record(deployments.Preparing, deployments.ServerPreparing))
		if c.refuse {
			b.finish(t, twice, id, deployments.Outcome{
				State: deployments.Failed, Reason: "the disk is full", Servers: progress(plan, built, deployments.ServerRefused),
			})
			return
		}
		require.NoError(t, record(deployments.Preparing, deployments.ServerPrepared))
	}
	var proceed bool
	require.NoError(t, twice(func() (err error) { proceed, err = s.PassPointOfNoReturn(b.ctx, b.tenant, id); return err }))
	if !proceed {
		return
	}
	require.NoError(t, record(deployments.Activating, deployments.ServerActivating))
	require.NoError(t, record(deployments.Verifying, deployments.ServerServing))
	require.NoError(t, twice(func() error { return s.ReleaseMarks(b.ctx, b.tenant, id) }))
	b.finish(t, twice, id, deployments.Outcome{State: deployments.Succeeded, Servers: progress(plan, built, deployments.ServerServing)})
}

func (b team) finish(t failer, twice func(func() error) error, id deployments.ID, outcome deployments.Outcome) {
	t.Helper()
	require.NoError(t, twice(func() error { return b.deployments.Finish(b.ctx, b.tenant, id, outcome) }))
}

// progress is that of all servers of a plan, in one state.
func progress(plan deployments.Plan, built deployments.Built, state deployments.ServerState) []deployments.ServerProgress {
	var servers []deployments.ServerProgress
	for _, server := range plan.Servers {
		p := deployments.ServerProgress{Server: server.ID, Name: server.Name, State: state}
		if state == deployments.ServerServing {
			p.Number, p.Hash = plan.Number, built.Hash
		}
		servers = append(servers, p)
	}
	return servers
}

func requireFault(t failer, err error, kind fault.Kind, typ string) {
	t.Helper()
	_ = refusal(t, err, kind, typ)
}

// refusal is the fault that err is.
func refusal(t failer, err error, kind fault.Kind, typ string) *fault.Fault {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "a fault was expected, not %v", err)
	require.Equal(t, kind, f.Kind, "%v", err)
	require.Equal(t, typ, f.Type, "%v", err)
	return f
}
