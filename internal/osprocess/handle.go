package osprocess

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pollFor is how long one wait in the kernel lasts before the context is looked at.
const pollFor = 50 * time.Millisecond

// Handle is a hold on one process: what is sent through it never reaches another
// process that got the same number. It must be closed.
type Handle struct {
	fd  int
	pid int
}

// Open returns a handle on the process, or ErrGone.
func (i Identity) Open() (*Handle, error) {
	fd, err := unix.PidfdOpen(i.PID, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("open process %d: %w", i.PID, err)
	}
	h := &Handle{fd: fd, pid: i.PID}
	// Looked at after opening: from here on the number cannot change its meaning.
	if !i.Alive() {
		h.Close()
		return nil, ErrGone
	}
	return h, nil
}

// Signal sends a signal to the process, or returns ErrGone.
func (h *Handle) Signal(signal syscall.Signal) error {
	err := unix.PidfdSendSignal(h.fd, signal, nil, 0)
	if errors.Is(err, unix.ESRCH) {
		return ErrGone
	}
	return err
}

// Wait returns nil once the process has ended, or the context's error.
func (h *Handle) Wait(ctx context.Context) error {
	for {
		fds := []unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(pollFor.Milliseconds()))
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for process %d: %w", h.pid, err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// Close gives the handle up; the process is not touched.
func (h *Handle) Close() { _ = unix.Close(h.fd) }

// End asks the process to end with a signal and kills it when it is still there
// after grace. It returns nil when it has ended.
func (i Identity) End(ctx context.Context, signal syscall.Signal, grace time.Duration) error {
	h, err := i.Open()
	if errors.Is(err, ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Signal(signal); err != nil {
		return ignoreGone(err)
	}
	polite, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if h.Wait(polite) == nil {
		return nil
	}
	if err := h.Signal(syscall.SIGKILL); err != nil {
		return ignoreGone(err)
	}
	return h.Wait(ctx)
}

func ignoreGone(err error) error {
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}
