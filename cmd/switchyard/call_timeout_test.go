package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryCommandGivesUpAControlPlaneThatDoesNotAnswer holds that whoever waits in
// front of a terminal is told who did not answer, and in what time.
func TestEveryCommandGivesUpAControlPlaneThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	frozen := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	t.Cleanup(frozen.Close)
	t.Cleanup(func() { close(over) })
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("a key\n"), 0o600))
	csv := written(t, "customerId\n7\n")
	inGroup := []string{"--group", "bank/cards/staging", "--level", "individual"}
	deployment := []string{"bank/web", "--group", "staging", "--name", "x"}
	commands := map[string][]string{
		"apply": {"-f", "../../examples/harborbank"}, "diff": {"-f", "../../examples/harborbank"}, "export": {"bank"},
		"delete server": {"bank/cards/production/cards-1"},
		"mark":          {"bank/web/strategies/x"}, "unmark": {"bank/web/strategies/x"},
		"pending": {"bank/web", "--group", "staging"}, "versions": {"bank/web"},
		"deploy": deployment, "rollback": append([]string{"--to", "1"}, deployment...), "undeploy": deployment, "redeploy": {"bank", "--name", "x"},
		"test-run":      {"bank/web", "--group", "staging", "--strategy", "x", "--profiles", csv},
		"profiles load": append([]string{csv}, inGroup...), "profiles show": append([]string{"7"}, inGroup...), "profiles forget": append([]string{"7"}, inGroup...),
	}
	for _, leaf := range newParser(&commandLine{}, io.Discard, io.Discard, func(int) {}).Model.Leaves(false) {
		calls := false
		for _, flag := range leaf.Flags {
			calls = calls || flag.Name == "call-timeout"
		}
		if !calls {
			continue
		}
		name := strings.TrimPrefix(leaf.FullPath(), "switchyard ")
		args, known := commands[name]
		require.True(t, known, "the test has no arguments for %q", name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, problems strings.Builder
			args := append(strings.Fields(name), args...)
			exit := run(append(args, "--control-plane", frozen.URL, "--key-file", key, "--call-timeout", "100ms"), &out, &problems)
			require.Equal(t, exitFailed, exit)
			require.Regexp(t, frozen.URL+` did not answer within \d[\d.]*m?s`, problems.String())
		})
	}
}
