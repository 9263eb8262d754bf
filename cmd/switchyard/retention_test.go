package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/server"
)

func TestRetention(t *testing.T) {
	t.Parallel()
	parse := func(arguments ...string) (line commandLine) {
		t.Helper()
		_, err := newParser(&line, os.Stdout, os.Stderr, func(int) {}).Parse(arguments)
		require.NoError(t, err)
		return line
	}
	line := parse("interaction-server", "--launch=launch")
	require.Equal(t, server.Retention{History: 90 * 24 * time.Hour, Patterns: 365 * 24 * time.Hour}, line.InteractionServer.options())
	for _, node := range []string{"up", "node"} {
		arguments := []string{node, "--keep-history=48h", "--keep-patterns=0s"}
		if node == "node" {
			arguments = append(arguments, "--name=node-1", "--key-file=key")
		}
		line := parse(arguments...)
		handed := line.Up.retentionArguments()
		if node == "node" {
			handed = line.Node.retentionArguments()
		}
		line = parse(append([]string{"interaction-server", "--launch=launch"}, handed...)...)
		require.Equal(t, server.Retention{History: 48 * time.Hour}, line.InteractionServer.options())
	}
	for _, wrong := range []string{"--keep-history=23h", "--keep-history=-1h", "--keep-patterns=-1s"} {
		status, _, stderr := invoke(t, "up", wrong)
		require.Equal(t, exitUsage, status, wrong)
		require.Contains(t, stderr, "for ever")
	}
}
