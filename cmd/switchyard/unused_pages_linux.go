package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseUnusedPages gives back the pages of the executable: those that are needed
// again come back from the page cache, with some beside each.
func releaseUnusedPages() error {
	mappings, err := sharedMappings()
	if err != nil {
		return err
	}
	for _, m := range mappings {
		if _, _, failed := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); failed != 0 {
			return fmt.Errorf("release pages of %s: %w", m.path, failed)
		}
	}
	return nil
}

// sharedMappings are those of the executable that any process which runs it could
// share. It skips a mapping of which this process has pages of its own, such as
// those that a dynamic loader wrote: they would be lost.
func sharedMappings() ([]mapping, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var shared []mapping
	var present mapping
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		if next, ok := parseMapping(line); ok {
			present = next
			continue
		}
		own, found := strings.CutPrefix(line, "Anonymous:")
		if found && strings.TrimSpace(own) == "0 kB" && !present.writable && present.path == executable {
			shared = append(shared, present)
		}
	}
	return shared, lines.Err()
}

// mapping is one range of the process's memory.
type mapping struct {
	from, to uintptr
	writable bool
	path     string
}

// parseMapping reads the first line of an entry of smaps:
// "00400000-0157e000 r-xp 00000000 fe:01 1234    /usr/bin/switchyard".
func parseMapping(line string) (m mapping, ok bool) {
	var permissions, offset, device, inode string
	if n, _ := fmt.Sscanf(line, "%x-%x %4s %s %s %s", &m.from, &m.to, &permissions, &offset, &device, &inode); n != 6 {
		return mapping{}, false
	}
	m.writable = strings.Contains(permissions, "w")
	if at := strings.IndexByte(line, '/'); at >= 0 {
		// Of a file that was replaced since, as os.Executable names it too.
		m.path = strings.TrimSuffix(line[at:], " (deleted)")
	}
	return m, true
}
