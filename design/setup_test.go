package design_test

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

var ada = audit.Actor{Name: "ada"}

// groups are those of the one solution, cards.
type groups struct{}

func (groups) ServerGroups(_ context.Context, _ tenants.TenantID, solution tenants.Name, _ paging.Request) (paging.Page[tenants.ServerGroup], error) {
	if solution != "cards" && solution != "loans" {
		return paging.Page[tenants.ServerGroup]{}, fault.New(fault.NotFound, "not-found", "there is no such solution")
	}
	return paging.Page[tenants.ServerGroup]{Items: []tenants.ServerGroup{
		{Name: "production", Kind: tenants.Production}, {Name: "staging", Kind: tenants.Staging},
	}}, nil
}

// testBundle is a service over a database of its own, with a tenant.
type testBundle struct {
	*design.Service
	t      testing.TB
	db     *controldb.DB
	tenant tenants.TenantID
}

func setup(t testing.TB) testBundle {
	t.Helper()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	return testBundle{Service: design.NewService(designpg.New(db), groups{}), t: t, db: db, tenant: newTenant(t, db, "bank")}
}

func newTenant(t testing.TB, db *controldb.DB, name string) tenants.TenantID {
	t.Helper()
	id := tenants.NewID[tenants.TenantID]()
	require.NoError(t, db.Platform(t.Context(), func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := controldb.Exec(ctx, tx, `INSERT INTO tenants VALUES ($1, $2, '', 1, now(), now())`, id, name); err != nil {
			return err
		}
		_, err := controldb.Exec(ctx, tx, `INSERT INTO tenant_revisions VALUES ($1, 1)`, id)
		return err
	}))
	return id
}

func of(kind definition.Kind, name string) definition.Reference {
	r := definition.Reference{Kind: kind, Name: name}
	if kind.InChannel() {
		r.Channel = "web"
	}
	return r
}

// save puts a document, new or not, in channel web where it lies in one.
func (b testBundle) save(name string, spec definition.Document) (design.Object, error) {
	b.t.Helper()
	o, _, err := b.Put(b.t.Context(), ada, b.tenant, of(spec.Kind(), name), tenants.AnyVersion, design.Draft{Spec: spec})
	return o, err
}

func (b testBundle) mustSave(name string, spec definition.Document) design.Object {
	b.t.Helper()
	o, err := b.save(name, spec)
	require.NoError(b.t, err)
	return o
}

var customer = definition.AudienceLevel{
	Key:     []definition.Attribute{{Name: "customerId", Type: definition.Text}},
	Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}, {Name: "country", Type: definition.Text}},
}

var web = definition.Channel{Solution: "cards", ServerGroups: []string{"production", "staging"}, AudienceLevels: []string{"customer"}}

// basics saves an audience level, a macro, an attribute, an offer, a segment, a
// channel, a zone, a flowchart and a strategy that use each other.
func (b testBundle) basics() {
	b.t.Helper()
	b.mustSave("customer", customer)
	b.mustSave("grown-up", definition.Macro{AudienceLevel: "customer", Type: definition.Boolean, Expression: "profile.age >= 18"})
	b.mustSave("annual-fee", definition.OfferAttribute{Type: definition.Number})
	b.mustSave("gold", definition.Offer{Attributes: map[string]any{"annual-fee": 12.5}})
	b.mustSave("adults", definition.Segment{})
	b.mustSave("web", web)
	b.mustSave("top", definition.Zone{})
	b.mustSave("sorting", sorting("macro.grown_up"))
	b.mustSave("winback", winback("offer.annual_fee < 20.0"))
}

func sorting(condition string) definition.Flowchart {
	return definition.Flowchart{Boxes: []definition.Box{
		{Name: "start", Type: definition.BoxInteraction, Next: []string{"who"}},
		{Name: "who", Type: definition.BoxSelect, When: condition, Next: []string{"in"}},
		{Name: "in", Type: definition.BoxSegment, Segment: "adults"},
	}}
}

func winback(condition string) definition.Strategy {
	return definition.Strategy{Rules: []definition.TreatmentRule{{Name: "first", Segment: "adults", Zone: "top", Offer: "gold", When: condition}}}
}

// requireFault checks the type of a fault and the paths of its places.
func requireFault(t *testing.T, typ string, err error, paths ...string) fault.Fault {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, typ, f.Type, "%v", err)
	found := make([]string, 0, len(f.Places))
	for _, p := range f.Places {
		found = append(found, p.Path)
	}
	if len(paths) > 0 {
		require.Equal(t, paths, found, "%v", err)
	}
	return *f
}
