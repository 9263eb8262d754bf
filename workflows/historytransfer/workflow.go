package historytransfer

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/workflows"
)

const (
	// rounds bounds those of one execution; a round has six events.
	rounds = 500
	// roundWithin bounds a round, the batch that is under way at its end included.
	roundWithin = 3 * time.Minute
	// silentFor is when a worker is taken for dead.
	silentFor = 10 * time.Second
)

// retries go on for ever: a database may be away for as long as it likes. What no
// repetition mends, a group that is gone, is not retried.
var retries = &temporal.RetryPolicy{
	InitialInterval:    500 * time.Millisecond,
	BackoffCoefficient: 2,
	MaximumInterval:    10 * time.Second,
}

// QueryTotal is the query that returns what was taken over, a Round.
const QueryTotal = "total"

// FollowHistory takes over the history of a group until the group is gone.
func FollowHistory(ctx workflow.Context, in Input) error {
	if err := workflow.SetQueryHandler(ctx, QueryTotal, func() (Round, error) { return in.Total, nil }); err != nil {
		return err
	}
	show(ctx, in)
	for range rounds {
		var (
			a     *activities
			round Round
		)
		if err := workflow.ExecuteActivity(activityOptions(ctx, in), a.TransferHistory, in.activityInput()).Get(ctx, &round); err != nil {
			return err
		}
		in.Total.add(round)
		show(ctx, in)
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			break
		}
	}
	return workflow.NewContinueAsNewError(ctx, FollowHistory, in)
}

// activityInput leaves out what would change with each round.
func (i Input) activityInput() Input {
	i.Total = Round{}
	return i
}

func activityOptions(ctx workflow.Context, in Input) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           workflows.ControlQueue,
		StartToCloseTimeout: roundWithin,
		HeartbeatTimeout:    silentFor,
		RetryPolicy:         retries,
		Summary:             "Take over the history of " + in.Solution + "/" + in.GroupName,
	})
}

// show sets the workflow's current details, which are Markdown.
func show(ctx workflow.Context, in Input) {
	t := in.Total
	text := fmt.Sprintf("History of group **%s** of %s, tenant %s: **%d** contacts, **%d** responses, **%d** orphans taken over in %d batches",
		in.GroupName, in.Solution, in.TenantName, t.Contacts, t.Responses, t.Orphans, t.Batches)
	if t.Restored > 0 {
		text += fmt.Sprintf("; the group's database was found in an older state %d times, and all of it was read again", t.Restored)
	}
	workflow.SetCurrentDetails(ctx, text)
}
