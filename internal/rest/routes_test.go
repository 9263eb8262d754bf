package rest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBySpecificity(t *testing.T) {
	paths := []string{"/v1/agents/:agent", "/v1/agents/:agent:pull", "/v1/agents/me", "/v1/agents", "/v1/agents/:agent/media/:medium", "/v1/agents/me/media"}
	slices.SortStableFunc(paths, bySpecificity)
	require.Less(t, slices.Index(paths, "/v1/agents/me"), slices.Index(paths, "/v1/agents/:agent"))
	require.Less(t, slices.Index(paths, "/v1/agents/:agent:pull"), slices.Index(paths, "/v1/agents/:agent"))
	require.Less(t, slices.Index(paths, "/v1/agents/me/media"), slices.Index(paths, "/v1/agents/:agent/media/:medium"))
}
