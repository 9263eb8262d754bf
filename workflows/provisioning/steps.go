package provisioning

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// declare adds a step to what has to be done.
func (r *run) declare(name string) *Step {
	step := &Step{Name: name, Status: StepWaiting}
	r.steps = append(r.steps, step)
	return step
}

// take does a step, showing it to those who wait for the solution and to those
// who look into Temporal. It returns whether the step is done.
func (r *run) take(ctx workflow.Context, step *Step, do func(ctx workflow.Context) (result string, err error)) bool {
	step.Status = StepRunning
	r.showDetails(ctx)
	if _, err := r.record(ctx, report{State: tenants.ProvisioningRunning, Step: step.Name}); err != nil {
		workflow.GetLogger(ctx).Warn("progress is not recorded", "step", step.Name, "error", err)
	}
	result, err := do(ctx)
	step.Status, step.Result = StepDone, result
	if err != nil {
		step.Status, step.Result = StepFailed, reasonOf(err)
	}
	r.showDetails(ctx)
	return err == nil
}

func (r *run) record(ctx workflow.Context, progress report) (current bool, err error) {
	progress.Input, progress.Request = r.in, r.plan.Request
	var a *activities
	err = workflow.ExecuteLocalActivity(inCatalog(ctx), a.Record, progress).Get(ctx, &current)
	return current, err
}

// failures says of each failed step why.
func (r *run) failures() []string {
	var failures []string
	for _, step := range r.steps {
		if step.Status == StepFailed {
			failures = append(failures, step.Name+": "+step.Result)
		}
	}
	return failures
}

func (r *run) answer() (State, error) {
	state := State{Solution: r.in.TenantName + "/" + r.in.SolutionName, State: r.state}
	for _, step := range r.steps {
		state.Steps = append(state.Steps, *step)
	}
	return state, nil
}

// showDetails sets the workflow's current details, which are Markdown.
func (r *run) showDetails(ctx workflow.Context) {
	var text strings.Builder
	fmt.Fprintf(&text, "**%s/%s**: %s\n\n", r.in.TenantName, r.in.SolutionName, r.state)
	for _, step := range r.steps {
		fmt.Fprintf(&text, "- %s: **%s**", step.Name, step.Status)
		if step.Result != "" {
			text.WriteString(" " + step.Result)
		}
		text.WriteString("\n")
	}
	workflow.SetCurrentDetails(ctx, text.String())
}

// reasonOf says why an activity failed, for people.
func reasonOf(err error) string {
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) && timeout.TimeoutType() == enums.TIMEOUT_TYPE_SCHEDULE_TO_START {
		return fmt.Sprintf("nobody took the work for %s: does the node run?", takenWithin)
	}
	return temporalclient.Reason(err)
}
