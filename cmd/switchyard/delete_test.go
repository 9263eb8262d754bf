package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

func TestDeleteServer(t *testing.T) {
	const path = "/v1/tenants/harborbank/solutions/cards/server-groups/production/servers/cards-2"
	var deleted string
	controlPlane := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "GET " + path:
			_ = json.NewEncoder(w).Encode(client.Server{Name: "cards-2", Node: "node-2", Version: 7})
		case "DELETE " + path:
			deleted = r.Header.Get("If-Match")
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"type":"https://switchyard.dev/problems/not-found","status":404,"detail":"there is no such server"}`))
		}
	}))
	t.Cleanup(controlPlane.Close)
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("swk_"+strings.Repeat("0", 32)+"_"+strings.Repeat("0", 64)), 0o600))
	remove := func(server string) (int, string, string) {
		return invoke(t, "delete", "server", server, "--control-plane", controlPlane.URL, "--key-file", key)
	}

	status, stdout, stderr := remove("harborbank/cards/production/cards-2")
	require.Zero(t, status, stderr)
	require.Equal(t, "deleted    harborbank/solutions/cards/server-groups/production/servers/cards-2; node-2 stops it\n", stdout)
	require.Equal(t, `"7"`, deleted)

	status, _, stderr = remove("harborbank/cards/production/cards-3")
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "there is no such server")
	status, _, stderr = remove("cards/cards-2")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "expected tenant/solution/group/server")
}

func TestApplyRefusesANamedPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "tenant.yaml")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	status, _, stderr := invoke(t, "apply", "-f", pipe)
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "is a named pipe; a regular file is expected, or - for standard input")
}

func TestAllowOutgoing(t *testing.T) {
	t.Setenv("SWITCHYARD_ALLOW_OUTGOING", "10.1.0.0/16,fd00::/8")
	want := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}
	var line commandLine
	_, err := newParser(&line, os.Stdout, os.Stderr, func(int) {}).Parse([]string{"up"})
	require.NoError(t, err)
	require.Equal(t, want, line.Up.AllowOutgoing)
	_, err = newParser(&line, os.Stdout, os.Stderr, func(int) {}).Parse([]string{"node", "--name=node-1", "--key-file=key"})
	require.NoError(t, err)
	require.Equal(t, want, line.Node.AllowOutgoing)
	status, _, stderr := invoke(t, "up", "--allow-outgoing=everywhere")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "--allow-outgoing")
}
