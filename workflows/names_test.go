package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
)

func TestInteractionID(t *testing.T) {
	t.Parallel()
	id := workflows.InteractionID("group", "interaction")
	group, interaction, ok := workflows.ParseInteractionID(id)
	require.True(t, ok)
	require.Equal(t, tenants.ServerGroupID("group"), group)
	require.Equal(t, "interaction", interaction)

	for _, malformed := range []string{"", "interaction/", "interaction/group", "interaction//x", "provision/a/b"} {
		_, _, ok := workflows.ParseInteractionID(malformed)
		require.False(t, ok, malformed)
	}
}
