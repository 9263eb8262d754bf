package businessprocess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/workflows"
)

const (
	dispatchBatch       = 100
	dispatchConcurrency = 8
	dispatchTimeout     = 10 * time.Second // of one call to Temporal
	dispatchPoll        = time.Second      // between looks without a wake-up, jittered
	dispatchMaxPause    = 5 * time.Second  // between attempts while Temporal is away
)

// Dispatcher carries the outbox to Temporal. Every message is delivered at least
// once; the order does not matter, since workflows look at the database.
type Dispatcher struct {
	connection *Connection
	outbox     Outbox
	place      Place
	wakeUp     <-chan struct{}
	log        *slog.Logger

	problem atomic.Pointer[string]
}

// NewDispatcher returns a dispatcher. A value on wakeUp says that the outbox may
// have something new; without any it is looked at every second.
func NewDispatcher(c *Connection, outbox Outbox, place Place, wakeUp <-chan struct{}, log *slog.Logger) *Dispatcher {
	return &Dispatcher{connection: c, outbox: outbox, place: place, wakeUp: wakeUp, log: log}
}

// Problem says why the last delivery failed, empty when it did not.
func (d *Dispatcher) Problem() string {
	if problem := d.problem.Load(); problem != nil {
		return *problem
	}
	return ""
}

// Run delivers until ctx ends.
func (d *Dispatcher) Run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		delivered, err := d.deliver(ctx)
		d.note(ctx, err)
		switch {
		case err != nil:
			failures++
			pause(ctx, min(dispatchMaxPause, 100*time.Millisecond<<min(failures, 6)), nil)
		case delivered == dispatchBatch:
			failures = 0
		default:
			failures = 0
			pause(ctx, dispatchPoll, d.wakeUp)
		}
	}
}

// note keeps the problem for the status and logs it when it begins and ends.
func (d *Dispatcher) note(ctx context.Context, err error) {
	before := d.Problem()
	if err == nil {
		d.problem.Store(nil)
		if before != "" {
			d.log.InfoContext(ctx, "delivering to Temporal again")
		}
		return
	}
	if ctx.Err() != nil {
		return
	}
	text := err.Error()
	d.problem.Store(&text)
	if before == "" {
		d.log.WarnContext(ctx, "cannot deliver to Temporal", "error", err)
	}
}

// pause returns after about that time, at a wake-up, or when ctx ends.
func pause(ctx context.Context, about time.Duration, wakeUp <-chan struct{}) {
	timer := time.NewTimer(about/2 + rand.N(about))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wakeUp:
	case <-ctx.Done():
	}
}

// deliver sends one batch and returns how many messages it had. Those that could
// be sent are settled even if others could not.
func (d *Dispatcher) deliver(ctx context.Context) (int, error) {
	if err := d.connection.ensure(ctx); err != nil {
		return 0, err
	}
	messages, err := d.outbox.Pending(ctx, dispatchBatch)
	if err != nil || len(messages) == 0 {
		return 0, err
	}
	sent := make([]bool, len(messages))
	var sending errgroup.Group
	sending.SetLimit(dispatchConcurrency)
	for i, message := range messages {
		sending.Go(func() error {
			err := d.send(ctx, message)
			sent[i] = err == nil
			return err
		})
	}
	failure := sending.Wait()
	var settled []int64
	for i, message := range messages {
		if sent[i] {
			settled = append(settled, message.ID)
		}
	}
	if len(settled) > 0 {
		if err := d.outbox.Settle(ctx, settled); err != nil {
			return 0, err
		}
	}
	return len(messages), failure
}

func (d *Dispatcher) send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, dispatchTimeout)
	defer cancel()
	switch m.Kind {
	case StartMessage:
		return d.start(ctx, m, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	case NudgeMessage:
		return d.nudge(ctx, m)
	default:
		return fmt.Errorf("message %d is of unknown kind %q", m.ID, m.Kind)
	}
}

// start begins the workflow unless it has begun. It is begun right here when the
// worker of this process has room.
func (d *Dispatcher) start(ctx context.Context, m Message, reuse enums.WorkflowIdReusePolicy) error {
	_, err := d.connection.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.InteractionID(d.place.GroupID, m.Interaction),
		TaskQueue:                workflows.ProcessQueue(d.place.GroupID, m.Process),
		WorkflowIDReusePolicy:    reuse,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		TypedSearchAttributes:    d.place.attributes(m),
		StaticSummary:            m.Process + " · " + m.MediaType,
		EnableEagerStart:         true,
	}, WorkflowName, Input{Interaction: m.Interaction, Process: m.Process, Queue: m.Queue})
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}

// nudge signals the workflow. One that is gone, because somebody ended it or
// because Temporal lost it, is begun anew: it finds in the database where it was.
// One that came to its end is left alone: a nudge that is delivered twice finds
// it so.
func (d *Dispatcher) nudge(ctx context.Context, m Message) error {
	err := d.connection.client.SignalWorkflow(ctx, workflows.InteractionID(d.place.GroupID, m.Interaction), "", NudgeSignal, nil)
	var gone *serviceerror.NotFound
	if !errors.As(err, &gone) {
		return err
	}
	open, err := d.outbox.Open(ctx, m.Interaction)
	if err != nil || !open {
		return err
	}
	return d.start(ctx, m, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
}
