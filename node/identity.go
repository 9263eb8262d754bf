package node

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// identity tells a process from every other, also from a later one with the same
// id and from one of another boot.
type identity struct {
	PID int `json:"pid"`
	// StartTime is field 22 of /proc/<pid>/stat: clock ticks after boot.
	StartTime uint64 `json:"startTime"`
	BootID    string `json:"bootId"`
}

// identify returns the identity of the process with that id; ok is false when
// there is none, or only what is left of it until its parent asks.
func identify(pid int) (id identity, ok bool) {
	stat, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return identity{}, false
	}
	// The second field, the command in parentheses, may itself hold anything.
	_, rest, found := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(") "))
	fields := strings.Fields(string(rest))
	if !found || len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return identity{}, false
	}
	startTime, err := strconv.ParseUint(fields[19], 10, 64)
	if err != nil {
		return identity{}, false
	}
	return identity{PID: pid, StartTime: startTime, BootID: bootID()}, true
}

// runs reports whether the process is still there.
func (id identity) runs() bool {
	now, ok := identify(id.PID)
	return ok && now == id
}

// hasArgument reports whether the last argument of the process is argument.
func (id identity) hasArgument(argument string) bool {
	return lastArgument(id.PID) == argument
}

// findByArgument looks for a process whose last argument is argument. It finds
// the server whose node died between starting it and writing that down.
func findByArgument(argument string) (identity, bool) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return identity{}, false
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || lastArgument(pid) != argument {
			continue
		}
		if id, ok := identify(pid); ok {
			return id, true
		}
	}
	return identity{}, false
}

func lastArgument(pid int) string {
	commandLine, err := os.ReadFile(procPath(pid, "cmdline"))
	if err != nil {
		return ""
	}
	commandLine = bytes.TrimSuffix(commandLine, []byte{0})
	return string(commandLine[bytes.LastIndexByte(commandLine, 0)+1:])
}

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "" // start times still differ
	}
	return strings.TrimSpace(string(id))
}

func procPath(pid int, file string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), file)
}
