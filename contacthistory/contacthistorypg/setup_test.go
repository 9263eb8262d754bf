package contacthistorypg_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/contacthistory/contacthistorypg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123_456_000, time.UTC)

// platform is a control database.
type platform struct {
	db        *sqlx.DB
	directory *tenants.Service
	*contacthistorypg.Store
	made atomic.Int64
}

func newPlatform(t testing.TB) *platform {
	t.Helper()
	db := postgrestest.Open(t, postgrestest.New(t, migration.Control))
	control := controldb.New(db)
	box, err := secret.NewBox(make([]byte, secret.KeySize))
	require.NoError(t, err)
	return &platform{
		db: db, Store: contacthistorypg.New(control),
		directory: tenants.NewService(tenantspg.New(control), box, tenants.Options{
			GroupDatabaseURL: "postgres://control@db.example:5432/control?sslmode=disable",
			ControlPlaneURL:  "http://control.example", TemporalAddress: "temporal.example:7233",
		}),
	}
}

// tenant makes a tenant with that many server groups.
func (p *platform) tenant(ctx context.Context, groups int) (tenants.TenantID, []tenants.ServerGroup, error) {
	by := audit.Actor{Name: "ada"}
	tenant, err := p.directory.CreateTenant(ctx, by, tenants.NewTenant{Name: fmt.Sprintf("tenant-%d", p.made.Add(1))})
	if err != nil {
		return "", nil, err
	}
	if _, err = p.directory.CreateSolution(ctx, by, tenant.ID, tenants.NewSolution{Name: "cards"}); err != nil {
		return "", nil, err
	}
	production, err := p.directory.ServerGroup(ctx, tenant.ID, "cards", "production")
	all := []tenants.ServerGroup{production}
	for i := 1; i < groups && err == nil; i++ {
		var staging tenants.ServerGroup
		staging, err = p.directory.CreateServerGroup(ctx, by, tenant.ID, "cards", tenants.NewServerGroup{Name: fmt.Sprintf("staging-%d", i)})
		all = append(all, staging)
	}
	return tenant.ID, all, err
}

// group is the database of a group. It implements contacthistory.Groups for that
// one group.
type group struct {
	db *sqlx.DB
	*historypg.Store
}

func newGroup(t testing.TB) *group {
	t.Helper()
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	return &group{db: db, Store: historypg.New(db)}
}

func (g *group) Use(ctx context.Context, _ tenants.TenantID, _ tenants.ServerGroupID, do func(contacthistory.Source) error) error {
	return g.Session(ctx, func(s *historypg.Session) error { return do(s) })
}

// record writes one batch.
func (g *group) record(ctx context.Context, b history.Batch) error {
	_, err := g.Write(ctx, []history.Batch{b})
	return err
}

// keep remembers the present state of the group's history, restore brings it back.
func (g *group) keep(ctx context.Context) error {
	return exec(ctx, g.db, `
		CREATE SCHEMA IF NOT EXISTS kept;
		CREATE TABLE IF NOT EXISTS kept.contact_blocks AS TABLE contact_blocks WITH NO DATA;
		CREATE TABLE IF NOT EXISTS kept.responses AS TABLE responses WITH NO DATA;
		CREATE TABLE IF NOT EXISTS kept.orphans AS TABLE orphans WITH NO DATA;
		CREATE TABLE IF NOT EXISTS kept.history_mark AS TABLE history_mark WITH NO DATA;
		CREATE TABLE IF NOT EXISTS kept.sequence AS SELECT last_value, is_called FROM history_sequence WITH NO DATA;
		DELETE FROM kept.contact_blocks; DELETE FROM kept.responses; DELETE FROM kept.orphans; DELETE FROM kept.history_mark;
		DELETE FROM kept.sequence;
		INSERT INTO kept.contact_blocks TABLE contact_blocks; INSERT INTO kept.responses TABLE responses; INSERT INTO kept.orphans TABLE orphans;
		INSERT INTO kept.history_mark TABLE history_mark; INSERT INTO kept.sequence SELECT last_value, is_called FROM history_sequence`)
}

func (g *group) restore(ctx context.Context) error {
	return exec(ctx, g.db, `
		DELETE FROM contact_blocks; DELETE FROM responses; DELETE FROM orphans; DELETE FROM history_mark;
		INSERT INTO contact_blocks TABLE kept.contact_blocks; INSERT INTO responses TABLE kept.responses;
		INSERT INTO orphans TABLE kept.orphans; INSERT INTO history_mark TABLE kept.history_mark;
		SELECT setval('history_sequence', last_value, is_called) FROM kept.sequence`)
}

func (g *group) clear(ctx context.Context) error {
	return exec(ctx, g.db, `
		DELETE FROM contact_blocks; DELETE FROM responses; DELETE FROM orphans; DELETE FROM history_mark; DELETE FROM customer_offers;
		ALTER SEQUENCE history_sequence RESTART`)
}

func exec(ctx context.Context, db *sqlx.DB, statement string) error {
	_, err := db.ExecContext(ctx, statement)
	return err
}

func treatment() history.Treatment {
	t, err := history.NewTreatment()
	if err != nil {
		panic(err)
	}
	return t
}

// contact is a presentation of an offer to a customer.
func contact(customer, offer string, at time.Time) history.Contact {
	return history.Contact{
		Treatment: treatment(), Session: "s-" + customer, Channel: "web", Point: "home", Zone: "top", Level: "customer", Customer: customer,
		Offer: offer, Strategy: "winback", Rule: "spring", Segment: "gold", Score: 61.5, Source: decision.FromRule, Learning: "clicks",
		Propensity: 0.25, Deployment: 7, Hash: "abc", At: at, Columns: map[string]any{"age": int64(41), "name": "Zoë"},
	}
}

func response(of history.Treatment, typ string, class history.Class, session string, at time.Time) history.Response {
	return history.Response{Treatment: of, Type: typ, Class: class, Session: session, Channel: "web", At: at}
}

// drain steps until there is nothing more.
func drain(ctx context.Context, t *contacthistory.Transfer, tenant tenants.TenantID, g tenants.ServerGroupID) (sum contacthistory.Counts, restored int, err error) {
	for {
		moved, err := t.Step(ctx, tenant, g)
		if err != nil {
			return sum, restored, err
		}
		sum.Contacts, sum.Responses, sum.Orphans = sum.Contacts+moved.Contacts, sum.Responses+moved.Responses, sum.Orphans+moved.Orphans
		if moved.Restored {
			restored++
		}
		if moved.Read == 0 {
			return sum, restored, nil
		}
	}
}

// changes are all rows of a tenant's history, read in small pages.
func changes(ctx context.Context, s contacthistory.Store, tenant tenants.TenantID) ([]contacthistory.Change, error) {
	var all []contacthistory.Change
	after := int64(0)
	for {
		page, err := s.Changes(ctx, tenant, contacthistory.ChangeQuery{After: after, Limit: 7})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Changes...)
		after = page.Next
		if !page.More {
			return all, nil
		}
	}
}
