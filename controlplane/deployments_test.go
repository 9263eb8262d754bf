package controlplane

import (
	"net/http"
	"os"
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

// TestPendingWarnsOfProcessesThatServersCannotStart holds that a designer hears
// before a deployment what would be found out by a customer's event.
func TestPendingWarnsOfProcessesThatServersCannotStart(t *testing.T) {
	t.Parallel()
	clients := designers(t, map[string]client.RoleBinding{"designer": {Role: "designer", Solution: "cards"}})
	platform, ctx := clients["platform"], t.Context()
	start := func(do definition.ActionKind) []definition.EventAction {
		return []definition.EventAction{{Do: definition.ReSegment}, {Do: do, Process: "card-dispute"}}
	}
	submit := start(definition.SubmitInteraction)
	submit[1].MediaType = "chat"
	putDesign(ctx, t, platform, "bank", "one", "complaint", definition.Event{Actions: start(definition.StartProcess)})
	putDesign(ctx, t, platform, "bank", "one", "angry", definition.EventPattern{
		Logic: definition.MatchAll, Members: []definition.PatternMember{{Event: "complaint"}}, Actions: submit,
	})
	warned := func(why string) {
		t.Helper()
		pending, err := clients["designer"].PendingChanges(ctx, "bank", "one", "production")
		require.NoError(t, err)
		var got, want []client.PendingWarning
		for _, w := range pending.Warnings {
			if w.Kind == string(definition.KindEvent) || w.Kind == string(definition.KindEventPattern) {
				got = append(got, w)
			}
		}
		if why != "" {
			want = []client.PendingWarning{
				{Kind: "event", Name: "complaint", Message: "actions[1], start-process, would fail: " + why},
				{Kind: "event-pattern", Name: "angry", Message: "actions[1], submit-interaction, would fail: " + why},
			}
		}
		require.Equal(t, want, got)
	}
	warned("there is no business process card-dispute")

	document, err := os.ReadFile("../examples/harborbank/processes/card-dispute.yaml")
	require.NoError(t, err)
	_, err = platform.PutBusinessProcess(ctx, "bank", "card-dispute", client.AnyVersion, client.BusinessProcessDraft{Document: string(document)})
	require.NoError(t, err)
	warned("business process card-dispute was never published")
	_, err = platform.PublishBusinessProcess(ctx, "bank", "card-dispute", client.AnyVersion)
	require.NoError(t, err)
	warned("") // the group has no servers yet

	for _, name := range []string{"granted", "other"} {
		_, err = platform.CreateAccount(ctx, "bank", client.NewAccount{Name: name, Kind: "server"})
		require.NoError(t, err)
		_, err = platform.CreateServer(ctx, "bank", "cards", "production", client.NewServer{Name: name + "-1", Account: name, Node: "node-1"})
		require.NoError(t, err)
	}
	grant := func(account string, actions ...string) {
		t.Helper()
		_, err := platform.GrantDirectly(ctx, "bank", client.DirectGrant{Account: account, Process: "card-dispute", Actions: actions})
		require.NoError(t, err)
	}
	grant("granted", "execute", "submit")
	warned("account other of server other-1 is not granted execute and submit on business process card-dispute")
	grant("other", "execute")
	warned("account other of server other-1 is not granted submit on business process card-dispute")
	grant("other", "submit")
	warned("")
	_, err = platform.RetireBusinessProcess(ctx, "bank", "card-dispute", client.AnyVersion)
	require.NoError(t, err)
	warned("business process card-dispute is retired")
}
