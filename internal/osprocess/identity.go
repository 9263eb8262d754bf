package osprocess

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// ErrGone says that the process has ended.
var ErrGone = errors.New("the process has ended")

// Identity names a process for all time: its number may be reused, also after a
// reboot, the three together not.
type Identity struct {
	PID       int    `json:"pid"`
	StartTime uint64 `json:"startTime"` // clock ticks since boot, proc(5)
	BootID    string `json:"bootId"`
}

// Identify returns the identity of the running process pid, or ErrGone.
func Identify(pid int) (Identity, error) {
	boot, err := bootID()
	if err != nil {
		return Identity{}, err
	}
	started, err := startTime(pid)
	if err != nil {
		return Identity{}, err
	}
	return Identity{PID: pid, StartTime: started, BootID: boot}, nil
}

// Alive reports whether the process still runs.
func (i Identity) Alive() bool {
	if i.PID <= 0 {
		return false
	}
	now, err := Identify(i.PID)
	return err == nil && now == i
}

var bootID = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot's id: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
})

// startTime returns field 22 of /proc/<pid>/stat. A zombie counts as ended: it
// only waits for its parent to notice.
func startTime(pid int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ErrGone
	}
	// The second field is the command in parentheses and may hold anything; the
	// third is the state.
	_, rest, ok := cutLast(stat, ")")
	fields := strings.Fields(string(rest))
	if !ok || len(fields) < 20 {
		return 0, fmt.Errorf("unexpected content of /proc/%d/stat", pid)
	}
	if state := fields[0]; state == "Z" || state == "X" {
		return 0, ErrGone
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

func cutLast(text []byte, separator string) (before, after []byte, found bool) {
	at := bytes.LastIndex(text, []byte(separator))
	if at < 0 {
		return text, nil, false
	}
	return text[:at], text[at+len(separator):], true
}
