package controlplane

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
)

func exampleTenant(t *testing.T) *apply.Set {
	t.Helper()
	set, err := apply.ParseDir(os.DirFS("../examples/harborbank"))
	require.NoError(t, err)
	return set
}

func TestApply(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)
	options := apply.Options{CheckProcess: ProcessChecker{}.Check}

	var out bytes.Buffer
	options.Out = &out
	first, err := apply.Run(t.Context(), admin, exampleTenant(t), options)
	require.NoError(t, err)
	require.Zero(t, first.Updated)
	require.Zero(t, first.Unchanged)
	require.Contains(t, out.String(), "created    harborbank/solutions/cards\n")

	second, err := apply.Run(t.Context(), admin, exampleTenant(t), options)
	require.NoError(t, err)
	require.Equal(t, apply.Result{Unchanged: first.Created}, second)

	versions, err := admin.ProcessVersions(t.Context(), "harborbank", "card-dispute")
	require.NoError(t, err)
	require.Len(t, versions, 1)
	servers, err := admin.Servers(t.Context(), "harborbank", "cards", "production")
	require.NoError(t, err)
	require.Len(t, servers, 1)
	require.Equal(t, "cards-server", servers[0].Account)
}

func TestApplyThatFailsInTheMiddleIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)

	broken := exampleTenant(t)
	for _, process := range broken.Processes {
		if process.Name == "loan-service" {
			process.Text = strings.Replace(process.Text, "call: stop", "call: halt", 1)
		}
	}
	_, err := apply.Run(t.Context(), admin, broken, apply.Options{}) // unchecked here, so that the control plane refuses
	require.ErrorContains(t, err, "harborbank/business-processes/loan-service: ")
	require.ErrorContains(t, err, "apply again to complete it")

	_, err = apply.Run(t.Context(), admin, exampleTenant(t), apply.Options{})
	require.NoError(t, err)
	again, err := apply.Run(t.Context(), admin, exampleTenant(t), apply.Options{})
	require.NoError(t, err)
	require.Zero(t, again.Created+again.Updated)
}

func TestApplyChangesNothingWhenAnythingIsWrong(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)
	set, err := apply.ParseFile(fstest.MapFS{"bank.yaml": {Data: []byte(`kind: Tenant
name: bank
---
kind: BusinessProcess
name: dispute
document: |
  document: {dsl: 1.0.0, namespace: bank, name: other, version: 1.0.0}
  do: []
`)}}, "bank.yaml")
	require.NoError(t, err)
	_, err = apply.Run(t.Context(), admin, set, apply.Options{CheckProcess: ProcessChecker{}.Check})
	var problems apply.Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, "bank.yaml", problems[0].File)
	require.GreaterOrEqual(t, problems[0].Line, 7)
	_, err = admin.Tenant(t.Context(), "bank")
	require.True(t, client.IsNotFound(err), "%v", err)
}
