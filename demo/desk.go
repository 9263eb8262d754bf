package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/sleep"
)

// How simulated agents behave.
const (
	shortestHandling = 20 * time.Millisecond
	longestHandling  = 60 * time.Millisecond
	rejectEvery      = 25 // offers
	secondLookEvery  = 15 // completions
)

// desks are all agents at work.
type desks struct {
	wg     sync.WaitGroup
	mu     sync.Mutex
	failed error
	cancel context.CancelFunc
}

func (r *run) openDesks(ctx context.Context) *desks {
	ctx, cancel := context.WithCancel(ctx)
	d := &desks{cancel: cancel}
	agents := 0
	for _, s := range r.sites {
		for i, w := range s.agents {
			desk := &desk{worker: w, seen: make(map[string]int64), slow: i == 0}
			d.wg.Go(func() { d.fail(ctx, desk.work(ctx)) })
			agents++
		}
	}
	r.say("%d agents are at their desks", agents)
	return d
}

// close sends the agents home and waits until they are gone.
func (d *desks) close() {
	d.cancel()
	d.wg.Wait()
}

func (d *desks) fail(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = err
	}
}

// problem is the first error that sent an agent home.
func (d *desks) problem() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// desk is one agent, working through the stream of its own state.
type desk struct {
	worker
	handling sync.WaitGroup
	// seen holds the assignment that the agent last turned to, per interaction.
	seen map[string]int64
	// slow agents let their first offer run out.
	slow      bool
	offers    int
	mu        sync.Mutex
	completed int
}

// work takes what is offered until ctx ends.
func (d *desk) work(ctx context.Context) error {
	defer d.handling.Wait()
	err := d.client.WatchAgent(ctx, "me", func(state client.Agent) error {
		d.makeReady(ctx, state)
		for _, interaction := range state.Assignments {
			d.turnTo(ctx, interaction)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("agent %s: %w", d.name, err)
	}
	return nil
}

// makeReady says ready for every medium that is not, as after an offer that the
// agent left unanswered.
func (d *desk) makeReady(ctx context.Context, state client.Agent) {
	for _, medium := range state.Media {
		if medium.State == "ready" {
			continue
		}
		// A failure shows as a medium that is still not ready in the next state.
		_, _ = d.client.SetMedium(ctx, "me", medium.Medium, client.MediumChange{State: "ready"})
	}
}

// turnTo begins to handle an assignment that the agent has not turned to yet.
func (d *desk) turnTo(ctx context.Context, interaction client.Interaction) {
	if d.seen[interaction.ID] == interaction.Assignment {
		return
	}
	d.seen[interaction.ID] = interaction.Assignment
	if interaction.State == "delivering" {
		d.offers++
		if d.slow && d.offers == 1 {
			return
		}
		if d.offers%rejectEvery == 0 {
			d.handling.Go(func() {
				_, _ = d.client.Reject(ctx, interaction.ID, interaction.Assignment, "busy with another customer")
			})
			return
		}
	}
	d.handling.Go(func() { d.handle(ctx, interaction) })
}

// handle accepts and completes. An assignment that ended meanwhile, because the
// offer ran out, is somebody else's now.
func (d *desk) handle(ctx context.Context, interaction client.Interaction) {
	if interaction.State == "delivering" {
		if err := d.persist(ctx, func() error {
			_, err := d.client.Accept(ctx, interaction.ID, interaction.Assignment)
			return err
		}); err != nil {
			return
		}
	}
	sleep.For(ctx, shortestHandling+rand.N(longestHandling-shortestHandling)) //nolint:gosec // a simulation
	completion := client.Completion{Assignment: interaction.Assignment, Outcome: d.outcome()}
	_ = d.persist(ctx, func() error {
		_, err := d.client.Complete(ctx, interaction.ID, completion)
		return err
	})
}

// persist repeats a call while the server is away.
func (d *desk) persist(ctx context.Context, call func() error) error {
	for {
		err := call()
		if err == nil || ctx.Err() != nil || !temporary(err) {
			return err
		}
		sleep.For(ctx, 100*time.Millisecond)
	}
}

func (d *desk) outcome() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.completed++
	if d.completed%secondLookEvery == 0 {
		return "second-look"
	}
	return "resolved"
}
