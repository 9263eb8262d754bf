package controlplane

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest/resttest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/groupdatabase"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

// testedChannel is for a staging group that has its database.
const testedChannel = "tested"

const testedCSV = "customerId,age\nc-1,41\n"

// prepareTestRuns makes the channel over the objects of prepareDesign, and returns
// the id of a test run that waits.
func prepareTestRuns(t *testing.T, o Options, c *client.Client, tenant string) (id string) {
	t.Helper()
	ctx := t.Context()
	_, err := c.CreateServerGroup(ctx, tenant, "cards", client.NewServerGroup{Name: "staging"})
	require.NoError(t, err)
	for _, d := range designSpecs {
		switch {
		case d.kind == definition.KindChannel:
			putDesign(ctx, t, c, tenant, testedChannel, testedChannel, definition.Channel{
				Solution: "cards", ServerGroups: []string{"production", "staging"}, AudienceLevels: []string{"one"},
			})
		case d.kind.InChannel():
			putDesign(ctx, t, c, tenant, testedChannel, "one", d.spec)
		}
	}
	makeGroupDatabase(t, o, tenant, "cards", "staging")
	for list, csv := range map[string]string{"overrides": "customerId,offer,score\nz-0,one,70\n", "blocks": "customerId,offer\nz-1,one\n"} {
		loaded, err := c.LoadCustomerList(ctx, tenant, "cards", "staging", "one", list, client.ProfileBatch{CSV: csv})
		require.NoError(t, err)
		require.Equal(t, 1, loaded.Loaded)
	}
	_, err = c.LoadProfiles(ctx, tenant, "cards", "staging", "one", client.ProfileBatch{CSV: "customerId,age\nz-0,41\nz-1,7\n"})
	require.NoError(t, err)
	run, err := c.CreateTestRun(ctx, tenant, testedChannel, client.NewTestRun{
		Group: "staging", Strategy: "one", Profiles: client.TestRunProfiles{CSV: testedCSV},
	})
	require.NoError(t, err)
	return run.ID
}

// makeGroupDatabase makes the database of a group as provisioning does, until the
// test ends.
func makeGroupDatabase(t *testing.T, o Options, tenant, solution, group string) {
	t.Helper()
	ctx := t.Context()
	box, err := secret.NewBox(o.EncryptionKey)
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(controldb.New(postgrestest.Open(t, o.DatabaseURL))), box, tenants.Options{})
	owner, err := directory.Tenant(ctx, tenant)
	require.NoError(t, err)
	g, err := directory.ServerGroup(ctx, owner.ID, solution, group)
	require.NoError(t, err)
	credentials, err := directory.GroupCredentials(ctx, owner.ID, g.ID)
	require.NoError(t, err)
	cluster, err := groupdatabase.Open(ctx, o.groupDatabaseURL(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = cluster.Close() })
	_, err = cluster.Ensure(ctx, credentials)
	require.NoError(t, err)
	admin := postgrestest.Open(t, postgrestest.Admin(t))
	t.Cleanup(func() {
		for _, statement := range []string{
			"DROP DATABASE " + credentials.Database + " WITH (FORCE)", "DROP ROLE " + credentials.Role, "DROP ROLE " + credentials.Owner,
		} {
			_, err := admin.ExecContext(context.Background(), statement)
			require.NoError(t, err)
		}
	})
}

// rightTestRuns is a call of each operation on test runs that succeeds.
func rightTestRuns() map[string]resttest.Request {
	type object = map[string]any
	here := map[string]string{"channel": testedChannel}
	level := map[string]string{"group": "staging", "level": "one"}
	of := func(customer string) map[string]string {
		return map[string]string{"group": "staging", "level": "one", "customer": customer}
	}
	return map[string]resttest.Request{
		"create-test-run": {Params: here, Body: object{"group": "staging", "flowchart": "one", "profiles": object{"csv": testedCSV}}},
		"list-test-runs":  {Params: here},
		"get-test-run":    {Params: here},
		"cancel-test-run": {Params: here},
		"load-profiles":   {Params: map[string]string{"group": "staging"}, Body: object{"csv": testedCSV}},

		"list-profiles":         {Params: level},
		"get-profile":           {Params: of("z-0")},
		"delete-profile":        {Params: of("z-1")},
		"load-customer-list":    {Params: map[string]string{"group": "staging", "level": "one", "list": "blocks"}, Body: object{"csv": "customerId,offer\nz-0,one\n"}},
		"get-customer-lists":    {Params: of("z-0")},
		"delete-customer-lists": {Params: of("z-1")},
		"get-default-offers":    {Params: level},
		"delete-default-offers": {Params: level},
	}
}
