package controlplane

import (
	"context"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/rest/resttest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/internal/signingkeys"
)

// walkers are the accounts that call the operations in TestEveryOperation, and
// what they call them on.
type walkers struct {
	platform, node, admin, server, rival string // API keys
	serverID, keyID, hash, testRun       string
	document                             string
}

// prepare makes a tenant "bank" with one of everything, and a tenant "rival".
func prepare(t *testing.T, o Options) walkers {
	t.Helper()
	_, platform := start(t, o)
	ctx := t.Context()
	account := func(c *client.Client, tenant, name, kind, role string) string {
		input := client.NewAccount{Name: name, Kind: kind}
		if role != "" {
			input.Roles = []client.RoleBinding{{Role: role}}
		}
		_, err := c.CreateAccount(ctx, tenant, input)
		require.NoError(t, err)
		key, err := c.CreateAPIKey(ctx, tenant, name)
		require.NoError(t, err)
		return key.Key
	}
	w := walkers{platform: o.PlatformKey, node: account(platform, "platform", "node-1", "node", "node")}
	for _, name := range []string{"bank", "rival"} {
		_, err := platform.CreateTenant(ctx, client.NewTenant{Name: name})
		require.NoError(t, err)
	}
	w.admin = account(platform, "bank", "boss", "person", "tenant-admin")
	w.rival = account(platform, "rival", "boss", "person", "tenant-admin")
	w.server = account(platform, "bank", "cards-server", "server", "")
	account(platform, "bank", "amira", "person", "agent")

	admin := platform.With(w.admin)
	_, err := admin.CreateSolution(ctx, "bank", client.NewSolution{Name: "cards"})
	require.NoError(t, err)
	server, err := admin.CreateServer(ctx, "bank", "cards", "production", client.NewServer{Name: "cards-1", Account: "cards-server", Node: "node-1"})
	require.NoError(t, err)
	w.serverID = server.ID
	keys, err := admin.APIKeys(ctx, "bank", "amira")
	require.NoError(t, err)
	w.keyID = keys[0].ID
	document, err := os.ReadFile("../examples/harborbank/processes/card-dispute.yaml")
	require.NoError(t, err)
	w.document = string(document)
	_, err = admin.PutBusinessProcess(ctx, "bank", "card-dispute", client.AnyVersion, client.BusinessProcessDraft{Document: w.document})
	require.NoError(t, err)
	_, err = admin.PublishBusinessProcess(ctx, "bank", "card-dispute", client.AnyVersion)
	require.NoError(t, err)
	for _, name := range []string{"desk", "changed"} {
		_, err = admin.CreateAccessGroup(ctx, "bank", client.NewAccessGroup{Name: name})
		require.NoError(t, err)
	}
	_, err = admin.CreateSolution(ctx, "bank", client.NewSolution{Name: "changed"})
	require.NoError(t, err)
	_, err = admin.CreateServer(ctx, "bank", "cards", "production", client.NewServer{Name: "changed", Account: "cards-server", Node: "node-1"})
	require.NoError(t, err)
	_, err = admin.CreateServer(ctx, "bank", "cards", "production", client.NewServer{Name: "deleted", Account: "cards-server", Node: "node-1"})
	require.NoError(t, err)
	_, err = admin.CreateAccount(ctx, "bank", client.NewAccount{Name: "changed", Kind: "person"})
	require.NoError(t, err)
	prepareDesign(t, admin, "bank")
	w.hash = prepareDeployments(t, o, admin, "bank")
	w.testRun = prepareTestRuns(t, o, admin, "bank")
	return w
}

