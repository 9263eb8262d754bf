package schedule

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/internal/sleep"
)

// Executor executes actions.
type Executor interface {
	// Execute executes an action. A fault.Invalid or NotFound is final; after any
	// other error it is tried again.
	Execute(ctx context.Context, a Action) error
}

// Options tune a Runner. The zero value is right.
type Options struct {
	// Parallel is the number of actions at a time that lead to the same host of
	// webhooks, to the same process, or nowhere out of the runtime; 0 is 4. Eight times
	// as many are at work in all.
	Parallel int
	// Aside is how long one is left that finds no place; 0 is 15 s.
	Aside time.Duration
	// Poll is the time between looks at an idle queue; 0 is 500 ms.
	Poll time.Duration
	// Deadline bounds an execution. It is shorter than a claim lasts; 0 is 30 s.
	Deadline time.Duration
	// Attempts is how often an action is tried; 0 is 10: more than an hour.
	Attempts int
	// Pause is the time after the first failure; 0 is 1 s. Each next one is four
	// times as long, at most LongestPause.
	Pause  time.Duration
	Logger *slog.Logger
}

// LongestPause is the longest time between two attempts.
const LongestPause = 15 * time.Minute

func (o Options) complete() Options {
	set(&o.Parallel, 4)
	set(&o.Aside, 15*time.Second)
	set(&o.Poll, 500*time.Millisecond)
	set(&o.Deadline, 30*time.Second)
	set(&o.Attempts, 10)
	set(&o.Pause, time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func set[T int | time.Duration](value *T, standing T) {
	if *value <= 0 {
		*value = standing
	}
}

// Runner executes the actions of a group on one server.
type Runner struct {
	queue    Queue
	executor Executor
	o        Options
	lanes    lanes
	polls    *outage.Log
}

// manyLanes is how many lanes can be full at a time.
const manyLanes = 8

// NewRunner returns a runner that Run sets to work.
func NewRunner(queue Queue, executor Executor, o Options) *Runner {
	o = o.complete()
	return &Runner{queue: queue, executor: executor, o: o, lanes: lanes{most: o.Parallel, of: map[string]*lane{}},
		polls: outage.New(o.Logger, "cannot claim delayed actions", "delayed actions are claimed again")}
}

// Run executes actions until ctx ends, and returns once none is being executed.
func (r *Runner) Run(ctx context.Context) error {
	free := make(chan struct{}, manyLanes*r.o.Parallel)
	for range cap(free) {
		free <- struct{}{}
	}
	var running sync.WaitGroup
	defer running.Wait()
	for {
		places := await(ctx, free)
		if places == 0 {
			return nil
		}
		claims, err := r.queue.Claim(ctx, places)
		r.polls.Note(ctx, err)
		for range places - len(claims) {
			free <- struct{}{}
		}
		for _, c := range claims {
			running.Go(func() {
				defer func() { free <- struct{}{} }()
				r.inLane(ctx, c)
			})
		}
		if len(claims) == places {
			continue // there may be more
		}
		if !sleep.For(ctx, r.o.Poll) {
			return nil
		}
	}
}

// await takes all places that are free, at least one; none once ctx has ended.
func await(ctx context.Context, free chan struct{}) int {
	select {
	case <-ctx.Done():
		return 0
	case <-free:
	}
	places := 1
	for {
		select {
		case <-free:
			places++
		default:
			if ctx.Err() != nil {
				return 0
			}
			return places
		}
	}
}

// settling bounds the time to say what became of an action.
const settling = 5 * time.Second

// inLane executes an action when there is a place in its lane, or leaves it for a
// while.
func (r *Runner) inLane(ctx context.Context, c Claim) {
	leave, ok := r.lanes.enter(ctx, laneOf(c.Action))
	if ok {
		defer leave()
		r.execute(ctx, c)
		return
	}
	stopping := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	var err error
	if stopping {
		_, err = r.queue.Release(ctx, c)
	} else {
		_, err = r.queue.PutAside(ctx, c, r.o.Aside)
	}
	if err != nil { // the claim lapses
		r.o.Logger.Warn("cannot leave a delayed action for later", "action", c.ID, "error", err)
	}
}

// execute executes an action and settles it.
func (r *Runner) execute(ctx context.Context, c Claim) {
	var err error
	if c.Attempt > r.o.Attempts { // the server of the last attempt died of it
		err = fault.New(fault.Invalid, "never-ended", "%d attempts were begun and none ended", c.Attempt-1)
	} else {
		err = r.once(ctx, c)
	}
	stopping := err != nil && ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	log := r.o.Logger.With("action", c.ID, "cause", c.Work.Cause, "attempt", c.Attempt)
	var settled bool
	var failed error
	switch {
	case err == nil:
		settled, failed = r.queue.Done(ctx, c)
	case stopping:
		settled, failed = r.queue.Release(ctx, c)
	case fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) || c.Attempt >= r.o.Attempts:
		log.Error("a delayed action is given up", "error", err)
		settled, failed = r.queue.Bury(ctx, c, Problem(err))
	default:
		log.Warn("a delayed action has failed", "error", err)
		settled, failed = r.queue.Postpone(ctx, c, r.pause(c.Attempt), Problem(err))
	}
	switch {
	case failed != nil: // the claim lapses, and it is done again
		log.Warn("cannot settle a delayed action", "error", failed)
	case !settled:
		log.Warn("the claim of a delayed action has lapsed")
	}
}

// once executes an action; a panic is an error of it alone.
func (r *Runner) once(ctx context.Context, c Claim) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Logger.Error("a delayed action panics", "action", c.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, r.o.Deadline)
	defer cancel()
	return r.executor.Execute(ctx, c.Action)
}

func (r *Runner) pause(attempt int) time.Duration {
	pause := r.o.Pause
	for range attempt - 1 {
		if pause *= 4; pause >= LongestPause {
			return LongestPause
		}
	}
	return min(pause, LongestPause)
}
