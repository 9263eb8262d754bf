package local_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/switchyard/switchyard/internal/local"
)

func startTemporal(t *testing.T, o local.TemporalOptions) *local.Temporal {
	t.Helper()
	o.Binary = temporalBinary()
	s, err := local.StartTemporal(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s
}

func namespaces(t *testing.T, s *local.Temporal) workflowservice.WorkflowServiceClient {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: s.Address})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c.WorkflowService()
}

func TestTemporal(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	dir, busy := t.TempDir(), taken.Addr().(*net.TCPAddr).Port

	s := startTemporal(t, local.TemporalOptions{Dir: dir, Port: busy})
	require.NotEqual(t, busy, s.Port)
	_, err = namespaces(t, s).RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: "kept", WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)

	t.Run("KeepsItsNamespacesAndPortsWhenItsParentWasKilled", func(t *testing.T) {
		s.Stop(t.Context())
		left := killedPredecessor(t, "temporal", dir)
		again := startTemporal(t, local.TemporalOptions{Dir: dir, Port: left.Port, UIPort: left.UIPort})
		require.False(t, left.Alive())
		require.Equal(t, left.Port, again.Port)
		require.Equal(t, left.UIPort, again.UIPort)
		_, err := namespaces(t, again).RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
			Namespace: "kept", WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
		})
		var exists *serviceerror.NamespaceAlreadyExists
		require.ErrorAs(t, err, &exists)
	})
}

func TestTemporalSaysHowToGetItsBinary(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("SWITCHYARD_TEMPORAL_BINARY", "")
	_, err := local.StartTemporal(t.Context(), local.TemporalOptions{Dir: t.TempDir()})
	require.ErrorContains(t, err, "./task tools")

	missing := filepath.Join(t.TempDir(), "temporal")
	_, err = local.StartTemporal(t.Context(), local.TemporalOptions{Dir: t.TempDir(), Binary: missing})
	require.ErrorContains(t, err, missing+" cannot be run")
}
