package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/switchyard/switchyard/internal/osprocess"
)

// maxLog is the size in bytes at which a log is put aside when its child starts.
const maxLog = 64 << 20

// child is one life of a Process.
type child struct {
	cmd     *exec.Cmd
	pidFile string
	started time.Time
	ended   chan struct{} // closed when it has ended and was reaped
}

// spawn starts a child in a session of its own and records who it is.
func spawn(o ProcessOptions) (*child, error) {
	if o.Prepare != nil {
		if err := o.Prepare(); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", o.Name, err)
		}
	}
	log, err := openLog(o.LogFile)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor

	cmd := exec.Command(o.Path, o.Args...) //nolint:noctx // it outlives every context of its starter
	cmd.Env, cmd.Dir = o.Env, o.Dir
	if cmd.Env == nil {
		cmd.Env = environment()
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: o.Credential}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Name, err)
	}
	c := &child{cmd: cmd, pidFile: o.PIDFile, started: time.Now(), ended: make(chan struct{})}
	recorded := record(o.PIDFile, cmd.Process.Pid)
	go func() {
		defer close(c.ended)
		_ = cmd.Wait() // the result is in cmd.ProcessState
	}()
	if recorded != nil && !errors.Is(recorded, osprocess.ErrGone) {
		c.end(context.Background(), syscall.SIGKILL, time.Second)
		return nil, fmt.Errorf("record process of %s: %w", o.Name, recorded)
	}
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// lived and result may be called once the child has ended.
func (c *child) lived() time.Duration { return time.Since(c.started) }
func (c *child) result() string       { return c.cmd.ProcessState.String() }

// end asks the child to end, then kills its whole process group.
func (c *child) end(ctx context.Context, signal syscall.Signal, grace time.Duration) {
	defer os.Remove(c.pidFile)
	_ = c.cmd.Process.Signal(signal) // fails only when it has ended
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.ended:
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	_ = syscall.Kill(-c.pid(), syscall.SIGKILL)
	<-c.ended
}

// environment is this process's without what is meant for it alone.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SWITCHYARD_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// openLog opens a log for appending, after putting one that is large aside as
// its only predecessor.
func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make log folder: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fmt.Errorf("put log aside: %w", err)
		}
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return log, nil
}

// tail returns the last lines of a log.
func tail(path string) string {
	const size = 2000
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	text := make([]byte, min(size, info.Size()))
	n, _ := f.ReadAt(text, info.Size()-int64(len(text)))
	lines := strings.Split(strings.TrimSpace(string(text[:n])), "\n")
	if info.Size() > size && len(lines) > 1 {
		lines = lines[1:] // cut in the middle
	}
	return "  " + strings.Join(lines, "\n  ")
}

// record writes the identity of a process so that it is whole at any time.
func record(path string, pid int) error {
	id, err := osprocess.Identify(pid)
	if err != nil {
		return err
	}
	text, err := json.Marshal(id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeFile(path, text, 0o644)
}

// endRecorded ends the process whose identity is in the file, if it still runs.
func endRecorded(ctx context.Context, path string, signal syscall.Signal, grace time.Duration) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var id osprocess.Identity
	if err := json.Unmarshal(text, &id); err != nil {
		return fmt.Errorf("%s is damaged; end the process that it named and remove it: %w", path, err)
	}
	if err := id.End(ctx, signal, grace); err != nil {
		return err
	}
	return os.Remove(path)
}
