package temporalclient_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

func TestStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		starts := temporalclient.Starts[string]{}
		calls := 0
		once := func(id string, err error) error {
			return starts.Once(id, func() error { calls++; return err })
		}
		away := errors.New("Temporal is away")
		require.ErrorIs(t, once("a", away), away)
		require.NoError(t, once("a", nil))
		require.Equal(t, 2, calls, "a start that failed is repeated at once")
		require.NoError(t, once("a", nil))
		require.NoError(t, once("b", nil))
		require.Equal(t, 3, calls, "a was started just now")
		require.True(t, sleep.For(t.Context(), temporalclient.StartAgainAfter))
		require.NoError(t, once("a", nil))
		require.Equal(t, 4, calls)
		require.Len(t, starts, 1, "what was asked for long ago is forgotten")
	})
}
