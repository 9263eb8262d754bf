package deploymentspg_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

func TestRollback(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	first := b.deploy(t, toProduction)
	b.mustPut(t, "winback", strategy(0, 2))
	b.mark(t, definition.KindStrategy, "winback", design.ForDeployment)
	second := b.deploy(t, toProduction)
	require.NotEqual(t, first.Hash, second.Hash)
	rollback := deployments.NewDeployment{Group: "production", Kind: deployments.Rollback, Of: first.Number}

	back := b.deploy(t, rollback)
	require.Equal(t, deployments.Succeeded, back.State)
	require.Equal(t, first.Hash, back.Hash)
	require.Equal(t, second.Hash, back.FromHash)
	_, err := b.create(rollback)
	requireFault(t, err, fault.Conflict, "nothing-to-deploy")
	_, err = b.create(deployments.NewDeployment{Group: "staging", Kind: deployments.Rollback, Of: first.Number})
	f := refusal(t, err, fault.Invalid, "invalid-input")
	require.Contains(t, f.Places[0].Message, "not to staging")

	b.deploy(t, deployments.NewDeployment{Group: "production", Kind: deployments.Rollback, Of: second.Number})
	yesterday := time.Now().Add(-24 * time.Hour)
	b.mustPut(t, "o0", definition.Offer{Retired: true})
	b.mustPut(t, "o1", definition.Offer{Expires: &yesterday})
	_, err = b.create(rollback)
	f = refusal(t, err, fault.Conflict, "dead-offers")
	require.Equal(t, "offers/o0", f.Places[0].Path)
	require.Equal(t, "it is retired", f.Places[0].Message)
	require.Equal(t, "offers/o1", f.Places[1].Path)
	require.Contains(t, f.Places[1].Message, "it expired at")
}

func TestTidyKeepsThePackagesThatAreNeeded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	var deployed []deployments.Deployment
	for i := range 4 {
		deployed = append(deployed, b.deploy(t, toProduction))
		b.mustPut(t, "winback", strategy(0, 10+i))
		b.mark(t, definition.KindStrategy, "winback", design.ForDeployment)
	}
	staged := b.deploy(t, toStaging)
	kept := func() (kept []bool) {
		for _, d := range deployed {
			_, err := b.deployments.Package(b.ctx, b.tenant, d.Hash)
			if err != nil {
				requireFault(t, err, fault.NotFound, "package-dropped")
			}
			kept = append(kept, err == nil)
		}
		return kept
	}
	drop := func() int64 {
		dropped, err := b.store.DropPackages(b.ctx, 2, time.Now().Add(time.Hour), 100)
		require.NoError(t, err)
		return dropped
	}
	service := deployments.NewService(b.store, b.designs, b.directory, deployments.Options{KeptPackages: 1})
	dropped, err := service.Tidy(b.ctx)
	require.NoError(t, err)
	require.Zero(t, dropped, "they were used today")
	older := deployments.NewDeployment{Group: "production", Kind: deployments.Rollback, Name: "back", Of: deployed[0].Number}
	waiting, err := b.create(older)
	require.NoError(t, err)
	require.EqualValues(t, 1, drop())
	require.Equal(t, []bool{true, false, true, true}, kept(), "the first is to be brought back")

	_, err = b.deployments.Cancel(b.ctx, ada, b.tenant, "web", waiting.Number)
	require.NoError(t, err)
	require.EqualValues(t, 1, drop())
	require.Zero(t, drop())
	require.Equal(t, []bool{false, false, true, true}, kept())
	_, err = b.deployments.Package(b.ctx, b.tenant, staged.Hash)
	require.NoError(t, err)
	_, err = b.create(older)
	f := refusal(t, err, fault.Invalid, "invalid-input")
	require.Contains(t, f.Places[0].Message, "is not kept any more")
}

func TestUndeploy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	first := b.deploy(t, toProduction)
	off := b.deploy(t, deployments.NewDeployment{Group: "production", Kind: deployments.Undeploy, Confirm: "web"})
	require.Equal(t, deployments.Succeeded, off.State)
	require.Empty(t, off.Hash)
	require.Equal(t, first.Number, off.From)
	versions, err := b.deployments.Versions(b.ctx, b.tenant, "web")
	require.NoError(t, err)
	require.Equal(t, off.Number, versions[0].Number)
	require.Empty(t, versions[0].Hash)
	difference, err := b.deployments.Difference(b.ctx, b.tenant, "web", off.Number)
	require.NoError(t, err)
	require.NotEmpty(t, difference.Changes)
	for _, change := range difference.Changes {
		require.EqualValues(t, "removed", change.What)
	}
	_, err = b.create(toProduction)
	requireFault(t, err, fault.Invalid, "nothing-marked")
}

