package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const (
	bareQueue  = "bench-bare"
	bareSignal = "go"
)

// bareWorkflow has the shape of an interaction and nothing in it: start, a local
// activity, a signal, a local activity, close.
func bareWorkflow(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	if err := workflow.ExecuteLocalActivity(ctx, "begun", id).Get(ctx, nil); err != nil {
		return err
	}
	workflow.GetSignalChannel(ctx, bareSignal).Receive(ctx, nil)
	return workflow.ExecuteLocalActivity(ctx, "ended", id).Get(ctx, nil)
}

// bare runs bare workflows: its two activities only report to whoever started
// the workflow.
type bare struct {
	temporal client.Client
	worker   worker.Worker
	reports  sync.Map // workflow id → chan struct{}
	prefix   string
	next     int
}

func startBare(temporal client.Client) (*bare, error) {
	b := &bare{temporal: temporal, prefix: "bench-bare-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-"}
	b.worker = worker.New(temporal, bareQueue, worker.Options{})
	b.worker.RegisterWorkflow(bareWorkflow)
	b.worker.RegisterActivityWithOptions(b.report, activity.RegisterOptions{Name: "begun"})
	b.worker.RegisterActivityWithOptions(b.report, activity.RegisterOptions{Name: "ended"})
	if err := b.worker.Start(); err != nil {
		return nil, fmt.Errorf("start bare worker: %w", err)
	}
	return b, nil
}

func (b *bare) stop() { b.worker.Stop() }

func (b *bare) report(_ context.Context, id string) error {
	if reports, ok := b.reports.Load(id); ok {
		reports.(chan struct{}) <- struct{}{}
	}
	return nil
}

// rate runs count workflows, so many at a time, and returns workflows per second.
func (b *bare) rate(ctx context.Context, count, concurrency int) (float64, error) {
	first := b.next
	b.next += count
	began := time.Now()
	err := inParallel(ctx, count, concurrency, func(ctx context.Context, i int) error {
		return b.one(ctx, b.prefix+strconv.Itoa(first+i))
	})
	return float64(count) / time.Since(began).Seconds(), err
}

func (b *bare) one(ctx context.Context, id string) error {
	reports := make(chan struct{}, 2)
	b.reports.Store(id, reports)
	defer b.reports.Delete(id)
	run, err := b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: bareQueue}, bareWorkflow)
	if err != nil {
		return fmt.Errorf("start %s: %w", id, err)
	}
	if err := wait(ctx, reports); err != nil {
		return err
	}
	if err := b.temporal.SignalWorkflow(ctx, id, run.GetRunID(), bareSignal, nil); err != nil {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	return wait(ctx, reports)
}

func wait(ctx context.Context, reports <-chan struct{}) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-reports:
		return nil
	}
}
