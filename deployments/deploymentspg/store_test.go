package deploymentspg_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

func setup(t *testing.T) team {
	t.Helper()
	b := newPlatform(t).newTeam(t.Context(), t, "bank")
	b.basics(t)
	return b
}

// markAll marks the flowchart and both strategies for deployment.
func (b team) markAll(t failer) {
	t.Helper()
	b.mark(t, definition.KindFlowchart, "visitors", design.ForDeployment)
	for _, name := range strategyNames {
		b.mark(t, definition.KindStrategy, name, design.ForDeployment)
	}
}

var (
	toProduction = deployments.NewDeployment{Group: "production"}
	toStaging    = deployments.NewDeployment{Group: "staging"}
)

func TestDeployment(t *testing.T) {
	t.Parallel()

	t.Run("GoesThroughItsStatesAndTellsWhatItDid", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.markAll(t)
		d := b.mustCreate(t, deployments.NewDeployment{Group: "production", Name: "Spring", Note: "first\nof all"})
		require.EqualValues(t, 1, d.Number)
		require.Equal(t, deployments.Waiting, d.State)
		require.Zero(t, d.WaitsFor)
		require.Equal(t, d, b.get(t, 1))

		b.drive(t, d.ID, course{twice: true})
		d = b.get(t, 1)
		require.Equal(t, deployments.Succeeded, d.State)
		require.Len(t, d.Hash, 64)
		require.Len(t, d.Manifest.Marked, 3)
		require.Equal(t, "ada", d.CreatedBy.Name)
		require.False(t, d.MovedAt.IsZero())
		require.False(t, d.EndedAt.Before(d.MovedAt))
		require.Len(t, d.Servers, 1)
		require.Equal(t, deployments.ServerServing, d.Servers[0].State)
		require.Equal(t, d.Hash, d.Servers[0].Hash)

		versions, err := b.deployments.Versions(b.ctx, b.tenant, "web")
		require.NoError(t, err)
		require.Len(t, versions, 2)
		require.Equal(t, d.Hash, versions[0].Hash)
		require.Equal(t, "Spring", versions[0].Name)
		require.Equal(t, d.MovedAt, versions[0].Since)
		require.Zero(t, versions[1].Number)

		difference, err := b.deployments.Difference(b.ctx, b.tenant, "web", 1)
		require.NoError(t, err)
		require.NotEmpty(t, difference.Changes)
		events, err := b.audit.List(b.ctx, string(b.tenant), audit.Filter{Resource: "channels/web/deployments/1"}, paging.Request{})
		require.NoError(t, err)
		var actions []string
		for _, event := range events.Items {
			actions = append(actions, event.Actor.Name+" "+event.Action)
		}
		require.Equal(t, []string{"system deployment.succeed", "system deployment.activate", "ada deployment.create"}, actions)
	})

	t.Run("FollowsTheSixStepsOfMarkingAndTesting", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.mark(t, definition.KindFlowchart, "visitors", design.ForDeployment)
		winback := definition.KindStrategy
		b.mark(t, winback, "winback", design.ForDeployment)                                      // 1
		b.deploy(t, toStaging)                                                                   // 2
		requireFault(t, b.put("winback", strategy(0, 2)), fault.Conflict, "locked")              //
		b.unmark(t, winback, "winback")                                                          // 3
		b.mustPut(t, "winback", strategy(0, 2))                                                  //
		b.mark(t, winback, "winback", design.ForDeployment)                                      // 4
		tested := b.deploy(t, toStaging)                                                         // 5
		requireFault(t, b.put("winback", strategy(0, 3)), fault.Conflict, "locked")              //
		live := b.deploy(t, toProduction)                                                        // 6
		require.Equal(t, tested.Hash, live.Hash, "what was tested is what goes out, bit by bit") //
		require.False(t, b.marked(t, winback, "winback"))
		b.mustPut(t, "winback", strategy(0, 3))
	})

	t.Run("LeavesAMarkThatWasMadeAnewWhileItWentOut", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.markAll(t)
		d := b.mustCreate(t, toProduction)
		_, err := b.deployments.Begin(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		_, err = b.deployments.Build(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		b.unmark(t, definition.KindStrategy, "winback")
		b.mustPut(t, "winback", strategy(0, 7))
		b.mark(t, definition.KindStrategy, "winback", design.ForDeployment)
		b.drive(t, d.ID, all)
		require.Equal(t, deployments.Succeeded, b.get(t, d.Number).State)
		require.True(t, b.marked(t, definition.KindStrategy, "winback"))
		require.False(t, b.marked(t, definition.KindStrategy, "welcome"))
	})

	t.Run("ChangesNothingWhenAServerRefuses", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.markAll(t)
		d := b.mustCreate(t, toProduction)
		b.drive(t, d.ID, course{refuse: true})
		d = b.get(t, d.Number)
		require.Equal(t, deployments.Failed, d.State)
		require.Equal(t, "the disk is full", d.Reason)
		require.Equal(t, deployments.ServerRefused, d.Servers[0].State)
		require.True(t, b.marked(t, definition.KindStrategy, "winback"))
		versions, err := b.deployments.Versions(b.ctx, b.tenant, "web")
		require.NoError(t, err)
		require.Zero(t, versions[0].Number)
	})

	t.Run("CannotBeSeenByAnotherTenant", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.markAll(t)
		d := b.deploy(t, toProduction)
		rival := b.newTeam(t.Context(), t, "rival")
		rival.basics(t)
		_, err := rival.deployments.Get(rival.ctx, rival.tenant, "web", d.Number)
		requireFault(t, err, fault.NotFound, "not-found")
		_, err = rival.deployments.Package(rival.ctx, rival.tenant, d.Hash)
		requireFault(t, err, fault.NotFound, "not-found")
		_, err = rival.deployments.Begin(rival.ctx, rival.tenant, d.ID)
		requireFault(t, err, fault.NotFound, "not-found")
		page, err := rival.deployments.List(rival.ctx, rival.tenant, "web", deployments.Filter{}, paging.Request{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	})
}

