package server

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/rehearsal/rehearsalpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/testruns/testrunspg"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
	"github.com/switchyard/switchyard/workflows/testrun"
)

// theGroup lends the server's database to the control plane's part.
type theGroup struct{ db *sqlx.DB }

func (g theGroup) Use(_ context.Context, _ tenants.TenantID, _ tenants.ServerGroupID, do func(testruns.Bench) error) error {
	return do(theBench{Store: rehearsalpg.New(g.db), db: g.db})
}

type theBench struct {
	*rehearsalpg.Store
	db *sqlx.DB
}

func (b theBench) Profiles() profiles.Table { return profilespg.New(b.db) }

func (b theBench) Lists() testruns.CustomerLists { return customerpg.New(b.db) }

func (b theBench) LiveServers(ctx context.Context) ([]versions.Server, error) {
	return versionspg.New(b.db).LiveServers(ctx)
}

// designed makes a tenant with a channel web and a flowchart that puts the young in
// a segment, and returns the service of its test runs.
func designed(t *testing.T, group theGroup) (*testruns.Service, tenants.TenantID) {
	t.Helper()
	ctx, by := t.Context(), audit.System
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	box, err := secret.NewBox(secret.NewKey())
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{Roles: accessgroups.RoleRules()})
	tenant, err := directory.CreateTenant(ctx, by, tenants.NewTenant{Name: "harborbank"})
	require.NoError(t, err)
	_, err = directory.CreateSolution(ctx, by, tenant.ID, tenants.NewSolution{Name: "cards"})
	require.NoError(t, err)
	_, err = directory.CreateServerGroup(ctx, by, tenant.ID, "cards", tenants.NewServerGroup{Name: "staging"})
	require.NoError(t, err)
	designs := design.NewService(designpg.New(db), directory)
	for _, d := range []struct {
		name string
		spec definition.Document
	}{
		{"individual", definition.AudienceLevel{
			Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
		}},
		{"young", definition.Segment{}},
		{"web", definition.Channel{Solution: "cards", ServerGroups: []string{"production", "staging"}, AudienceLevels: []string{"individual"}}},
		{"life-stage", definition.Flowchart{Boxes: []definition.Box{
			{Name: "start", Type: definition.BoxInteraction, Next: []string{"who"}},
			{Name: "who", Type: definition.BoxSelect, When: "profile.age < 30", Next: []string{"in"}},
			{Name: "in", Type: definition.BoxSegment, Segment: "young"},
		}}},
	} {
		r := definition.Reference{Kind: d.spec.Kind(), Name: d.name}
		if r.Kind.InChannel() {
			r.Channel = "web"
		}
		_, _, err := designs.Put(ctx, by, tenant.ID, r, tenants.AnyVersion, design.Draft{Spec: d.spec})
		require.NoError(t, err)
	}
	return testruns.NewService(testrunspg.New(db), designs, directory, group), tenant.ID
}

// carriedOut runs the control plane's part of test runs until the test ends.
func (b *testBundle) carriedOut(catalog testrun.Catalog) {
	b.t.Helper()
	log := slog.New(slog.DiscardHandler)
	c, err := temporalclient.New(temporalclient.Options{
		Address: b.launch.TemporalAddress, Namespace: b.launch.TemporalNamespace, Identity: "control", Logger: log,
	})
	require.NoError(b.t, err)
	service := testrun.New(c, catalog, log)
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() { service.Run(ctx) })
	working.Go(func() {
		temporalclient.RunWorker(ctx, log, func() worker.Worker { return temporalclient.NewWorker(c, workflows.ControlQueue, log, service) })
	})
	b.t.Cleanup(func() {
		stop()
		working.Wait()
		c.Close()
	})
}

func TestATestRunGoesThroughARealServer(t *testing.T) {
	t.Parallel()
	b := setupWithTemporal(t)
	service, tenant := designed(t, theGroup{postgrestest.Open(t, b.launch.DatabaseURL)})
	b.launch.Tenant.ID = string(tenant)
	b.grant("dispute")
	b.carriedOut(service)
	b.start()

	var csv strings.Builder
	csv.WriteString("id,age\n")
	for i := range 3000 {
		fmt.Fprintf(&csv, "c-%04d,%d\n", i, 20+i%3*20)
	}
	run, err := service.Create(t.Context(), audit.System, tenant, "web", testruns.NewTestRun{Group: "staging", Flowchart: "life-stage", CSV: csv.String()})
	require.NoError(t, err)
	b.eventually("the test run has ended", func() bool {
		run, err = service.Get(t.Context(), tenant, "web", run.ID)
		require.NoError(t, err)
		return run.State.Ended()
	})
	require.Equal(t, testruns.Succeeded, run.State, run.Reason)
	require.Equal(t, "cards-1", run.Server)
	require.EqualValues(t, 3000, run.Done)
	var result rehearsal.Result
	require.NoError(t, json.Unmarshal(run.Result, &result))
	require.Equal(t, 3000, result.Report.Profiles)
	require.Equal(t, 1000, result.Report.Segments[0].Visitors)
	require.Zero(t, b.served("web"), "what is served stays as it is")
}
