package controlplane

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/definition"
)

// TestWhoMayDeploy holds that designers see what would go out, that deployers of a
// solution deploy its channels, and what a refusal says.
func TestWhoMayDeploy(t *testing.T) {
	t.Parallel()
	clients := designers(t, map[string]client.RoleBinding{
		"cards-designer":     {Role: "designer", Solution: "cards"},
		"cards-deployer":     {Role: "deployer", Solution: "cards"},
		"mortgages-deployer": {Role: "deployer", Solution: "mortgages"},
		"agent":              {Role: "agent"},
	})
	ctx := t.Context()
	designer, deployer := clients["cards-designer"], clients["cards-deployer"]
	first := client.NewDeployment{Group: "production", Name: "First"}
	forbidden := func(err error) {
		t.Helper()
		require.True(t, client.IsStatus(err, http.StatusForbidden), "%v", err)
	}

	_, err := deployer.CreateDeployment(ctx, "bank", "one", first)
	require.True(t, client.IsStatus(err, http.StatusBadRequest), "%v", err)
	require.ErrorContains(t, err, "nothing of channel one is marked for deployment")
	_, err = client.ChannelDesigns[definition.Strategy](designer, "bank", "one").Mark(ctx, "one", 0, "deployment")
	require.NoError(t, err)

	pending, err := designer.PendingChanges(ctx, "bank", "one", "production")
	require.NoError(t, err)
	require.True(t, pending.First)
	require.Equal(t, "cards-designer", pending.Marked[0].By)
	require.NotEmpty(t, pending.Difference.Changes)
	require.Len(t, pending.Manifest.Marked, 1)
	_, err = designer.CreateDeployment(ctx, "bank", "one", first)
	forbidden(err)
	_, err = clients["mortgages-deployer"].CreateDeployment(ctx, "bank", "one", first)
	forbidden(err)

	made, err := deployer.CreateDeployment(ctx, "bank", "one", first)
	require.NoError(t, err)
	require.EqualValues(t, 1, made.Number)
	read, err := designer.Deployment(ctx, "bank", "one", made.Number)
	require.NoError(t, err)
	require.Equal(t, made.ID, read.ID)
	require.Equal(t, "cards-deployer", read.CreatedBy)
	all, err := designer.Deployments(ctx, "bank", "one", "production", "")
	require.NoError(t, err)
	require.Len(t, all, 1)
	versions, err := designer.ChannelVersions(ctx, "bank", "one")
	require.NoError(t, err)
	require.Len(t, versions, 1)
	require.Equal(t, "production", versions[0].GroupKind)
	_, err = clients["mortgages-deployer"].Deployments(ctx, "bank", "one", "", "")
	forbidden(err)

	again := client.StaleRedeployment{Name: "again"}
	redeployed, err := deployer.RedeployStale(ctx, "bank", again)
	require.NoError(t, err)
	require.Empty(t, redeployed)
	again.Solution = "mortgages"
	_, err = deployer.RedeployStale(ctx, "bank", again)
	forbidden(err)
	_, err = clients["agent"].RedeployStale(ctx, "bank", client.StaleRedeployment{Name: "again"})
	forbidden(err)
}