func TestCreate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		name  string
		input deployments.NewDeployment
		kind  fault.Kind
		typ   string
		place string
	}{
		{"NothingMarked", toProduction, fault.Invalid, "nothing-marked", ""},
		{"NoName", deployments.NewDeployment{Group: "production", Name: " "}, fault.Invalid, "invalid-input", "name"},
		{"UnknownGroup", deployments.NewDeployment{Group: "test"}, fault.Invalid, "invalid-input", "group"},
		{"UnknownKind", deployments.NewDeployment{Group: "staging", Kind: "copy"}, fault.Invalid, "invalid-input", "kind"},
		{"RollbackToNothing", deployments.NewDeployment{Group: "staging", Kind: deployments.Rollback}, fault.Invalid, "invalid-input", "of"},
		{"RollbackToNone", deployments.NewDeployment{Group: "staging", Kind: deployments.Rollback, Of: 9}, fault.Invalid, "invalid-input", "of"},
		{"OfWithoutRollback", deployments.NewDeployment{Group: "staging", Of: 1}, fault.Invalid, "invalid-input", "of"},
		{"UndeployUnconfirmed", deployments.NewDeployment{Group: "production", Kind: deployments.Undeploy}, fault.Invalid, "confirmation-needed", "confirm"},
		{"UndeployNothing", deployments.NewDeployment{Group: "production", Kind: deployments.Undeploy, Confirm: "web"}, fault.Conflict, "nothing-deployed", ""},
		{"RedeployNothing", deployments.NewDeployment{Group: "staging", Kind: deployments.Redeploy}, fault.Conflict, "nothing-deployed", ""},
	} {
		_, err := b.create(c.input)
		f := refusal(t, err, c.kind, c.typ)
		if c.place != "" {
			require.Equal(t, c.place, f.Places[0].Path, c.name)
		}
	}
	_, err := b.deployments.Create(b.ctx, ada, b.tenant, "missing", deployments.NewDeployment{Group: "staging", Name: "x"})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)

	b.markAll(t)
	b.deploy(t, toStaging)
	_, err = b.create(toStaging)
	f := refusal(t, err, fault.Conflict, "nothing-to-deploy")
	require.Contains(t, f.Message, "deployment 1")
}

