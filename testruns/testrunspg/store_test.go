package testrunspg_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

func result(t *testing.T, run testruns.TestRun) rehearsal.Result {
	t.Helper()
	var r rehearsal.Result
	require.NoError(t, json.Unmarshal(run.Result, &r))
	return r
}

// drive plays the workflow's part, each step twice, as after a crash before it was
// known to be done.
func (b team) drive(id testruns.ID) {
	b.Helper()
	for range 2 {
		state, err := b.tests.Begin(b.Context(), b.tenant, id)
		require.NoError(b, err)
		require.Equal(b, testruns.Running, state)
	}
	require.NoError(b, b.serve(id))
	for range 2 {
		state, err := b.tests.Collect(b.Context(), b.tenant, id, "cards-1")
		require.NoError(b, err)
		require.Equal(b, testruns.Succeeded, state)
	}
}

func TestTestRun(t *testing.T) {
	t.Parallel()

	t.Run("OfAFlowchartTakesItAsItIsDesignedNow", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.asked()
		b.put("life-stage", stage("profile.age < 100")) // too late
		require.Equal(t, testruns.Requested, b.get(run.ID).State)
		b.drive(run.ID)
		run = b.get(run.ID)
		require.Equal(t, testruns.Succeeded, run.State)
		require.Equal(t, "cards-1", run.Server)
		require.EqualValues(t, 2, run.Total)
		require.NotZero(t, run.EndedAt)
		r := result(t, run)
		require.Len(t, r.Report.Flowcharts, 1)
		require.Equal(t, 1, r.Report.Segments[0].Visitors)
		require.Equal(t, "c-1", r.Samples[1].Rows[0].Key)
		require.Zero(t, b.kept(), "nothing is left in the group's database")

		second := b.asked()
		b.drive(second.ID)
		require.Equal(t, 2, result(t, b.get(second.ID)).Report.Segments[0].Visitors)
		page, err := b.tests.List(t.Context(), b.tenant, "web", paging.Request{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, second.ID, page.Items[0].ID)
		require.Empty(t, page.Items[0].Result)
		page, err = b.tests.List(t.Context(), b.tenant, "web", paging.Request{After: page.Next})
		require.NoError(t, err)
		require.Equal(t, run.ID, page.Items[0].ID)
		require.Len(t, page.Items, 1)

		events, err := b.audit.List(t.Context(), string(b.tenant), audit.Filter{Resource: "channels/web/test-runs/" + string(run.ID)}, paging.Request{})
		require.NoError(t, err)
		require.Len(t, events.Items, 2)
		require.Equal(t, "test-run.succeed", events.Items[0].Action)
		require.Equal(t, "ada", events.Items[1].Actor.Name)
	})

	t.Run("OfAStrategyHasAllFlowchartsAndNoOtherStrategy", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		// Marks make no difference.
		_, err := b.designs.Mark(t.Context(), ada, b.tenant, definition.Reference{Kind: definition.KindStrategy, Channel: "web", Name: "credit"},
			tenants.AnyVersion, design.ForUndeployment)
		require.NoError(t, err)
		run := b.create(testruns.NewTestRun{Group: "staging", Strategy: "credit", CSV: csv})
		b.drive(run.ID)
		r := result(t, b.get(run.ID))
		require.Len(t, r.Report.Flowcharts, 2)
		require.Len(t, r.Report.Offers, 1)
		require.Equal(t, "loan", r.Report.Offers[0].Code)
		require.Equal(t, 1, r.Report.Offers[0].Won)
	})

	t.Run("TakesProfilesThatWereLoaded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		var text strings.Builder
		text.WriteString("id,age,shoe\n")
		for i := range 2500 {
			fmt.Fprintf(&text, "c-%04d,%d,9\n", i, i%50)
		}
		text.WriteString("broken,x,9\n")
		for range 2 {
			loaded, err := b.tests.LoadProfiles(t.Context(), b.tenant, "cards", "staging", "individual", text.String())
			require.NoError(t, err)
			require.Equal(t, 2500, loaded.Loaded)
			require.Equal(t, []string{"shoe"}, loaded.UnknownColumns)
			require.Equal(t, []profiles.Problem{{Line: 2502, Message: `age: expected a whole number, not "x"`}}, loaded.Broken.First)
		}
		run := b.create(testruns.NewTestRun{Group: "staging", Flowchart: "life-stage", Table: "individual", Limit: 1000})
		b.drive(run.ID)
		r := result(t, b.get(run.ID))
		require.Equal(t, 1000, r.Report.Profiles)
		require.Equal(t, 600, r.Report.Segments[0].Visitors)
	})

	t.Run("ShowsTheProgressThatTheServerReports", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.asked()
		_, err := b.tests.Begin(t.Context(), b.tenant, run.ID)
		require.NoError(t, err)
		_, err = b.groups.db.ExecContext(t.Context(), "UPDATE test_runs SET done = 7, total = 9")
		require.NoError(t, err)
		require.EqualValues(t, 7, b.get(run.ID).Done)
		require.EqualValues(t, 9, b.get(run.ID).Total)
		b.groups.away = true
		require.Zero(t, b.get(run.ID).Done)
	})

	t.Run("StaysCancelled", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.asked()
		_, err := b.tests.Begin(t.Context(), b.tenant, run.ID)
		require.NoError(t, err)
		for range 2 {
			cancelled, err := b.tests.Cancel(t.Context(), ada, b.tenant, "web", run.ID)
			require.NoError(t, err)
			require.Equal(t, testruns.Cancelled, cancelled.State)
		}
		require.True(t, fault.Is(b.serve(run.ID), fault.NotFound))
		state, err := b.tests.Fail(t.Context(), b.tenant, run.ID, "the job is gone")
		require.NoError(t, err)
		require.Equal(t, testruns.Cancelled, state)
		require.Empty(t, b.get(run.ID).Reason)
		require.Zero(t, b.kept())
	})

	t.Run("IsCancelledAlsoWhenTheGroupIsAwayAndItsResultIsDropped", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.asked()
		b.groups.away = true
		_, err := b.tests.Cancel(t.Context(), ada, b.tenant, "web", run.ID)
		require.NoError(t, err)
		b.groups.away = false
		require.NoError(t, b.serve(run.ID))
		state, err := b.tests.Collect(t.Context(), b.tenant, run.ID, "cards-1")
		require.NoError(t, err)
		require.Equal(t, testruns.Cancelled, state)
		require.Empty(t, b.get(run.ID).Result)
		require.Zero(t, b.kept())
	})

	t.Run("FailsWithTheReasonAndCannotBeCancelledThen", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.asked()
		state, err := b.tests.Fail(t.Context(), b.tenant, run.ID, "server cards-1: it took too long\x00")
		require.NoError(t, err)
		require.Equal(t, testruns.Failed, state)
		require.Equal(t, "server cards-1: it took too long ", b.get(run.ID).Reason)
		_, err = b.tests.Cancel(t.Context(), ada, b.tenant, "web", run.ID)
		requireFault(t, err, fault.Conflict, "not-cancellable")
		require.Zero(t, b.kept())
	})

	t.Run("IsOfOneTenantAlone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		rival := b.others("rival")
		run := b.asked()
		_, err := rival.tests.Get(t.Context(), rival.tenant, "web", run.ID)
		requireFault(t, err, fault.NotFound, "not-found")
		_, err = rival.tests.Cancel(t.Context(), ada, rival.tenant, "web", run.ID)
		requireFault(t, err, fault.NotFound, "not-found")
		_, err = b.tests.Get(t.Context(), b.tenant, "atm", run.ID)
		requireFault(t, err, fault.NotFound, "not-found")
		page, err := rival.tests.List(t.Context(), rival.tenant, "web", paging.Request{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	})

	t.Run("WaitsForTheOneBeforeItInTheGroup", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		first, second := b.asked(), b.asked()
		elsewhere := b.create(testruns.NewTestRun{Group: "lab", Flowchart: "life-stage", CSV: csv})
		requested := func() (ids []testruns.ID) {
			requests, err := b.tests.Requested(t.Context(), 10)
			require.NoError(t, err)
			for _, r := range requests {
				require.Equal(t, "bank", r.TenantName)
				ids = append(ids, r.ID)
			}
			return ids
		}
		require.Equal(t, []testruns.ID{first.ID, elsewhere.ID}, requested())
		_, err := b.tests.Begin(t.Context(), b.tenant, first.ID)
		require.NoError(t, err)
		require.Equal(t, []testruns.ID{elsewhere.ID}, requested())
		_, err = b.tests.Fail(t.Context(), b.tenant, first.ID, "x")
		require.NoError(t, err)
		require.Equal(t, []testruns.ID{second.ID, elsewhere.ID}, requested())
	})

	t.Run("FindsServersInTurn", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		run := b.asked()
		_, err := b.tests.FindServer(t.Context(), b.tenant, run.ID, 0)
		requireFault(t, err, fault.Unavailable, "no-live-server")
		b.groups.live = []versions.Server{{ID: "1", Name: "cards-1"}, {ID: "2", Name: "cards-2"}}
		for attempt, want := range []string{"cards-1", "cards-2", "cards-1"} {
			found, err := b.tests.FindServer(t.Context(), b.tenant, run.ID, attempt)
			require.NoError(t, err)
			require.Equal(t, want, found.Name)
		}
	})

	t.Run("IsBoundedInNumberPerGroup", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for range testruns.MaxOpen {
			b.asked()
		}
		_, err := b.tests.Create(t.Context(), ada, b.tenant, "web", testruns.NewTestRun{Group: "staging", Flowchart: "life-stage", CSV: csv})
		requireFault(t, err, fault.Conflict, "too-many-test-runs")
		require.Equal(t, testruns.MaxOpen, b.kept(), "what was refused is not left in the group's database")
	})
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := testruns.NewTestRun{Group: "staging", Flowchart: "life-stage", CSV: csv}
	tests := []struct {
		name string
		give func(n *testruns.NewTestRun)
		path string
		want string
	}{
		{"NothingToTry", func(n *testruns.NewTestRun) { n.Flowchart = "" }, "flowchart", "either a flowchart or a strategy"},
		{"TwoToTry", func(n *testruns.NewTestRun) { n.Strategy = "credit" }, "flowchart", "either a flowchart or a strategy"},
		{"NoProfiles", func(n *testruns.NewTestRun) { n.CSV = "" }, "profiles", "either csv or table"},
		{"ALimitOfCSV", func(n *testruns.NewTestRun) { n.Limit = 3 }, "profiles.limit", "only profiles of a table"},
		{"TooManyProfiles", func(n *testruns.NewTestRun) { n.CSV, n.Table, n.Limit = "", "individual", 100_001 }, "profiles.limit", "at most 100000"},
		{"Production", func(n *testruns.NewTestRun) { n.Group = "production" }, "group", "expected a staging group"},
		{"AGroupOfNone", func(n *testruns.NewTestRun) { n.Group = "moon" }, "group", "expected production or staging or lab"},
		{"AMissingFlowchart", func(n *testruns.NewTestRun) { n.Flowchart = "missing" }, "flowchart", `has no flowchart "missing"`},
		{"AMissingStrategy", func(n *testruns.NewTestRun) { n.Flowchart, n.Strategy = "", "missing" }, "strategy", `has no strategy "missing"`},
		{"ATableOfAnotherLevel", func(n *testruns.NewTestRun) { n.CSV, n.Table = "", "household" }, "profiles.table", "level individual"},
		{"ACSVWithoutItsKey", func(n *testruns.NewTestRun) { n.CSV = "age\n1\n" }, "profiles.csv", "the column id is missing"},
		{"ACSVWithoutRows", func(n *testruns.NewTestRun) { n.CSV = "id,age\n" }, "profiles.csv", "expected 1 to 100000 rows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			input := good
			test.give(&input)
			_, err := b.tests.Create(t.Context(), ada, b.tenant, "web", input)
			f, ok := fault.As(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, fault.Invalid, f.Kind)
			require.Equal(t, test.path, f.Places[0].Path)
			require.Contains(t, f.Places[0].Message, test.want)
		})
	}
	require.Zero(t, b.kept())

	t.Run("WhatTheGroupCannotTake", func(t *testing.T) {
		b.groups.away = true
		_, err := b.tests.Create(t.Context(), ada, b.tenant, "web", good)
		requireFault(t, err, fault.Unavailable, "database-unavailable")
		page, err := b.tests.List(t.Context(), b.tenant, "web", paging.Request{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	})
}

func TestLoadProfilesRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.tests.LoadProfiles(t.Context(), b.tenant, "cards", "moon", "individual", csv)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = b.tests.LoadProfiles(t.Context(), b.tenant, "cards", "staging", "moon", csv)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = b.tests.LoadProfiles(t.Context(), b.tenant, "cards", "staging", "household", csv)
	requireFault(t, err, fault.Invalid, "malformed-csv")
	require.ErrorContains(t, err, "csv: the column house is missing")
}
