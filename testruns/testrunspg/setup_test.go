package testrunspg_test

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/rehearsal/rehearsalpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/testruns/testrunspg"
)

var ada = audit.Actor{Tenant: "t", Account: "a", Name: "ada", RequestID: "r"}

// groups lend one database for the groups of all tenants. It implements
// testruns.Groups.
type groups struct {
	db   *sqlx.DB
	away bool
	live []versions.Server
}

func (g *groups) Use(_ context.Context, _ tenants.TenantID, _ tenants.ServerGroupID, do func(testruns.Bench) error) error {
	if g.away {
		return fault.New(fault.Unavailable, "database-unavailable", "the database is away")
	}
	return do(lent{Store: rehearsalpg.New(g.db), groups: g})
}

type lent struct {
	*rehearsalpg.Store
	groups *groups
}

func (l lent) Profiles() profiles.Table { return profilespg.New(l.groups.db) }

func (l lent) Lists() testruns.CustomerLists { return customerpg.New(l.groups.db) }

func (l lent) LiveServers(context.Context) ([]versions.Server, error) { return l.groups.live, nil }

// team is a tenant with a channel web of solution cards, over the real services.
type team struct {
	*testing.T
	tenant  tenants.TenantID
	designs *design.Service
	groups  *groups
	tests   *testruns.Service
	audit   *auditpg.Store
	others  func(name string) team
}

func setup(t *testing.T) team {
	t.Helper()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	box, err := secret.NewBox(make([]byte, secret.KeySize))
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{Roles: accessgroups.RoleRules()})
	b := team{T: t, designs: design.NewService(designpg.New(db), directory), audit: auditpg.New(db)}
	b.groups = &groups{db: postgrestest.Open(t, postgrestest.New(t, migration.Solution))}
	b.tests = testruns.NewService(testrunspg.New(db), b.designs, directory, b.groups)
	b.others = func(name string) team {
		other := b
		tenant, err := directory.CreateTenant(t.Context(), ada, tenants.NewTenant{Name: name})
		require.NoError(t, err)
		other.tenant = tenant.ID
		_, err = directory.CreateSolution(t.Context(), ada, tenant.ID, tenants.NewSolution{Name: "cards"})
		require.NoError(t, err)
		for _, group := range []string{"staging", "lab"} {
			_, err = directory.CreateServerGroup(t.Context(), ada, tenant.ID, "cards", tenants.NewServerGroup{Name: group})
			require.NoError(t, err)
		}
		other.design()
		return other
	}
	return b.others("bank")
}

func (b team) put(name string, spec definition.Document) {
	b.Helper()
	r := definition.Reference{Kind: spec.Kind(), Name: name}
	if r.Kind.InChannel() {
		r.Channel = "web"
	}
	_, _, err := b.designs.Put(b.Context(), ada, b.tenant, r, tenants.AnyVersion, design.Draft{Spec: spec})
	require.NoError(b, err)
}

// design has flowchart life-stage, which puts the young in segment young, flowchart
// other, and strategies credit, which offers a loan to the young, and unrelated.
func (b team) design() {
	b.Helper()
	b.put("individual", definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "id", Type: definition.Text}}, Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
	})
	b.put("household", definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "house", Type: definition.Whole}}, Profile: []definition.Attribute{},
	})
	b.put("young", definition.Segment{})
	b.put("loan", definition.Offer{})
	b.put("card", definition.Offer{})
	b.put("web", definition.Channel{
		Solution: "cards", ServerGroups: []string{"production", "staging", "lab"}, AudienceLevels: []string{"individual", "household"},
	})
	b.put("top", definition.Zone{})
	b.put("home", definition.InteractionPoint{Zone: "top", Default: "nothing"})
	b.put("life-stage", stage("profile.age < 30"))
	b.put("other", stage("profile.age < 20"))
	score := 10.0
	b.put("credit", definition.Strategy{Rules: []definition.TreatmentRule{{Name: "loan", Segment: "young", Zone: "top", Offer: "loan", Score: &score}}})
	b.put("unrelated", definition.Strategy{Rules: []definition.TreatmentRule{{Name: "card", Zone: "top", Offer: "card", Score: &score}}})
}

func stage(when string) definition.Flowchart {
	return definition.Flowchart{Boxes: []definition.Box{
		{Name: "start", Type: definition.BoxInteraction, Next: []string{"who"}},
		{Name: "who", Type: definition.BoxSelect, When: when, Next: []string{"in"}},
		{Name: "in", Type: definition.BoxSegment, Segment: "young"},
	}}
}

const csv = "id,age\nc-1,25\nc-2,65\n"

// asked asks for a test run of the flowchart on the staging group.
func (b team) asked() testruns.TestRun {
	b.Helper()
	return b.create(testruns.NewTestRun{Group: "staging", Flowchart: "life-stage", CSV: csv, Name: "test"})
}

func (b team) create(input testruns.NewTestRun) testruns.TestRun {
	b.Helper()
	t, err := b.tests.Create(b.Context(), ada, b.tenant, "web", input)
	require.NoError(b, err)
	return t
}

func (b team) get(id testruns.ID) testruns.TestRun {
	b.Helper()
	t, err := b.tests.Get(b.Context(), b.tenant, "web", id)
	require.NoError(b, err)
	return t
}

// serve does the server's part.
func (b team) serve(id testruns.ID) error {
	_, err := rehearsal.NewRunner(string(b.tenant), rehearsalpg.New(b.groups.db), profilespg.New(b.groups.db)).Run(b.Context(), string(id))
	return err
}

// kept is how many jobs are in the group's database.
func (b team) kept() (count int) {
	b.Helper()
	require.NoError(b, b.groups.db.GetContext(b.Context(), &count, "SELECT count(*) FROM test_runs"))
	return count
}

func requireFault(t *testing.T, err error, kind fault.Kind, typ string) {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "a fault was expected, not %v", err)
	require.Equal(t, kind, f.Kind, "%v", err)
	require.Equal(t, typ, f.Type, "%v", err)
}
