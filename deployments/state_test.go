package deployments_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/deployments"
)

func TestStates(t *testing.T) {
	t.Parallel()
	reached := []deployments.State{deployments.Waiting}
	for i, state := range deployments.States {
		followers := 0
		for j, next := range deployments.States {
			if !state.CanBecome(next) {
				continue
			}
			followers++
			reached = append(reached, next)
			require.Greater(t, j, i, "%s never goes back to %s", state, next)
			if state.Moved() {
				require.True(t, next.Moved(), "what is active cannot become %s", next)
			}
			if next == deployments.Cancelled {
				require.Less(t, i, slices.Index(deployments.States, deployments.Moving), "%s is past the point of no return", state)
			}
		}
		require.Equal(t, followers == 0, state.Ended(), "%s", state)
		require.Equal(t, state.CanBecome(deployments.Cancelled), state.Cancellable())
		if !state.Ended() {
			require.True(t, state.CanBecome(deployments.Failed) || state.CanBecome(deployments.Incomplete), "%s can go wrong", state)
		}
	}
	for _, state := range deployments.States {
		require.Contains(t, reached, state)
	}
	require.False(t, deployments.State("other").CanBecome(deployments.Failed))
}
