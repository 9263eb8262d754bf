package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pollEvery is how often an adopted process is looked at where the kernel cannot
// tell of its end.
const pollEvery = 50 * time.Millisecond

// process is a running server, started or adopted.
type process struct {
	identity
	startedAt time.Time
	// exited is closed once the process is gone; how says how it ended.
	exited chan struct{}
	how    string
}

// launchProcess starts command in a session of its own, so that neither the end
// of this process nor a Ctrl-C at its terminal reaches it.
func launchProcess(command *exec.Cmd, now time.Time) (*process, error) {
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	id, ok := identify(command.Process.Pid)
	if !ok { // already dead; Wait will tell
		id = identity{PID: command.Process.Pid, BootID: bootID()}
	}
	p := &process{identity: id, startedAt: now, exited: make(chan struct{})}
	go func() {
		defer close(p.exited)
		p.how = ending(command.Wait())
	}()
	return p, nil
}

// ending describes how a child ended.
func ending(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "exited with status 0"
	case !errors.As(err, &exit):
		return err.Error()
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("killed by signal %s", status.Signal())
	}
	return fmt.Sprintf("exited with status %d", exit.ExitCode())
}

// adoptProcess watches a process that an earlier node started.
func adoptProcess(id identity, startedAt time.Time) *process {
	p := &process{identity: id, startedAt: startedAt, exited: make(chan struct{}), how: "ended"}
	go func() {
		defer close(p.exited)
		if err := awaitEnd(id); err != nil {
			pollEnd(id)
		}
	}()
	return p
}

// awaitEnd returns when the process has ended. The kernel makes the descriptor of
// a process readable at its end, and Go's poller waits for that without a thread.
func awaitEnd(id identity) error {
	fd, err := unix.PidfdOpen(id.PID, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	defer file.Close()
	if !id.runs() { // the descriptor may be that of a successor in the id
		return nil
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(func(fd uintptr) bool {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		return err != nil && !errors.Is(err, unix.EINTR) || n > 0
	})
}

func pollEnd(id identity) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for id.runs() {
		<-ticker.C
	}
}

// signal sends the process a signal, and never another one that has got its id.
func (p *process) signal(signal syscall.Signal) {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if err == nil {
		defer unix.Close(fd)
	}
	if !p.runs() {
		return
	}
	if err == nil {
		err = unix.PidfdSendSignal(fd, signal, nil, 0)
	}
	if err != nil { // no descriptors of processes here
		_ = syscall.Kill(p.PID, signal)
	}
}
