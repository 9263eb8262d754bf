package serverapi_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/serverapi"
)

func TestOpenAPIIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	got, err := serverapi.Describe()
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run ./task generate and commit interactionserver/serverapi/openapi.yaml")
}
