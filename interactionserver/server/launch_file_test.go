package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/interactionserver/configuration"
)

func TestLoadLaunch(t *testing.T) {
	t.Parallel()
	right := configuration.Launch{
		Server: newRef("cards-1"), Tenant: newRef("harborbank"), Solution: newRef("cards"), Group: newRef("production"),
		DatabaseURL:  "postgres://app:secret-password@127.0.0.1:5432/sw_1",
		ControlPlane: "http://127.0.0.1:7400", APIKey: "swk_secret-key",
		TemporalAddress: "127.0.0.1:7233", TemporalNamespace: "tenant-harborbank",
		Listen: "127.0.0.1:20000", MetricsListen: "127.0.0.1:20001",
	}
	text, err := yaml.Marshal(right)
	require.NoError(t, err)
	load := func(t *testing.T, text string) (configuration.Launch, error) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "launch.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return LoadLaunch(file)
	}

	t.Run("ReadsWhatANodeWrote", func(t *testing.T) {
		t.Parallel()
		got, err := load(t, string(text))
		require.NoError(t, err)
		require.Equal(t, right, got)
	})

	tests := []struct{ name, give, want string }{
		{"AnUnknownField", string(text) + "colour: red\n", "unknown fields"},
		{"NoYAML", "{", "not the YAML"},
		{"NothingInIt", "", "not the YAML"},
		{"AMissingKey", strings.Replace(string(text), "apiKey: swk_secret-key", "apiKey: \"\"", 1), "apiKey: missing"},
		{"AnAddressWithoutPort", strings.Replace(string(text), "listen: 127.0.0.1:20000", "listen: 127.0.0.1", 1), "listen: expected host:port"},
		{"AServerWithoutID", strings.Replace(string(text), right.Server.ID, "7", 1), "server: expected an id"},
		{"ADatabaseThatIsNoURL", strings.Replace(string(text), "postgres://", "", 1), "databaseUrl: expected a URL"},
	}
	for _, test := range tests {
		t.Run("Refuses"+test.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, test.give)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "secret", "secrets are not quoted")
		})
	}
}
