package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSessionStore(t *testing.T) {
	t.Setenv("SWITCHYARD_SESSION_STORE", "redis://switchyard@cache:6379/2")
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("a:b@c\n"), 0o600))
	password := "--session-store-password-file=" + file
	var line commandLine
	parse := func(arguments ...string) {
		t.Helper()
		_, err := newParser(&line, os.Stdout, os.Stderr, func(int) {}).Parse(arguments)
		require.NoError(t, err)
	}
	parse("up", password)
	require.Equal(t, sessionStore{"redis://switchyard@cache:6379/2", file}, line.Up.sessionStore)
	parse("node", "--name=node-1", "--key-file=key", password)
	require.Equal(t, sessionStore{"redis://switchyard@cache:6379/2", file}, line.Node.sessionStore)
	parse("interaction-server", "--launch=launch", password)
	opened, err := line.InteractionServer.open()
	require.NoError(t, err)
	require.Equal(t, "redis://switchyard:a%3Ab%40c@cache:6379/2", opened)

	for _, url := range []string{"cache:6379", "http://cache", "redis://user:secret@cache:6379"} {
		status, _, stderr := invoke(t, "up", "--session-store="+url)
		require.Equal(t, exitUsage, status, url)
		require.Contains(t, stderr, "--session-store")
		require.NotContains(t, stderr, "secret")
	}
}
