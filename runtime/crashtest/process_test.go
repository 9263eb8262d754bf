package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/local"
)

const (
	patience = 2 * time.Minute // with whatever a test waits for
	look     = 30 * time.Millisecond

	// allVariable makes many rounds run instead of a few, seedVariable repeats what
	// a failed test has done.
	allVariable  = "SWITCHYARD_CRASH_TESTS"
	seedVariable = "SWITCHYARD_CRASH_SEED"
)

func wantAll() bool { return os.Getenv(allVariable) == "all" }

// rounds is how many of them run.
func rounds(few, all int) int {
	if wantAll() {
		return all
	}
	return few
}

// seeded is the chance of a test.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, seedVariable)
	}
	t.Logf("%s=%d", seedVariable, seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// seededBy is the chance of one of several, which do not share it.
func seededBy(r *rand.Rand, n int) *rand.Rand { return rand.New(rand.NewPCG(r.Uint64(), uint64(n))) }

// between is a random time.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// pause waits for a random time; that is when something is killed.
func pause(r *rand.Rand, least, most time.Duration) { <-time.After(between(r, least, most)) }

// start starts this binary again in a role.
func start(t *testing.T, dir, name string, r role) *local.Process {
	t.Helper()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	file := filepath.Join(dir, name+".json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	process := local.NewProcess(local.ProcessOptions{
		Name: name, Path: os.Args[0], Env: append(os.Environ(), roleVariable+"="+file), Grace: 5 * time.Second,
		LogFile: filepath.Join(dir, name+".log"), PIDFile: filepath.Join(dir, name+".pid"),
	})
	require.NoError(t, process.Start(context.Background()))
	t.Cleanup(func() {
		process.Stop(context.Background())
		inspect(t, process)
	})
	return process
}

// inspect fails the test where a process had a data race or panicked, and shows the
// end of its log when the test has failed.
func inspect(t *testing.T, p *local.Process) {
	t.Helper()
	text, err := os.ReadFile(p.LogFile())
	require.NoError(t, err)
	for _, bad := range []string{"WARNING: DATA RACE", "panic:", "fatal error:"} {
		if at := bytes.Index(text, []byte(bad)); at >= 0 {
			t.Errorf("%s: %s", filepath.Base(p.LogFile()), text[at:min(len(text), at+4000)])
		}
	}
	if t.Failed() {
		lines := strings.Split(string(text), "\n")
		t.Logf("%s:\n%s", filepath.Base(p.LogFile()), strings.Join(lines[max(0, len(lines)-30):], "\n"))
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline, ticker := time.After(patience), time.NewTicker(look)
	defer ticker.Stop()
	for !met() {
		select {
		case <-deadline:
			require.Fail(t, "not in time: "+what)
		case <-ticker.C:
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func freePort(t *testing.T) int {
	t.Helper()
	address, err := net.ResolveTCPAddr("tcp", freeAddress(t))
	require.NoError(t, err)
	return address.Port
}
