package businessprocess

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// Bounds of one worker. A server is one of many on its host: it polls little
// while idle and does no more at once than its database connections allow.
const (
	concurrentWorkflowTasks   = 64
	concurrentLocalActivities = 8
	concurrentCalls           = 16
	mostPollers               = 16
	stickyWorkflows           = 2000 // in the whole process; an idle server holds none

	connectPause = time.Second // between attempts while Temporal is away, jittered
)

func init() { worker.SetStickyWorkflowCacheSize(stickyWorkflows) }

// Workers polls one task queue for each process that the server was granted, and
// none else. Its zero value is not usable.
type Workers struct {
	connection *Connection
	group      tenants.ServerGroupID
	activities *activities
	log        *slog.Logger

	mu      sync.Mutex
	closed  bool
	running map[string]context.CancelFunc // by process
	ended   sync.WaitGroup
}

// NewWorkers returns a set that polls nothing yet.
func NewWorkers(c *Connection, group tenants.ServerGroupID, host Host, caller *Caller, log *slog.Logger) *Workers {
	return &Workers{
		connection: c,
		group:      group,
		activities: &activities{host: host, caller: caller, log: log},
		log:        log,
		running:    map[string]context.CancelFunc{},
	}
}

// Serve makes the polled processes exactly these and returns at once: workers of
// new ones start as soon as Temporal is there, those of others stop, each ending
// the steps that it is at.
func (w *Workers) Serve(processes []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	for name, stop := range w.running {
		if !slices.Contains(processes, name) {
			stop()
			delete(w.running, name)
		}
	}
	for _, name := range processes {
		if _, ok := w.running[name]; !ok {
			ctx, stop := context.WithCancel(context.Background())
			w.running[name] = stop
			w.ended.Go(func() { w.serve(ctx, name) })
		}
	}
}

// Processes returns the names of the served processes, sorted.
func (w *Workers) Processes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := make([]string, 0, len(w.running))
	for name := range w.running {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Close stops all workers and waits for them. It may be called twice.
func (w *Workers) Close() {
	w.Serve(nil)
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.ended.Wait()
}

func (w *Workers) serve(ctx context.Context, process string) {
	log := w.log.With("process", process)
	if w.connection.Await(ctx) != nil {
		return
	}
	log.InfoContext(ctx, "polling task queue")
	temporalclient.RunWorker(ctx, log, func() worker.Worker { return w.newWorker(process) })
	log.InfoContext(ctx, "stopped polling task queue")
}

func (w *Workers) newWorker(process string) worker.Worker {
	made := worker.New(w.connection.client, workflows.ProcessQueue(w.group, process), worker.Options{
		MaxConcurrentWorkflowTaskExecutionSize:  concurrentWorkflowTasks,
		MaxConcurrentLocalActivityExecutionSize: concurrentLocalActivities,
		MaxConcurrentActivityExecutionSize:      concurrentCalls,
		WorkflowTaskPollerBehavior:              pollers(2),
		ActivityTaskPollerBehavior:              pollers(1),
		StickyScheduleToStartTimeout:            2 * time.Second,
		WorkerStopTimeout:                       2 * time.Second,
	})
	made.RegisterWorkflowWithOptions(Workflow, workflow.RegisterOptions{Name: WorkflowName})
	for name, do := range map[string]any{
		advanceActivity: w.activities.Advance,
		callActivity:    w.activities.CallHTTP,
		failActivity:    w.activities.FailCall,
	} {
		made.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name})
	}
	return made
}

// pollers are few while there is nothing to do and grow with the backlog that
// Temporal reports.
func pollers(idle int) worker.PollerBehavior {
	return worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: idle, MinimumNumberOfPollers: idle, MaximumNumberOfPollers: mostPollers,
	})
}