func TestStale(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	first := b.deploy(t, toProduction)
	b.mark(t, definition.KindStrategy, "winback", design.ForDeployment)
	b.mark(t, definition.KindFlowchart, "visitors", design.ForDeployment)
	b.deploy(t, toStaging)
	everything := func(deployments.Stale) bool { return true }

	stale, err := b.deployments.Stale(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Empty(t, stale)
	b.mustPut(t, "home", definition.InteractionPoint{Zone: "top", Default: "good day"})
	stale, err = b.deployments.Stale(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Empty(t, stale, "what belongs to the channel makes nothing stale")

	b.mustPut(t, "dear", macro(2))
	b.mustPut(t, "spring", definition.Campaign{})
	versions, err := b.deployments.Versions(b.ctx, b.tenant, "web")
	require.NoError(t, err)
	require.Equal(t, []string{"macro dear was changed", "campaign spring was added"}, versions[0].Stale)
	require.NotEmpty(t, versions[1].Stale)

	again, err := b.deployments.RedeployStale(b.ctx, ada, b.tenant, "new macro", everything)
	require.NoError(t, err)
	require.Len(t, again, 2)
	same, err := b.deployments.RedeployStale(b.ctx, ada, b.tenant, "new macro", everything)
	require.NoError(t, err)
	require.Equal(t, again[0].Deployment.Number, same[0].Deployment.Number, "one that waits is enough")
	for _, one := range again {
		require.NoError(t, one.Problem)
		b.drive(t, one.Deployment.ID, all)
		require.Equal(t, deployments.Succeeded, b.get(t, one.Deployment.Number).State)
	}
	require.True(t, b.marked(t, definition.KindStrategy, "winback"), "no mark is released")
	require.NotEqual(t, first.Hash, b.get(t, again[0].Deployment.Number).Hash)
	again, err = b.deployments.RedeployStale(b.ctx, ada, b.tenant, "new macro", everything)
	require.NoError(t, err)
	require.Empty(t, again)
}

func TestPending(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pending := func() deployments.Pending {
		p, err := b.deployments.Pending(b.ctx, b.tenant, "web", "production")
		require.NoError(t, err)
		return p
	}
	p := pending()
	require.True(t, p.First)
	require.Contains(t, p.Refused, "nothing of channel web is marked")
	require.Len(t, p.Warnings, 3)

	b.markAll(t)
	p = pending()
	require.Empty(t, p.Refused)
	require.Empty(t, p.Warnings)
	require.Len(t, p.Marked, 3)
	require.Equal(t, "bob", p.Marked[0].By)
	require.WithinDuration(t, time.Now(), p.Marked[0].At, time.Minute)
	require.NotEmpty(t, p.Difference.Changes)

	warned := func() (names []string) {
		for _, warning := range p.Warnings {
			names = append(names, warning.String())
		}
		return names
	}
	b.deploy(t, toProduction)
	b.mustPut(t, "o1", definition.Offer{Description: "edited"})
	p = pending()
	require.Contains(t, p.Refused, "already")
	require.Equal(t, []string{"offers/o1"}, warned(), "also where nothing else is to be deployed")
	require.Empty(t, p.Difference.Changes)
	b.mustPut(t, "winback", strategy(0, 5))
	p = pending()
	require.Contains(t, p.Refused, "already")
	require.Equal(t, []string{"channels/web/strategies/winback", "offers/o1"}, warned())
	b.mark(t, definition.KindStrategy, "winback", design.ForDeployment)
	p = pending()
	require.Equal(t, "offers/o1", p.Warnings[0].String())
	require.Len(t, p.Difference.Changes, 1)
	require.Equal(t, "rules[only].score", p.Difference.Changes[0].Path)
}

func TestPackages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	first := b.deploy(t, toProduction)
	pack, err := b.deployments.PackageOf(b.ctx, b.tenant, "web", first.Hash)
	require.NoError(t, err)
	require.Len(t, pack.Content.Strategies, 2)
	_, err = b.deployments.PackageOf(b.ctx, b.tenant, "other", first.Hash)
	requireFault(t, err, fault.NotFound, "not-found")
	same, err := b.deployments.PackageDifference(b.ctx, b.tenant, "web", first.Hash, first.Hash)
	require.NoError(t, err)
	require.Zero(t, same.Count)
	_, err = b.deployments.Difference(b.ctx, b.tenant, "web", b.mustCreateMarked(t).Number)
	requireFault(t, err, fault.Conflict, "not-built")

	page, err := b.deployments.List(b.ctx, b.tenant, "web", deployments.Filter{}, paging.Request{Limit: 1})
	require.NoError(t, err)
	require.EqualValues(t, 2, page.Items[0].Number)
	page, err = b.deployments.List(b.ctx, b.tenant, "web", deployments.Filter{}, paging.Request{Limit: 1, After: page.Next})
	require.NoError(t, err)
	require.EqualValues(t, 1, page.Items[0].Number)
	require.Empty(t, page.Next)
	page, err = b.deployments.List(b.ctx, b.tenant, "web", deployments.Filter{Group: "staging"}, paging.Request{})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	page, err = b.deployments.List(b.ctx, b.tenant, "web", deployments.Filter{State: deployments.Succeeded}, paging.Request{})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	_, err = b.deployments.List(b.ctx, b.tenant, "none", deployments.Filter{}, paging.Request{})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

// mustCreateMarked asks for a deployment to staging.
func (b team) mustCreateMarked(t failer) deployments.Deployment {
	t.Helper()
	b.markAll(t)
	return b.mustCreate(t, toStaging)
}

func TestWhatIsServedCannotBeDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	remove := func(kind definition.Kind, name string) error {
		o, err := b.designs.Get(b.ctx, b.tenant, of(kind, name))
		require.NoError(t, err)
		return b.designs.Delete(b.ctx, ada, b.tenant, o.Reference, o.Version)
	}
	b.markAll(t)
	b.deploy(t, toStaging)
	b.deploy(t, toProduction)
	f := refusal(t, remove(definition.KindStrategy, "winback"), fault.Conflict, "in-use")
	require.Equal(t, "served by cards/production", f.Places[0].Message)
	require.Equal(t, "served by cards/staging", f.Places[1].Message)
	_ = refusal(t, remove(definition.KindFlowchart, "visitors"), fault.Conflict, "in-use")
	_ = refusal(t, remove(definition.KindChannel, "web"), fault.Conflict, "in-use")

	b.mark(t, definition.KindStrategy, "winback", design.ForUndeployment)
	b.deploy(t, toStaging)
	b.deploy(t, toProduction)
	require.NoError(t, remove(definition.KindStrategy, "winback"))
}

func TestAChannelCannotBeDeletedWhileItIsDeployed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	remove := func() error {
		return b.designs.Delete(b.ctx, ada, b.tenant, of(definition.KindChannel, "web"), tenants.AnyVersion)
	}
	d := b.mustCreateMarked(t)
	f := refusal(t, remove(), fault.Conflict, "in-use")
	require.Equal(t, "served by cards/staging soon: deployment 1 has not ended", f.Places[0].Message)
	_, err := b.deployments.Cancel(b.ctx, ada, b.tenant, "web", d.Number)
	require.NoError(t, err)
	f = refusal(t, remove(), fault.Conflict, "in-use")
	require.NotContains(t, f.Places[0].Message, "served by", "what lies in it is left")
}

// reports are the servers that a group's database knows.
type reports []deployments.ServerProgress

func (r reports) Served(context.Context, tenants.TenantID, deployments.Group, tenants.Name) ([]deployments.ServerProgress, error) {
	return slices.Clone(r), nil
}

func TestVersionsLeaveOutServersThatWereDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.markAll(t)
	b.deploy(t, toProduction)
	server, err := b.directory.Server(b.ctx, b.tenant, "cards", "production", "production-1")
	require.NoError(t, err)
	gone := tenants.NewID[tenants.ServerID]()
	service := deployments.NewService(b.store, b.designs, b.directory, deployments.Options{Reports: reports{
		{Server: server.ID, Name: "production-1", State: deployments.ServerAway},
		{Server: gone, Name: "production-2", State: deployments.ServerAway},
	}})
	served := func() []deployments.ServerProgress {
		versions, err := service.Versions(b.ctx, b.tenant, "web")
		require.NoError(t, err)
		return versions[0].Servers
	}
	require.Len(t, served(), 1)
	require.Equal(t, server.ID, served()[0].Server)
	require.NoError(t, b.directory.DeleteServer(b.ctx, ada, b.tenant, "cards", "production", "production-1", server.Version))
	require.Empty(t, served())
}
