package controlplane

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/deployments/deploymentspg"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest/resttest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

// deployedChannel has a deployment whose package is built, and one that waits for
// it.
const deployedChannel = "deployed"

// prepareDeployments makes the channel over the objects of prepareDesign, and
// returns the hash of the package.
func prepareDeployments(t *testing.T, o Options, c *client.Client, tenant string) (hash string) {
	t.Helper()
	ctx := t.Context()
	for _, d := range designSpecs {
		name := "one"
		if d.kind == definition.KindChannel {
			name = deployedChannel
		} else if !d.kind.InChannel() {
			continue
		}
		putDesign(ctx, t, c, tenant, deployedChannel, name, d.spec)
	}
	_, err := client.ChannelDesigns[definition.Strategy](c, tenant, deployedChannel).Mark(ctx, "one", 0, "deployment")
	require.NoError(t, err)
	for range 2 {
		_, err = c.CreateDeployment(ctx, tenant, deployedChannel, client.NewDeployment{Group: "production", Name: "first"})
		require.NoError(t, err)
	}

	db := controldb.New(postgrestest.Open(t, o.DatabaseURL))
	box, err := secret.NewBox(o.EncryptionKey)
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{})
	service := deployments.NewService(deploymentspg.New(db), design.NewService(designpg.New(db), directory), directory, deployments.Options{})
	owner, err := directory.Tenant(ctx, tenant)
	require.NoError(t, err)
	first, err := service.Get(ctx, owner.ID, deployedChannel, 1)
	require.NoError(t, err)
	_, err = service.Begin(ctx, owner.ID, first.ID)
	require.NoError(t, err)
	built, err := service.Build(ctx, owner.ID, first.ID)
	require.NoError(t, err)
	return built.Hash
}

// rightDeployments is a call of each operation on deployments that succeeds.
func rightDeployments() map[string]resttest.Request {
	type object = map[string]any
	here := map[string]string{"channel": deployedChannel}
	return map[string]resttest.Request{
		"create-deployment":         {Params: here, Body: object{"group": "production", "name": "walked"}},
		"list-deployments":          {Params: here},
		"get-deployment":            {Params: here},
		"cancel-deployment":         {Params: map[string]string{"channel": deployedChannel, "number": "2"}},
		"get-deployment-difference": {Params: here},
		"list-channel-versions":     {Params: here},
		"get-pending-changes":       {Params: here, Query: "group=production"},
		"get-package":               {Params: here},
		"get-package-difference":    {Params: here},
		"redeploy-stale":            {Body: object{"name": "walked"}},
	}
}
