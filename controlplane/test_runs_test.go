package controlplane

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/rehearsal/rehearsalpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/testruns/testrunspg"
)

// runTest does the server's and the workflow's part of a test run.
func runTest(t *testing.T, o Options, tenant, id string) {
	t.Helper()
	ctx := t.Context()
	db := controldb.New(postgrestest.Open(t, o.DatabaseURL))
	box, err := secret.NewBox(o.EncryptionKey)
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{})
	groups := newGroupDatabases(o.groupDatabaseURL(), directory)
	t.Cleanup(groups.close)
	service := testruns.NewService(testrunspg.New(db), design.NewService(designpg.New(db), directory), directory, testBenches{groups})
	owner, err := directory.Tenant(ctx, tenant)
	require.NoError(t, err)
	group, err := directory.ServerGroup(ctx, owner.ID, "cards", "staging")
	require.NoError(t, err)
	pool, err := groups.borrow(ctx, owner.ID, group.ID)
	require.NoError(t, err)
	defer groups.giveBack(pool)
	_, err = rehearsal.NewRunner(string(owner.ID), rehearsalpg.New(pool.db), profilespg.New(pool.db)).Run(ctx, id)
	require.NoError(t, err)
	_, err = service.Collect(ctx, owner.ID, testruns.ID(id), "cards-1")
	require.NoError(t, err)
}

func TestTestRunsOverREST(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)
	ctx := t.Context()
	_, err := admin.CreateTenant(ctx, client.NewTenant{Name: "bank"})
	require.NoError(t, err)
	_, err = admin.CreateSolution(ctx, "bank", client.NewSolution{Name: "cards"})
	require.NoError(t, err)
	prepareDesign(t, admin, "bank")
	waiting := prepareTestRuns(t, o, admin, "bank")
	putDesign(ctx, t, admin, "bank", testedChannel, "adults", definition.Flowchart{Boxes: []definition.Box{
		{Name: "start", Type: definition.BoxInteraction, Next: []string{"who"}},
		{Name: "who", Type: definition.BoxSelect, When: "profile.age >= 18", Next: []string{"in"}},
		{Name: "in", Type: definition.BoxSegment, Segment: "one"},
	}})

	var csv strings.Builder
	csv.WriteString("customerId,age,shoe\n")
	for i := range 100 {
		fmt.Fprintf(&csv, "c-%02d,%d,9\n", i, i)
	}
	csv.WriteString("c-x,old,9\n")
	for range 2 {
		loaded, err := admin.LoadProfiles(ctx, "bank", "cards", "staging", "one", client.ProfileBatch{CSV: csv.String()})
		require.NoError(t, err)
		require.Equal(t, client.LoadedProfiles{
			Loaded: 100, Broken: 1, BrokenRows: []client.BrokenRow{{Line: 102, Message: `age: expected a whole number, not "old"`}},
			UnknownColumns: []string{"shoe"},
		}, loaded)
	}

	run, err := admin.CreateTestRun(ctx, "bank", testedChannel, client.NewTestRun{
		Group: "staging", Flowchart: "adults", Name: "adults", Profiles: client.TestRunProfiles{Table: "one", Limit: 50},
	})
	require.NoError(t, err)
	require.Equal(t, "requested", run.State)
	runTest(t, o, "bank", run.ID)
	run, err = admin.TestRun(ctx, "bank", testedChannel, run.ID)
	require.NoError(t, err)
	require.Equal(t, "succeeded", run.State)
	require.Equal(t, 50, run.Result.Profiles)
	require.Equal(t, []client.TestedBox{
		{Name: "start", Visitors: 50, Passed: 50}, {Name: "who", Visitors: 50, Passed: 32}, {Name: "in", Visitors: 32, Passed: 32},
	}, run.Result.Flowcharts[0].Boxes)
	require.Equal(t, 32, run.Result.Segments[0].Visitors)
	require.Equal(t, "c-18", run.Result.Segments[0].Samples[0].Key)
	require.Equal(t, []client.TestedPath{{Flowchart: "adults", Boxes: []string{"start", "who", "in"}}}, run.Result.Segments[0].Samples[0].Paths)
	require.Equal(t, "c-00", run.Result.Outside[0].Key)

	strategy, err := admin.CreateTestRun(ctx, "bank", testedChannel, client.NewTestRun{
		Group: "staging", Strategy: "one", Profiles: client.TestRunProfiles{CSV: csv.String()},
	})
	require.NoError(t, err)
	runTest(t, o, "bank", strategy.ID)
	strategy, err = admin.TestRun(ctx, "bank", testedChannel, strategy.ID)
	require.NoError(t, err)
	require.Equal(t, []client.TestedOffer{{Code: "one", Won: 81, Dropped: map[string]int{"not-eligible": 19}}}, strategy.Result.Offers)
	require.Equal(t, []client.TestedPoint{{Name: "one", Decisions: 100, Default: 19}}, strategy.Result.Points)

	cancelled, err := admin.CancelTestRun(ctx, "bank", testedChannel, waiting)
	require.NoError(t, err)
	require.Equal(t, "cancelled", cancelled.State)
	_, err = admin.CancelTestRun(ctx, "bank", testedChannel, run.ID)
	require.True(t, client.IsStatus(err, http.StatusConflict), "%v", err)
	all, err := admin.TestRuns(ctx, "bank", testedChannel)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, strategy.ID, all[0].ID)
	require.Nil(t, all[0].Result)
}

func TestTheExampleCanBeTriedOut(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)
	ctx := t.Context()
	_, err := apply.Run(ctx, admin, exampleTenant(t), apply.Options{CheckProcess: ProcessChecker{}.Check})
	require.NoError(t, err)
	makeGroupDatabase(t, o, "harborbank", "cards", "staging")
	csv, err := os.ReadFile("../examples/harborbank/profiles.csv")
	require.NoError(t, err)
	run, err := admin.CreateTestRun(ctx, "harborbank", "web", client.NewTestRun{
		Group: "staging", Strategy: "deposits", Profiles: client.TestRunProfiles{CSV: string(csv)},
	})
	require.NoError(t, err)
	runTest(t, o, "harborbank", run.ID)
	run, err = admin.TestRun(ctx, "harborbank", "web", run.ID)
	require.NoError(t, err)
	require.Equal(t, 12, run.Result.Profiles)
	require.Zero(t, run.Result.Broken)
	require.Empty(t, run.Result.UnknownColumns)
	visitors := map[string]int{}
	for _, s := range run.Result.Segments {
		visitors[s.Name] = s.Visitors
	}
	require.Equal(t, map[string]int{"students": 2, "retirees": 2, "workers": 8, "savers": 5}, visitors)
	for _, offer := range run.Result.Offers {
		require.Positive(t, offer.Won, offer.Code)
	}
}
