package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 30 * time.Second
	// steady is how long a child must have lived for its pauses to begin anew.
	steady       = time.Minute
	defaultGrace = 15 * time.Second
	// deaths is how many ends of a child that has not become ready are enough to
	// say that it never will.
	deaths = 3
)

// ProcessOptions say what a child is.
type ProcessOptions struct {
	Name string   // for logs and messages
	Path string   // the executable
	Args []string // without the executable
	// Env is the whole environment; nil is this process's own without the
	// variables SWITCHYARD_…, which are meant for it alone.
	Env []string
	Dir string // working folder; empty is this process's own
	// LogFile takes what the child prints. It is kept over restarts.
	LogFile string
	// PIDFile holds the child's identity, so that it is found when this process
	// was killed.
	PIDFile string
	// Credential is the user to run as; nil is this process's own.
	Credential *syscall.Credential
	// StopSignal asks the child to end; 0 is SIGTERM.
	StopSignal syscall.Signal
	// Grace is how long a child has to end before it is killed; 0 is 15 s.
	Grace time.Duration
	// Prepare runs before each start of the child.
	Prepare func() error
	// Check, when set, says whether the child does its work. One that fails several
	// checks in a row is killed and started again.
	Check func(context.Context) error
	// CheckEvery is the time between two checks; 0 is 5 s.
	CheckEvery time.Duration
	Log        *slog.Logger
}

// Process is a child that is started again, with growing pauses, when it dies. It
// has a session of its own: neither the terminal's Ctrl-C nor the death of this
// process ends it. Its methods may be called at any time and in any order.
type Process struct {
	o ProcessOptions

	turn sync.Mutex // held by Start, Stop and Kill, one after the other

	mu       sync.Mutex         // guards what follows
	cancel   context.CancelFunc // ends the supervision; nil when there is none
	done     chan struct{}      // closed when the supervision has ended
	child    *child             // the present one; nil between two
	failures int                // deaths since Start
	restarts int                // successful starts after a death, ever
}

// NewProcess returns a Process that is not started.
func NewProcess(o ProcessOptions) *Process {
	if o.StopSignal == 0 {
		o.StopSignal = syscall.SIGTERM
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	if o.CheckEvery == 0 {
		o.CheckEvery = defaultCheckEvery
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Process{o: o}
}

// EndPredecessor ends the child that a killed predecessor of this process has
// left, if there is one.
func (p *Process) EndPredecessor(ctx context.Context) error {
	if err := endRecorded(ctx, p.o.PIDFile, p.o.StopSignal, p.o.Grace); err != nil {
		return fmt.Errorf("end the %s of a killed predecessor: %w", p.o.Name, err)
	}
	return nil
}

// Start ends a predecessor and starts the child. It returns once the child runs,
// not when it is ready, for which there is Await.
func (p *Process) Start(ctx context.Context) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.supervised() {
		return nil
	}
	if err := p.EndPredecessor(ctx); err != nil {
		return err
	}
	first, err := spawn(p.o)
	if err != nil {
		return err
	}
	supervision, cancel := context.WithCancel(context.Background())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child, p.cancel, p.done, p.failures = first, cancel, make(chan struct{}), 0
	go p.supervise(supervision, first, p.done)
	return nil
}

// supervise starts the child again until ctx ends.
func (p *Process) supervise(ctx context.Context, c *child, done chan struct{}) {
	defer close(done)
	pause := firstPause
	for {
		p.watch(ctx, c)
		p.mu.Lock()
		p.child = nil
		p.failures++
		p.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		if c.lived() > steady {
			pause = firstPause
		}
		p.o.Log.Warn("child process ended", "process", p.o.Name, "pid", c.pid(), "result", c.result(), "restart_in", pause.String())
		if c, pause = p.restart(ctx, pause); c == nil {
			return
		}
	}
}

// restart pauses and starts the child, until that succeeds. It returns nil when
// ctx has ended.
func (p *Process) restart(ctx context.Context, pause time.Duration) (*child, time.Duration) {
	for {
		if !sleep.For(ctx, pause) {
			return nil, pause
		}
		pause = min(2*pause, longestPause)
		c, err := p.again(ctx)
		if err == nil {
			return c, pause
		}
		p.o.Log.Error("child process does not start", "process", p.o.Name, "error", err)
	}
}

// again starts the child unless ctx has ended.
func (p *Process) again(ctx context.Context) (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		return nil, nil
	}
	c, err := spawn(p.o)
	if err != nil {
		p.failures++
		return nil, err
	}
	p.child = c
	p.restarts++
	return c, nil
}

// Stop asks the child to end, kills it when it has not done so within the grace
// time or until ctx ends, and leaves it stopped.
func (p *Process) Stop(ctx context.Context) { p.end(ctx, p.o.StopSignal, p.o.Grace) }

// Kill ends the child with SIGKILL, as a crash would, and leaves it stopped until
// the next Start.
func (p *Process) Kill() { p.end(context.Background(), syscall.SIGKILL, p.o.Grace) }

func (p *Process) end(ctx context.Context, signal syscall.Signal, grace time.Duration) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if !p.supervised() {
		return
	}
	p.mu.Lock()
	p.cancel() // from here on the supervision starts no child
	c, done := p.child, p.done
	p.cancel = nil
	p.mu.Unlock()
	if c != nil {
		c.end(ctx, signal, grace)
	}
	<-done
}

// supervised reports whether the child is to run.
func (p *Process) supervised() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cancel != nil
}

// PID returns the child's process number, 0 when there is none now.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return 0
	}
	return p.child.pid()
}

// Restarts returns how many times the child was started again after its death.
func (p *Process) Restarts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.restarts
}

// LogFile returns the path of the file with the child's output.
func (p *Process) LogFile() string { return p.o.LogFile }

// Await calls ready until it returns nil. It gives up when ctx ends or the child
// keeps dying, with the end of the child's log in the error.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	const interval = 50 * time.Millisecond
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		last := ready(ctx)
		if last == nil {
			return nil
		}
		p.mu.Lock()
		failures, stopped := p.failures, p.cancel == nil
		p.mu.Unlock()
		switch {
		case stopped:
			return fmt.Errorf("%s was stopped before it was ready", p.o.Name)
		case failures >= deaths:
			return fmt.Errorf("%s does not start; the end of %s:\n%s", p.o.Name, p.o.LogFile, tail(p.o.LogFile))
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return context.Cause(ctx)
			}
			return fmt.Errorf("%s is not ready in time (%w); the end of %s:\n%s", p.o.Name, last, p.o.LogFile, tail(p.o.LogFile))
		case <-ticker.C:
		}
	}
}
