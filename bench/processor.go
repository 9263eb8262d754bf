package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// ticksPerSecond is that of /proc on Linux for user programs.
const ticksPerSecond = 100

// processorTime is what the parts of a measurement have used, in seconds.
type processorTime struct{ server, postgresql, callers float64 }

// processorSeconds reads what the solution's server, PostgreSQL and this process
// have used so far.
func (e *environment) processorSeconds() (t processorTime) {
	t.server = secondsOf(e.server.Status.PID)
	var own syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &own) == nil {
		t.callers = time.Duration(own.Utime.Nano() + own.Stime.Nano()).Seconds()
	}
	if e.platform.PostgreSQL == nil {
		return t
	}
	postmaster := e.platform.PostgreSQL.PID()
	t.postgresql = secondsOf(postmaster)
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && parentOf(pid) == postmaster {
			t.postgresql += secondsOf(pid)
		}
	}
	return t
}

func (t processorTime) since(before processorTime, calls float64) string {
	each := func(now, then float64) float64 { return (now - then) / calls * 1e6 }
	return fmt.Sprintf("server %.0f µs, PostgreSQL %.0f µs, callers %.0f µs", each(t.server, before.server),
		each(t.postgresql, before.postgresql), each(t.callers, before.callers))
}

// statusOf are the fields of a process after its name, from the state on; none
// where there is no such process.
func statusOf(pid int) [][]byte {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
}

func parentOf(pid int) int {
	fields := statusOf(pid)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// secondsOf is the time of a process and of its children that have ended.
func secondsOf(pid int) (sum float64) {
	fields := statusOf(pid)
	if len(fields) < 15 {
		return 0
	}
	for _, field := range fields[11:15] {
		ticks, _ := strconv.ParseFloat(string(field), 64)
		sum += ticks / ticksPerSecond
	}
	return sum
}
