package main

import (
	"bufio"
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

// benchIdleServer weighs a server that serves and has nothing to do.
func benchIdleServer(ctx context.Context, e *environment) (result, error) {
	if err := pause(ctx, idleFor); err != nil {
		return result{}, err
	}
	resident, err := residentMiB(e.server.Status.PID)
	return newResult("idleServer", "MiB resident", resident, "aim", idleAim), err
}

// residentMiB reads a process's resident memory.
func residentMiB(pid int) (float64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if kib, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(kib), " kB"), 64)
			return n / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS for process %d: %w", pid, lines.Err())
}
