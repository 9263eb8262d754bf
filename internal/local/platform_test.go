package local_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/temporaltest"
)

// switchyard builds the command and returns its path.
func switchyard(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "switchyard")
	printed, err := exec.Command("go", "build", "-o", path, "../../cmd/switchyard").CombinedOutput()
	require.NoError(t, err, string(printed))
	return path
}

// freePorts are not the default ones, for which other tests may compete.
func freePorts(t *testing.T) local.Ports {
	t.Helper()
	var ports local.Ports
	for _, port := range []*int{&ports.ControlPlane, &ports.ControlPlaneOps, &ports.NodeOps, &ports.PostgreSQL, &ports.Temporal, &ports.TemporalUI} {
		free, err := local.FreePort(0)
		require.NoError(t, err)
		*port = free
	}
	return ports
}

func startPlatform(t *testing.T, o local.Options) *local.Platform {
	t.Helper()
	p, err := local.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { p.Stop(context.Background()) })
	return p
}

// answers fails unless the control plane answers its administrator.
func answers(t *testing.T, p *local.Platform) {
	t.Helper()
	nodes, err := client.New(p.URL, client.Options{Credential: p.AdminKey}).Nodes(t.Context())
	require.NoError(t, err)
	require.Len(t, nodes, 1)
}

func TestPlatform(t *testing.T) {
	t.Setenv("SWITCHYARD_TEMPORAL_BINARY", temporalBinary())
	dir := t.TempDir() // 0700, for PostgreSQL's user to pass through all the same
	o := local.Options{Dir: filepath.Join(dir, "state"), Executable: switchyard(t), Ports: freePorts(t)}
	p := startPlatform(t, o)
	answers(t, p)

	t.Run("KeepsItsKeysToItself", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(p.Dir, "keys", "*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
		}
		database, err := url.Parse(p.DatabaseURL)
		require.NoError(t, err)
		password, _ := database.User.Password()
		for _, process := range []*local.Process{p.ControlPlane, p.Node, p.PostgreSQL.Process} {
			arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", process.PID()))
			require.NoError(t, err)
			require.NotContains(t, string(arguments), p.AdminKey)
			require.NotContains(t, string(arguments), password)
		}
	})

	t.Run("IsAloneOnItsFolder", func(t *testing.T) {
		_, err := local.Start(t.Context(), o)
		require.ErrorContains(t, err, "is in use by another switchyard, process ")
		answers(t, p)
	})

	t.Run("ComesBackWithItsKeysAndPorts", func(t *testing.T) {
		p.Stop(t.Context())
		_, err := http.Get(p.URL)
		require.Error(t, err)

		again := startPlatform(t, local.Options{Dir: p.Dir, Executable: o.Executable})
		require.Equal(t, p.URL, again.URL)
		require.Equal(t, p.AdminKey, again.AdminKey)
		answers(t, again)

		require.NoError(t, again.Remove(t.Context()))
		require.NoDirExists(t, again.Dir)
	})
}

func TestPlatformSaysWhatItsPartPrintedWhenItDoesNotStart(t *testing.T) {
	t.Parallel()
	// An executable that is no switchyard.
	broken := filepath.Join(t.TempDir(), "switchyard")
	require.NoError(t, os.WriteFile(broken, []byte("#!/bin/sh\necho \"no such sub-command: $1\"\nexit 2\n"), 0o755))
	progress := new(strings.Builder)
	_, err := local.Start(t.Context(), local.Options{
		Dir: t.TempDir(), Executable: broken, Ports: freePorts(t), Progress: progress,
		DatabaseURL: postgrestest.New(t, migration.Control), TemporalAddress: temporaltest.Address(t),
	})
	require.ErrorContains(t, err, "control-plane does not start")
	require.ErrorContains(t, err, "no such sub-command: control-plane")
}
