package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	temporal "go.temporal.io/sdk/client"

	"github.com/switchyard/switchyard/client"
)

const (
	interactionRounds = 3
	perRound          = 300
	// open is how many are under way at the same time, of either kind.
	open = 24
)

// benchInteraction measures whole interactions per second, from submit to
// stopped, with agents that accept and complete at once, in turn with bare
// workflows of the same shape on the same Temporal.
func benchInteraction(ctx context.Context, e *environment) (result, error) {
	connection, err := temporal.Dial(temporal.Options{HostPort: e.platform.TemporalAddress, Namespace: "tenant-" + tenantName})
	if err != nil {
		return result{}, fmt.Errorf("connect to Temporal: %w", err)
	}
	defer connection.Close()
	bareRunner, err := startBare(connection)
	if err != nil {
		return result{}, err
	}
	defer bareRunner.stop()
	floor, err := openFloor(ctx, e)
	if err != nil {
		return result{}, err
	}
	defer floor.close()

	var ours, bares []float64
	for round := range interactionRounds {
		rate, err := bareRunner.rate(ctx, perRound, open)
		if err != nil {
			return result{}, err
		}
		bares = append(bares, rate)
		if rate, err = floor.rate(ctx, round, perRound, open); err != nil {
			return result{}, err
		}
		ours = append(ours, rate)
	}
	return newResult("interaction", "interactions/s", median(ours), "bare workflows/s of the same shape", median(bares)), nil
}

// floor is a server with agents at work.
type floor struct {
	gateway *client.InteractionServer
	agents  sync.WaitGroup
	cancel  context.CancelFunc
	// waiting maps an interaction's external id to who waits for its completion.
	waiting sync.Map
	failed  atomic.Pointer[error]
}

func openFloor(ctx context.Context, e *environment) (*floor, error) {
	gateway, err := e.logIn(ctx, "gateway")
	if err != nil {
		return nil, err
	}
	agentCtx, cancel := context.WithCancel(ctx)
	f := &floor{gateway: gateway, cancel: cancel}
	for i := range 4 {
		agent, err := e.logIn(ctx, fmt.Sprintf("agent-%d", i+1))
		if err != nil {
			f.close()
			return nil, err
		}
		if _, err := agent.SetMedium(ctx, "me", "task", client.MediumChange{State: "ready"}); err != nil {
			f.close()
			return nil, err
		}
		f.agents.Go(func() { f.work(agentCtx, agent) })
	}
	return f, nil
}

func (f *floor) close() {
	f.cancel()
	f.agents.Wait()
}

// work accepts and completes all that is offered to one agent.
func (f *floor) work(ctx context.Context, agent *client.InteractionServer) {
	var handling sync.WaitGroup
	defer handling.Wait()
	seen := make(map[string]int64)
	err := agent.WatchAgent(ctx, "me", func(state client.Agent) error {
		for _, interaction := range state.Assignments {
			if seen[interaction.ID] == interaction.Assignment {
				continue
			}
			seen[interaction.ID] = interaction.Assignment
			handling.Go(func() { f.note(ctx, f.handle(ctx, agent, interaction)) })
		}
		return nil
	})
	f.note(ctx, err)
}

func (f *floor) note(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		f.failed.CompareAndSwap(nil, &err)
	}
}

func (f *floor) handle(ctx context.Context, agent *client.InteractionServer, interaction client.Interaction) error {
	if _, err := agent.Accept(ctx, interaction.ID, interaction.Assignment); err != nil {
		return err
	}
	_, err := agent.Complete(ctx, interaction.ID, client.Completion{Assignment: interaction.Assignment, Outcome: "done"})
	if done, ok := f.waiting.Load(interaction.ExternalID); ok {
		close(done.(chan struct{}))
	}
	return err
}

// rate runs so many interactions to their end and returns them per second.
func (f *floor) rate(ctx context.Context, round, count, concurrency int) (float64, error) {
	before, err := f.stopped(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = inParallel(ctx, count, concurrency, func(ctx context.Context, i int) error {
		return f.one(ctx, fmt.Sprintf("round-%d-%d", round, i))
	})
	if err != nil {
		return 0, err
	}
	for {
		stopped, err := f.stopped(ctx)
		if err != nil {
			return 0, err
		}
		if stopped-before >= int64(count) {
			return float64(count) / time.Since(began).Seconds(), nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// one submits an interaction and waits until an agent has completed it.
func (f *floor) one(ctx context.Context, externalID string) error {
	done := make(chan struct{})
	f.waiting.Store(externalID, done)
	defer f.waiting.Delete(externalID)
	if _, _, err := f.gateway.Submit(ctx, client.NewInteraction{ExternalID: externalID, MediaType: "task", Process: "work"}); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-done:
			return nil
		case <-time.After(time.Second):
			if err := f.failed.Load(); err != nil {
				return *err
			}
		}
	}
}

func (f *floor) stopped(ctx context.Context) (int64, error) {
	var sum int64
	for statistics, err := range f.gateway.Statistics(ctx) {
		if err != nil {
			return 0, err
		}
		sum += statistics.Stopped
	}
	return sum, nil
}