// right is a call of each operation that succeeds.
func (w walkers) right(t *testing.T, op rest.Operation) resttest.Request {
	t.Helper()
	type object = map[string]any
	anyVersion := map[string]string{"If-Match": "*"}
	calls := map[string]resttest.Request{
		"create-token": {Body: object{"apiKey": w.admin}},

		"create-tenant": {Token: w.platform, Body: object{"name": "walked"}},
		"list-tenants":  {Token: w.platform},
		"get-tenant":    {},
		"update-tenant": {Header: anyVersion, Body: object{"displayName": "Bank"}},

		"create-solution":    {Body: object{"name": "walked"}},
		"list-solutions":     {},
		"get-solution":       {},
		"update-solution":    {Params: map[string]string{"solution": "changed"}, Header: anyVersion, Body: object{"displayName": "Changed"}},
		"provision-solution": {},
		"get-webhook-keys":   {},
		"rotate-webhook-key": {},

		"create-server-group": {Body: object{"name": "walked"}},
		"list-server-groups":  {},
		"get-server-group":    {},

		"create-server":            {Body: object{"name": "walked", "account": "cards-server", "node": "node-1"}},
		"list-servers":             {},
		"get-server":               {},
		"update-server":            {Params: map[string]string{"server": "changed"}, Header: anyVersion, Body: object{"account": "cards-server", "node": "node-2"}},
		"delete-server":            {Params: map[string]string{"server": "deleted"}, Header: anyVersion},
		"get-server-configuration": {Token: w.server, Params: map[string]string{"server": w.serverID}},

		"create-account": {Body: object{"name": "walked", "kind": "person"}},
		"list-accounts":  {},
		"get-account":    {},
		"update-account": {Params: map[string]string{"account": "changed"}, Header: anyVersion, Body: object{"displayName": "Changed", "roles": []any{}}},

		"set-password":   {Body: object{"password": "correct horse battery"}},
		"create-api-key": {},
		"list-api-keys":  {},
		"revoke-api-key": {},

		"create-access-group": {Body: object{"name": "walked", "members": []string{"amira"}}},
		"list-access-groups":  {},
		"grant-directly":      {Body: object{"account": "amira", "process": "card-dispute", "actions": []string{"view"}}},
		"get-access-group":    {},
		"update-access-group": {Params: map[string]string{"accessGroup": "changed"}, Header: anyVersion, Body: object{"displayName": "", "members": []string{}, "grants": []any{}}},
		"delete-access-group": {Header: anyVersion},

		"list-business-processes":  {},
		"get-business-process":     {},
		"put-business-process":     {Params: map[string]string{"process": "walked"}, Body: object{"document": "anything"}},
		"publish-business-process": {},
		"retire-business-process":  {},
		"list-process-versions":    {},
		"get-process-version":      {},

		"list-audit-events": {},

		"list-nodes":        {Token: w.platform},
		"report-node":       {Token: w.node, Body: object{"version": "1", "startedAt": time.Now(), "servers": []any{}}},
		"get-server-launch": {Token: w.node, Params: map[string]string{"server": w.serverID}},
	}
	maps.Copy(calls, rightDesign())
	maps.Copy(calls, rightDeployments())
	maps.Copy(calls, rightHistory())
	maps.Copy(calls, rightTestRuns())
	request, ok := calls[op.ID]
	require.True(t, ok, "the walk has no call of %s: add one", op.ID)
	if request.Token == "" && op.Action != rest.Public {
		request.Token = w.admin
	}
	request.Params = w.params(op, request.Params)
	return request
}

// params fills in the path parameters that a call does not set itself.
func (w walkers) params(op rest.Operation, set map[string]string) map[string]string {
	usual := map[string]string{
		"tenant": "bank", "solution": "cards", "group": "production", "server": "cards-1", "account": "amira",
		"accessGroup": "desk", "process": "card-dispute", "version": "1", "node": "node-1", "key": w.keyID,
		"channel": "one", "name": "one", "change": "1", "number": "1", "hash": w.hash,
		"testRun": w.testRun, "level": "one",
	}
	params := make(map[string]string)
	for _, name := range op.Params() {
		params[name] = usual[name]
		if value, ok := set[name]; ok {
			params[name] = value
		}
	}
	return params
}

// forgeries are tokens that look like those of the bank's administrator.
func forgeries(t *testing.T, o Options) map[string]string {
	t.Helper()
	box, err := secret.NewBox(o.EncryptionKey)
	require.NoError(t, err)
	keys, err := signingkeys.Load(t.Context(), controldb.New(postgrestest.Open(t, o.DatabaseURL)), box)
	require.NoError(t, err)
	boss := authentication.Caller{Account: "a", Tenant: "t", Name: "boss"}
	issue := func(key authentication.SigningKey, audience string, ttl time.Duration) string {
		token, _, err := authentication.NewIssuer(key, nil).Issue(boss, audience, ttl)
		require.NoError(t, err)
		return token
	}
	return map[string]string{
		"another platform's key":  issue(authentication.NewSigningKey(), authentication.ControlPlane, time.Hour),
		"for a server group":      issue(keys[0], authentication.ServerGroup("g"), time.Hour),
		"expired":                 issue(keys[0], authentication.ControlPlane, -time.Hour),
		"an API key never issued": authentication.NewAPIKey().Text,
	}
}

