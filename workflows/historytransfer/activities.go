package historytransfer

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

const (
	// roundLasts is about how long one activity goes on. A batch under way is not
	// cut off.
	roundLasts = time.Minute
	// firstPause is how long new rows are waited for after some were taken over;
	// each look in vain doubles it up to longestPause.
	firstPause   = time.Second
	longestPause = 15 * time.Second
	// restShare is how long a transfer with more to do rests, as a multiple of how
	// long it has just worked.
	restShare = 3
)

// Transfer takes over one batch of a group's history at a time;
// contacthistory.Transfer is one.
type Transfer interface {
	Step(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (contacthistory.Moved, error)
}

// activities are those of the control plane.
type activities struct {
	transfer Transfer
	lasts    time.Duration
}

// TransferHistory takes over what is there, and what comes in the next minute. It
// may be repeated at any time. Where it fails some batches may be through: what it
// returns is for people, what counts is in the control database.
func (a *activities) TransferHistory(ctx context.Context, in Input) (round Round, err error) {
	end := time.Now().Add(a.lasts)
	err = temporalclient.Beating(ctx, func() error {
		pause := firstPause
		for {
			began := time.Now()
			moved, err := a.transfer.Step(ctx, in.Tenant, in.Group)
			// Another one has done it: an activity that was taken for dead.
			if err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
			round.note(moved)
			if moved.Read > 0 {
				pause = firstPause
			}
			if moved.More {
				// Most of the time is left to those whom visitors wait for.
				if !rest(ctx, min(restShare*time.Since(began), firstPause), end) {
					return ctx.Err()
				}
				continue
			}
			if !rest(ctx, pause, end) {
				return ctx.Err()
			}
			pause = min(2*pause, longestPause)
		}
	})
	return round, err
}

// rest waits; it returns false when the round is to end: its time is over, or the
// worker stops.
func rest(ctx context.Context, pause time.Duration, end time.Time) bool {
	left := time.Until(end)
	if left <= 0 {
		return false
	}
	timer := time.NewTimer(min(pause, left))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-activity.GetWorkerStopChannel(ctx):
		return false
	case <-timer.C:
		return time.Now().Before(end)
	}
}
