package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

// invoke runs a command line and returns what it printed.
func invoke(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	status = run(args, &out, &problems)
	return status, out.String(), problems.String()
}

func config(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "switchyard.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestVersionSaysWhatSchemaIsNeeded(t *testing.T) {
	status, stdout, _ := invoke(t, "version")
	require.Zero(t, status)
	require.Regexp(t, `^switchyard .*schema control \d+, solution \d+`, stdout)
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		name string
		give []string
		want string
	}{
		{name: "NoSubCommand", want: "expected one of"},
		{name: "UnknownFlag", give: []string{"migrate", "--nonsense"}, want: "unknown flag --nonsense"},
		{name: "MissingFlag", give: []string{"migrate"}, want: "missing flags: --database-url=URL"},
		{name: "WrongValue", give: []string{"migrate", "--database-url=x", "--line=third"}, want: "--line must be one of"},
		{name: "NoSuchFile", give: []string{"migrate", "--config=/nowhere.yaml"}, want: "configuration file /nowhere.yaml: no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, _, stderr := invoke(t, test.give...)
			require.Equal(t, exitUsage, status)
			require.Contains(t, stderr, test.want)
		})
	}
}

func TestConfigurationFile(t *testing.T) {
	databaseURL := postgrestest.New(t, migration.Solution)

	t.Run("GivesFlags", func(t *testing.T) {
		status, stdout, stderr := invoke(t, "migrate", "--config", config(t, "database-url: "+databaseURL+"\nline: solution\n"))
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "solution database is at version")
	})

	t.Run("GivesWayToTheEnvironmentAndThatToTheCommandLine", func(t *testing.T) {
		path := config(t, "database-url: postgres://nobody@127.0.0.1:1/file\nline: solution\n")
		t.Setenv("SWITCHYARD_CONFIG", path)
		t.Setenv("SWITCHYARD_DATABASE_URL", "postgres://nobody@127.0.0.1:1/environment")
		status, _, stderr := invoke(t, "migrate")
		require.Equal(t, exitFailed, status)
		require.Contains(t, stderr, "127.0.0.1:1/environment")

		status, _, stderr = invoke(t, "migrate", "--database-url", databaseURL)
		require.Zero(t, status, stderr)
	})

	t.Run("RefusesAKeyThatTheSubCommandDoesNotHave", func(t *testing.T) {
		status, _, stderr := invoke(t, "migrate", "--config", config(t, "line: solution\nport: 1\n"))
		require.Equal(t, exitUsage, status)
		require.Contains(t, stderr, `line 2: unknown key "port"`)
	})

	t.Run("RefusesWhatIsNoMapping", func(t *testing.T) {
		status, _, stderr := invoke(t, "migrate", "--config", config(t, "- line\n"))
		require.Equal(t, exitUsage, status)
		require.Contains(t, stderr, "expected a mapping of flags to values")
	})
}

func TestMigrateCheckSaysWhatToDo(t *testing.T) {
	status, _, stderr := invoke(t, "migrate", "--check", "--database-url", postgrestest.Empty(t))
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "run `switchyard migrate`")
}