func TestEveryOperation(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	w := prepare(t, o)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	parts, err := assemble(ctx, o, "http://127.0.0.1:7400")
	require.NoError(t, err)
	t.Cleanup(parts.close)
	resttest.Walk(t, parts.rest, resttest.Cases{
		Right:       w.right,
		OtherTenant: w.rival,
		Missing: map[string]string{
			"tenant": "missing", "solution": "missing", "group": "missing", "server": "missing", "account": "missing",
			"accessGroup": "missing", "process": "missing", "version": "99", "node": "missing", "key": strings.Repeat("0", 32),
			"channel": "missing", "name": "missing", "change": "99", "number": "99", "hash": strings.Repeat("0", 64),
			"testRun": "0190c5a0-0000-7000-8000-00000000000b", "level": "missing",
		},
		Forged: forgeries(t, o),
	})
}

func TestEveryActionIsKnown(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	parts, err := assemble(t.Context(), o, "http://127.0.0.1:7400")
	require.NoError(t, err)
	t.Cleanup(parts.close)
	known := []accessgroups.Action{
		accessgroups.ManageTenants, accessgroups.ViewTenant, accessgroups.ManageTenant, accessgroups.ViewSolutions,
		accessgroups.ManageSolutions, accessgroups.OperateSolutions, accessgroups.ViewAccounts, accessgroups.ManageAccounts,
		accessgroups.ViewAccess, accessgroups.ManageAccess, accessgroups.ViewProcesses, accessgroups.ManageProcesses,
		accessgroups.ViewHistory, accessgroups.ViewAudit, accessgroups.ViewNodes, accessgroups.RunNode,
		accessgroups.ViewSharedDesign, accessgroups.ViewDesign, accessgroups.ManageDesign, accessgroups.Deploy,
	}
	for _, op := range parts.rest.Operations() {
		if op.Action == rest.Public || op.Action == rest.Authenticated {
			require.Contains(t, []string{"create-token", "get-server-configuration", "list-solutions", "redeploy-stale"}, op.ID)
			continue
		}
		require.True(t, slices.Contains(known, accessgroups.Action(op.Action)), "%s: %s", op.ID, op.Action)
		// Who may import follows from the objects: its handler decides on each.
		require.True(t, op.Method == http.MethodGet || op.ID == "import-design" || !strings.HasPrefix(op.Action, "view-"), "%s changes with a view action", op.ID)
	}
}

func TestATeamSeesItsOwnSolutionAlone(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, platform := start(t, o)
	ctx := t.Context()
	_, err := platform.CreateTenant(ctx, client.NewTenant{Name: "bank"})
	require.NoError(t, err)
	for _, name := range []string{"cards", "mortgages"} {
		_, err := platform.CreateSolution(ctx, "bank", client.NewSolution{Name: name})
		require.NoError(t, err)
	}
	_, err = platform.CreateAccount(ctx, "bank", client.NewAccount{
		Name: "operator", Kind: "person", Roles: []client.RoleBinding{{Role: "operator", Solution: "cards"}},
	})
	require.NoError(t, err)
	key, err := platform.CreateAPIKey(ctx, "bank", "operator")
	require.NoError(t, err)
	operator := platform.With(key.Key)

	solutions, err := operator.Solutions(ctx, "bank")
	require.NoError(t, err)
	require.Len(t, solutions, 1)
	require.Equal(t, "cards", solutions[0].Name)
	_, err = operator.Solution(ctx, "bank", "cards")
	require.NoError(t, err)
	_, err = operator.ProvisionSolution(ctx, "bank", "cards")
	require.NoError(t, err)

	_, foreign := operator.Solution(ctx, "bank", "mortgages")
	_, missing := operator.Solution(ctx, "bank", "missing")
	require.Error(t, foreign)
	require.Equal(t, missing.Error(), foreign.Error())
	_, err = operator.UpdateSolution(ctx, "bank", "cards", 1, client.SolutionChange{})
	require.True(t, client.IsStatus(err, http.StatusForbidden), "%v", err)
}
