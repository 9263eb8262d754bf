package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := defaultBackoff
	var waits []time.Duration
	for range 10 {
		waits = append(waits, b.after(time.Second))
	}
	require.Equal(t, []time.Duration{
		200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond, 3200 * time.Millisecond,
		6400 * time.Millisecond, 12800 * time.Millisecond, 25600 * time.Millisecond, 30 * time.Second, 30 * time.Second,
	}, waits)
	require.Equal(t, 200*time.Millisecond, b.after(time.Minute), "after a healthy minute")
	require.Equal(t, 400*time.Millisecond, b.after(0))
}

func TestRotateLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "server.log")
	log, err := folder(filepath.Dir(path)).openLog()
	require.NoError(t, err)
	defer log.Close()
	for _, line := range []string{"one", "two", "three", "four", "five"} {
		_, err := log.WriteString(line)
		require.NoError(t, err)
		require.NoError(t, rotateLog(path, 2))
	}
	for file, want := range map[string]string{path: "", path + ".1": "five", path + ".2": "four", path + ".3": "three"} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
	}
	require.NoFileExists(t, path+".4")
	require.NoError(t, rotateLog(path, 2), "nothing to do")
}

func TestLastWords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "server.log")
	require.NoError(t, os.WriteFile(path, []byte("before\n"+strings.Repeat("x", 5000)+"\nfatal: no\n\n"), 0o600))
	require.Equal(t, "fatal: no", lastWords(path, 0))
	require.Empty(t, lastWords(path, 1<<20), "the log was emptied since")
	require.Empty(t, lastWords(path+".missing", 0))
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	self, ok := identify(os.Getpid())
	require.True(t, ok)
	require.NotZero(t, self.StartTime)
	require.True(t, self.runs())
	successor := self
	successor.StartTime++
	require.False(t, successor.runs())
	rebooted := self
	rebooted.BootID = "another"
	require.False(t, rebooted.runs())
	_, ok = identify(1 << 30)
	require.False(t, ok)
}
