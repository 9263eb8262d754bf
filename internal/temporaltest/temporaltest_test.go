package temporaltest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/switchyard/switchyard/internal/temporaltest"
)

func TestNamespaceTakesAWorkflowWithSearchAttributesAtOnce(t *testing.T) {
	t.Parallel()
	c := temporaltest.Client(t)

	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID:                    "first",
		TaskQueue:             "nobody",
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Tenant").ValueSet("harborbank")),
	}, "nothing")
	require.NoError(t, err)
	require.NoError(t, c.TerminateWorkflow(t.Context(), "first", run.GetRunID(), "end of test"))
}
