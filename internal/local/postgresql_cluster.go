package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/switchyard/switchyard/internal/osprocess"
)

// cluster is a data folder with the binaries and the user that serve it.
type cluster struct {
	data         string
	bin          binaries
	user         *osUser
	passwordFile string
}

// prepare initialises the cluster unless that was done, and returns the
// superuser's password.
func (c cluster) prepare(ctx context.Context) (password string, err error) {
	password, err = keptSecret(c.passwordFile, 0o600, func() (string, error) {
		if _, err := os.Stat(c.data); err == nil {
			return "", fmt.Errorf("the database folder %s has lost its key %s: restore the key, or remove %s to begin anew",
				c.data, c.passwordFile, c.data)
		}
		return rand.Text(), nil
	})
	if err != nil {
		return "", err
	}
	c.removeUnfinished()
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return password, nil
	}
	return password, c.initialise(ctx, password)
}

// unfinishedSuffix marks a folder in which initdb is at work, or was.
const unfinishedSuffix = ".new-"

// removeUnfinished removes what crashes have left. An initdb that outlived its
// starter may still write there; then the next start removes the rest.
func (c cluster) removeUnfinished() {
	left, _ := filepath.Glob(c.data + unfinishedSuffix + "*") // fails for bad patterns only
	for _, path := range left {
		_ = os.RemoveAll(path)
	}
}

// walSegment is the size of a file of the write-ahead log, in MiB. A new one is
// filled with zeros while all commits wait for it, until there are enough old ones to
// be used again. Of 600 commits of 8 KB a second in a new cluster, one in a thousand
// took 9 to 20 ms or more with the 16 MiB that are usual, and 7 to 13 ms with one.
const walSegment = "1"

// initialise runs initdb in a folder of another name, so that a crash never
// leaves half a cluster, and never of the same name, so that two never meet.
func (c cluster) initialise(ctx context.Context, password string) error {
	unfinished, err := os.MkdirTemp(filepath.Dir(c.data), filepath.Base(c.data)+unfinishedSuffix)
	if err != nil {
		return fmt.Errorf("make database folder: %w", err)
	}
	if err := c.user.own(unfinished); err != nil {
		return fmt.Errorf("give the database folder to user %s: %w", c.user.name, err)
	}
	passwordFile := unfinished + ".password"
	defer os.Remove(passwordFile)
	if err := errors.Join(os.WriteFile(passwordFile, []byte(password+"\n"), 0o600), c.user.own(passwordFile)); err != nil {
		return fmt.Errorf("write the superuser's password: %w", err)
	}
	cmd := exec.CommandContext(ctx, c.bin.initdb(), "--pgdata="+unfinished, "--username="+superuser,
		"--auth=scram-sha-256", "--pwfile="+passwordFile, "--encoding=UTF8", "--locale=C", "--no-instructions", "--wal-segsize="+walSegment)
	cmd.Dir = filepath.Dir(c.data)
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.user.credential()}
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("initialise database folder: %w:\n%s", err, strings.TrimSpace(printed.String()))
	}
	if err := os.Rename(unfinished, c.data); err != nil {
		return fmt.Errorf("put database folder in place: %w", err)
	}
	return nil
}

// arguments are the server's settings; they are not in a file, so that a cluster
// of an older Switchyard gets the present ones.
func (c cluster) arguments(port, maxConnections int) []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=",
		"max_connections=" + strconv.Itoa(maxConnections),
		"shared_buffers=128MB",
		"max_wal_size=1GB",
		"min_wal_size=80MB", // would be five pieces, see walSegment
		// Tables that work like queues fill with dead rows quickly.
		"autovacuum_naptime=10s",
		// A statement that fails may hold a password: keep it out of the log.
		"log_min_error_statement=panic",
		"timezone=UTC",
		"log_timezone=UTC",
	}
	args := []string{"-D", c.data}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}

// lockFile is where a server writes its process number.
func (c cluster) lockFile() string { return filepath.Join(c.data, "postmaster.pid") }

// server returns the server that runs on the data folder, whoever started it.
func (c cluster) server() (osprocess.Identity, bool) {
	text, err := os.ReadFile(c.lockFile())
	if err != nil {
		return osprocess.Identity{}, false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return osprocess.Identity{}, false
	}
	id, err := osprocess.Identify(pid)
	if err != nil {
		return osprocess.Identity{}, false
	}
	// A server works in its data folder.
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return id, err == nil && strings.TrimSuffix(cwd, " (deleted)") == c.data
}

// endForgottenServer ends a server on the data folder that no process file names.
func (c cluster) endForgottenServer(ctx context.Context) error {
	id, running := c.server()
	if !running {
		return nil
	}
	if err := id.End(ctx, syscall.SIGINT, time.Minute); err != nil {
		return fmt.Errorf("end PostgreSQL, process %d, that runs on %s: %w", id.PID, c.data, err)
	}
	return nil
}

// removeStaleLock removes the lock file of a server that was killed. PostgreSQL
// would do so itself, unless the number in it belongs to another process by now.
func (c cluster) removeStaleLock() error {
	if _, running := c.server(); running {
		return nil // PostgreSQL says what is wrong better than this could
	}
	if err := os.Remove(c.lockFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove stale lock: %w", err)
	}
	return nil
}