func TestSerialisation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	first, second := b.mustCreate(t, toProduction), b.mustCreate(t, toProduction)
	other := b.mustCreate(t, toStaging)
	require.Equal(t, first.Number, second.WaitsFor)
	require.Zero(t, other.WaitsFor, "the other group does not wait")
	require.Equal(t, second, b.get(t, second.Number))

	requested := func() []int64 {
		requests, err := b.deployments.Requested(b.ctx, 10)
		require.NoError(t, err)
		var numbers []int64
		for _, r := range requests {
			require.Equal(t, "bank", r.TenantName)
			numbers = append(numbers, r.Number)
		}
		return numbers
	}
	require.Equal(t, []int64{1, 3}, requested())
	_, err := b.deployments.Begin(b.ctx, b.tenant, second.ID)
	requireFault(t, err, fault.Conflict, "waits")

	b.drive(t, first.ID, all)
	require.Equal(t, []int64{2, 3}, requested())
	require.Zero(t, b.get(t, second.Number).WaitsFor)
	b.drive(t, second.ID, all)
	d := b.get(t, second.Number)
	require.Equal(t, deployments.Failed, d.State, "by now there is no difference")
	require.Contains(t, d.Reason, "already")

	_, err = b.deployments.Begin(b.ctx, b.tenant, other.ID)
	require.NoError(t, err)
	require.Empty(t, requested(), "it was heard of just now")
	silent, err := b.store.Requested(b.ctx, time.Now().Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, silent, 1, "a deployment that is quiet for too long is started again")

	b.drive(t, other.ID, all)
	require.Contains(t, b.get(t, other.Number).Reason, "marked", "production has released the marks meanwhile")
	b.mark(t, definition.KindStrategy, "winback", design.ForDeployment)
	for range deployments.MaxOpen {
		b.mustCreate(t, toStaging)
	}
	_, err = b.create(toStaging)
	requireFault(t, err, fault.Conflict, "too-many-deployments")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	cancel := func(b team, d deployments.Deployment) error {
		_, err := b.deployments.Cancel(b.ctx, bob, b.tenant, "web", d.Number)
		return err
	}
	t.Run("LeavesNothingBehindBeforeTheVersionMoves", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.markAll(t)
		d := b.mustCreate(t, toProduction)
		_, err := b.deployments.Begin(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		_, err = b.deployments.Build(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		require.NoError(t, cancel(b, d))
		require.NoError(t, cancel(b, d))
		proceed, err := b.deployments.PassPointOfNoReturn(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		require.False(t, proceed)
		err = b.deployments.Record(b.ctx, b.tenant, d.ID, deployments.Progress{State: deployments.Activating})
		requireFault(t, err, fault.Conflict, "wrong-state")
		require.NoError(t, b.deployments.Finish(b.ctx, b.tenant, d.ID, deployments.Outcome{State: deployments.Failed}))
		d = b.get(t, d.Number)
		require.Equal(t, deployments.Cancelled, d.State)
		require.False(t, d.EndedAt.IsZero())
		require.True(t, b.marked(t, definition.KindStrategy, "winback"))
	})
	t.Run("IsRefusedOnceTheVersionMoves", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.markAll(t)
		d := b.mustCreate(t, toProduction)
		_, err := b.deployments.Begin(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		_, err = b.deployments.PassPointOfNoReturn(b.ctx, b.tenant, d.ID)
		requireFault(t, err, fault.Conflict, "wrong-state")
		_, err = b.deployments.Build(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		proceed, err := b.deployments.PassPointOfNoReturn(b.ctx, b.tenant, d.ID)
		require.NoError(t, err)
		require.True(t, proceed)
		requireFault(t, cancel(b, d), fault.Conflict, "not-cancellable")
		require.NoError(t, b.deployments.Record(b.ctx, b.tenant, d.ID, deployments.Progress{State: deployments.Activating}))
		err = b.deployments.Finish(b.ctx, b.tenant, d.ID, deployments.Outcome{State: deployments.Failed})
		requireFault(t, err, fault.Conflict, "wrong-state")
		require.NoError(t, b.deployments.Finish(b.ctx, b.tenant, d.ID, deployments.Outcome{State: deployments.Incomplete, Reason: "production-1 is silent"}))
		require.Equal(t, deployments.Incomplete, b.get(t, d.Number).State)
	})
}

func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	d := b.mustCreate(t, toStaging)
	_, err := b.deployments.Begin(b.ctx, b.tenant, d.ID)
	require.NoError(t, err)
	many := make([]deployments.ServerProgress, deployments.MaxServers+1)
	for i := range many {
		many[i] = deployments.ServerProgress{Server: tenants.NewID[tenants.ServerID](), State: deployments.ServerAway}
	}
	err = b.deployments.Record(b.ctx, b.tenant, d.ID, deployments.Progress{Servers: many})
	requireFault(t, err, fault.Invalid, "invalid-progress")
	require.NoError(t, b.deployments.Record(b.ctx, b.tenant, d.ID, deployments.Progress{Servers: many[:deployments.MaxServers]}))
	require.Len(t, b.get(t, d.Number).Servers, deployments.MaxServers)
	err = b.deployments.Record(b.ctx, b.tenant, d.ID, deployments.Progress{State: deployments.Moving})
	requireFault(t, err, fault.Invalid, "invalid-progress")
	err = b.deployments.Record(b.ctx, b.tenant, d.ID, deployments.Progress{State: deployments.Verifying})
	requireFault(t, err, fault.Conflict, "wrong-state")
}
