package apply

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/tenants"
)

// pollInterval is how often progress is asked for while waiting.
const pollInterval = 200 * time.Millisecond

// Wait shows the provisioning of the set's solutions until each is ready or has
// failed, or ctx ends. It fails when one of them did, naming it and the reason.
func Wait(ctx context.Context, c *client.Client, set *Set, out io.Writer) error {
	w := &waiter{client: c, out: out, shown: make(map[named]client.Provisioning)}
	pending := set.Solutions
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		var err error
		under := pending
		if pending, err = w.look(ctx, pending); err != nil {
			if ctx.Err() == nil {
				return err
			}
			pending = under // the end of the wait, in the middle of a question
		}
		if len(pending) == 0 {
			return w.verdict()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d solutions are not ready, %s/%s among them: %w",
				len(pending), len(set.Solutions), pending[0].Tenant, pending[0].Name, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

type waiter struct {
	client *client.Client
	out    io.Writer
	shown  map[named]client.Provisioning
	failed []string
}

// look shows what changed, and returns the solutions that are still under way.
func (w *waiter) look(ctx context.Context, solutions []*Solution) ([]*Solution, error) {
	var pending []*Solution
	for _, d := range solutions {
		solution, err := w.client.Solution(ctx, d.Tenant, d.Name)
		if err != nil {
			return nil, err
		}
		w.show(d, solution.Provisioning)
		switch tenants.ProvisioningState(solution.Provisioning.State) {
		case tenants.ProvisioningReady:
		case tenants.ProvisioningFailed:
			w.failed = append(w.failed, fmt.Sprintf("%s/%s: %s", d.Tenant, d.Name, solution.Provisioning.Reason))
		case tenants.ProvisioningRequested, tenants.ProvisioningRunning:
			pending = append(pending, d)
		}
	}
	return pending, nil
}

func (w *waiter) show(d *Solution, now client.Provisioning) {
	key := named{d.Tenant, d.Name}
	before := w.shown[key]
	if before.State == now.State && before.Step == now.Step {
		return
	}
	w.shown[key] = now
	line := fmt.Sprintf("%-10s %s/solutions/%s", now.State, d.Tenant, d.Name)
	switch {
	case now.Reason != "":
		line += ": " + now.Reason
	case now.Step != "":
		line += ": " + now.Step
	}
	_, _ = fmt.Fprintln(w.out, line)
}

func (w *waiter) verdict() error {
	switch len(w.failed) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("provisioning failed: %s", w.failed[0])
	default:
		return fmt.Errorf("provisioning of %d solutions failed, first %s", len(w.failed), w.failed[0])
	}
}
