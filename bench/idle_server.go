package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// idleFor is how long the server has nothing to do before it is weighed.
	idleFor = 10 * time.Second
	// idleAim is the aim in MiB, for want of a limit from below.
	idleAim = 30
)

// benchIdleServer weighs a server that serves and has nothing to do. Beside it is
// what is the server's own: servers of a host share the pages of the executable.
func benchIdleServer(ctx context.Context, e *environment) (result, error) {
	if err := pause(ctx, idleFor); err != nil {
		return result{}, err
	}
	resident, own, err := residentMiB(e.server.Status.PID)
	r := newResult("idleServer", "MiB resident", resident, "aim", idleAim)
	r.Beside = map[string]float64{"own": rounded(own)}
	return r, err
}

// residentMiB reads a process's resident memory, and what of it is no file's.
func residentMiB(pid int) (resident, own float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if name != "VmRSS" && name != "RssAnon" {
			continue
		}
		kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		if err != nil {
			return 0, 0, fmt.Errorf("%s of process %d: %w", name, pid, err)
		}
		if name == "VmRSS" {
			resident = kib / 1024
		} else {
			own = kib / 1024
		}
	}
	return resident, own, nil
}
