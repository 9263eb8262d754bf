package local

import (
	"archive/zip"
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository serves the archive testdata/binaries.txz, with scripts in place of
// programs, as every version.
func repository(t *testing.T) string {
	t.Helper()
	archive, err := os.ReadFile("testdata/binaries.txz")
	require.NoError(t, err)
	var jar bytes.Buffer
	w := zip.NewWriter(&jar)
	entry, err := w.Create("postgres.txz")
	require.NoError(t, err)
	_, err = entry.Write(archive)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".jar") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(jar.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestDownloadBinaries(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	home := t.TempDir()
	o := PostgreSQLOptions{Repository: repository(t), Log: slog.New(slog.DiscardHandler)}

	b, err := downloadBinaries(t.Context(), o, home, "")
	require.NoError(t, err)
	require.Equal(t, "17", b.version)
	require.FileExists(t, b.initdb())

	t.Run("TakesThoseOfTheLastTime", func(t *testing.T) {
		o.Repository = "http://127.0.0.1:1"
		again, err := downloadBinaries(t.Context(), o, home, "17")
		require.NoError(t, err)
		require.Equal(t, b, again)
	})

	t.Run("SaysWhatFailed", func(t *testing.T) {
		o.Repository = "http://127.0.0.1:1"
		_, err := downloadBinaries(t.Context(), o, t.TempDir(), "16")
		require.ErrorContains(t, err, "download of PostgreSQL 16.9.0")
	})

	t.Run("KnowsNoSuchVersion", func(t *testing.T) {
		_, err := downloadBinaries(t.Context(), o, home, "9.6")
		require.ErrorContains(t, err, "version 9.6 cannot be downloaded")
	})
}
