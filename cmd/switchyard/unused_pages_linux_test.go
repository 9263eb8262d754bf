package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Not parallel: the pages that other tests need come back meanwhile.
func TestUnusedPagesAreReleased(t *testing.T) {
	mappings, err := sharedMappings()
	require.NoError(t, err)
	require.NotEmpty(t, mappings, "code and tables of the executable")
	for _, m := range mappings {
		require.False(t, m.writable)
		_, _, failed := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_POPULATE_READ)
		if failed == unix.EINVAL {
			t.Skip("this kernel does not read pages in advance")
		}
		require.Zero(t, failed)
	}
	before := residentFileKiB(t)
	require.NoError(t, releaseUnusedPages())
	require.Less(t, residentFileKiB(t), before/2)
}

// residentFileKiB reads how much of the process's memory is a file's.
func residentFileKiB(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "RssFile:"); found {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(size), " kB"))
			require.NoError(t, err)
			return n
		}
	}
	require.Fail(t, "RssFile is expected", "%s", status)
	return 0
}

func TestMappingIsParsed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, give string
		want       mapping
		ok         bool
	}{
		{"Code", "00400000-0157e000 r-xp 00000000 fe:01 1234                       /usr/bin/switchyard",
			mapping{from: 0x400000, to: 0x157e000, path: "/usr/bin/switchyard"}, true},
		{"PathWithSpaces", "00400000-0157e000 rw-p 00000000 fe:01 1234                       /srv/a b/switchyard",
			mapping{from: 0x400000, to: 0x157e000, writable: true, path: "/srv/a b/switchyard"}, true},
		{"ReplacedFile", "00400000-0157e000 r--p 00000000 fe:01 1234                       /usr/bin/switchyard (deleted)",
			mapping{from: 0x400000, to: 0x157e000, path: "/usr/bin/switchyard"}, true},
		{"NoFile", "7f01b9410000-7f01b9a00000 rw-p 00000000 00:00 0 ",
			mapping{from: 0x7f01b9410000, to: 0x7f01b9a00000, writable: true}, true},
		{"Field", "Anonymous:             0 kB", mapping{}, false},
		{"Flags", "VmFlags: rd ex mr mw me", mapping{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := parseMapping(test.give)
			require.Equal(t, test.ok, ok)
			require.Equal(t, test.want, got)
		})
	}
}
