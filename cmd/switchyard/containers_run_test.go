package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/postgrestest"
)

// beTheBinary makes the test binary the one that it tests.
const beTheBinary = "BE_SWITCHYARD"

func TestMain(m *testing.M) {
	if os.Getenv(beTheBinary) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// containers run the commands of the compose file as processes: volumes are
// folders, and every service is on loopback.
type containers struct {
	compose composeFile
	volumes string
	network *strings.Replacer
	// ControlPlane and Node are the base URLs of the health pages.
	ControlPlane, Node string
}

func setupContainers(t *testing.T) *containers {
	t.Helper()
	c := &containers{compose: readCompose(t), volumes: t.TempDir()}
	controlPlane, controlPlaneOps, nodeOps := freeAddress(t), freeAddress(t), freeAddress(t)
	c.ControlPlane, c.Node = "http://"+controlPlaneOps, "http://"+nodeOps
	database := c.compose.Services["control-plane"].Environment["SWITCHYARD_DATABASE_URL"]
	c.network = strings.NewReplacer(
		database, postgrestest.Empty(t), // of a role with the rights of the one in init.sql
		"0.0.0.0:7400", controlPlane, "control-plane:7400", controlPlane,
		"0.0.0.0:7401", controlPlaneOps,
		"0.0.0.0:7402", nodeOps,
		"temporal:7233", freeAddress(t), // away, which stops provisioning only
	)
	for volume := range c.compose.Volumes {
		require.NoError(t, os.Mkdir(filepath.Join(c.volumes, volume), 0o700))
	}
	return c
}

// command is the one of a service as it runs here.
func (c *containers) command(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	service, ok := c.compose.Services[name]
	require.True(t, ok, "service %s", name)
	var places []string
	for _, mount := range service.mounts() {
		places = append(places, mount.target, filepath.Join(c.volumes, mount.source))
	}
	here := strings.NewReplacer(places...)
	executable, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), executable)
	for _, argument := range service.Command {
		command.Args = append(command.Args, here.Replace(c.network.Replace(argument)))
	}
	command.Env = []string{beTheBinary + "=1"}
	for variable, value := range service.Environment {
		command.Env = append(command.Env, variable+"="+here.Replace(c.network.Replace(value)))
	}
	return command
}

// job runs a service that ends by itself.
func (c *containers) job(t *testing.T, name string) {
	t.Helper()
	output, err := c.command(t, name).CombinedOutput()
	require.NoError(t, err, "%s: %s", name, output)
	for _, file := range []string{"keys/encryption.key", "keys/platform-admin.key"} {
		require.NotContains(t, string(output), c.read(t, file), "a key is printed")
	}
}

// start runs a service until the test ends, and waits until it is ready.
func (c *containers) start(t *testing.T, name, ops string) {
	t.Helper()
	command := c.command(t, name)
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 30 * time.Second
	require.NoError(t, command.Start())
	t.Cleanup(func() { // the test's context has ended by now, and with it the service
		_ = command.Wait() // says no more than that
		require.Zero(t, command.ProcessState.ExitCode(), "%s: %s", name, &log)
	})
	requireReady(t, ops)
}

// read returns what is kept in a volume: "keys/encryption.key".
func (c *containers) read(t *testing.T, place string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.volumes, place))
	require.NoError(t, err)
	return strings.TrimSpace(string(text))
}

// TestContainers runs the commands of the compose file in their order, but for
// the service apply, which needs Temporal.
func TestContainers(t *testing.T) {
	t.Parallel()
	c := setupContainers(t)
	const nodeKey = "node-1/node-1.key"

	c.job(t, "keys")
	c.start(t, "control-plane", c.ControlPlane)
	c.job(t, "node-1-key")
	c.start(t, "node-1", c.Node)
	for _, file := range []string{"keys/encryption.key", "keys/platform-admin.key", nodeKey} {
		info, err := os.Stat(filepath.Join(c.volumes, file))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}

	t.Run("KeepKeysThatAreGood", func(t *testing.T) {
		encryption, node := c.read(t, "keys/encryption.key"), c.read(t, nodeKey)
		c.job(t, "keys")
		c.job(t, "node-1-key")
		require.Equal(t, encryption, c.read(t, "keys/encryption.key"))
		require.Equal(t, node, c.read(t, nodeKey))
	})

	t.Run("ReplaceTheKeyOfANodeThatTheControlPlaneDoesNotKnow", func(t *testing.T) {
		stale := "swk_" + strings.Repeat("0", 32) + "_" + strings.Repeat("0", 64)
		require.NoError(t, os.WriteFile(filepath.Join(c.volumes, nodeKey), []byte(stale), 0o600))
		c.job(t, "node-1-key")
		require.NotEqual(t, stale, c.read(t, nodeKey))
	})
}

func TestKeysWaitForTheControlPlaneNoLongerThanAsked(t *testing.T) {
	t.Parallel()
	c := setupContainers(t)
	c.job(t, "keys")
	command := c.command(t, "node-1-key")
	command.Args = append(command.Args, "--within", "300ms")
	output, err := command.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "make the account of node node-1: ")
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// requireReady waits until a health page says so.
func requireReady(t *testing.T, ops string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.Eventually(t, func() bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, ops+"/readyz", nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond, ops)
}
