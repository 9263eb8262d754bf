package deployment

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// QueryState is the name of the query that answers with a State.
const QueryState = "state"

// Deploy carries a deployment out. It may be started again at any time, also after
// it was ended half-way: what was done is not done twice, and what cannot be
// undone is not given up.
func Deploy(ctx workflow.Context, in Input) error {
	r := &run{in: in, state: deployments.Waiting}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryState, r.answer, workflow.QueryHandlerOptions{
		Description: "How far the deployment is, and each server of the group",
	}); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return r.notBegun(err)
	}
	if r.state.Ended() {
		r.showDetails(ctx)
		return nil
	}
	end := r.carryOut(ctx)
	return r.finish(ctx, end)
}

// run is the state of one execution.
type run struct {
	in      Input
	kind    deployments.Kind
	state   deployments.State
	reason  string
	built   built
	servers []*ServerState // sorted by name
	reports reporting
}

// ending is how a deployment ends, with the reason when that is not well.
type ending struct {
	state  deployments.State
	reason string
}

func failed(format string, args ...any) *ending {
	return &ending{state: deployments.Failed, reason: fmt.Sprintf(format, args...)}
}

// cancelled is the end of a deployment of which the control database says so.
var cancelled = &ending{state: deployments.Cancelled}

func (r *run) begin(ctx workflow.Context) error {
	var (
		a *activities
		p plan
	)
	if err := workflow.ExecuteLocalActivity(inCatalog(ctx), a.BeginDeployment, r.in).Get(ctx, &p); err != nil {
		return err
	}
	r.kind, r.state = p.Kind, p.State
	for _, s := range p.Servers {
		r.server(s)
	}
	return nil
}

// notBegun lets a deployment whose turn has not come wait for its next start.
func (r *run) notBegun(err error) error {
	if isOfType(err, waits) {
		return nil
	}
	return err
}

// carryOut does the steps one after another until one ends the deployment.
func (r *run) carryOut(ctx workflow.Context) ending {
	before := []step{r.validate, r.build, r.publish, r.prepare, r.passPointOfNoReturn}
	if r.state == deployments.Moving || r.state.Moved() {
		before = []step{r.build} // answers with what was built
	}
	if end := takeAll(ctx, before); end != nil {
		if end.state == deployments.Failed && ctx.Err() != nil {
			return *failed("the workflow was cancelled")
		}
		return *end
	}
	// From here on the group may serve the new version: whoever cancels is too late.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if end := takeAll(ctx, []step{r.move, r.activate, r.verify, r.release}); end != nil {
		return *end
	}
	return ending{state: deployments.Succeeded}
}

// step does a part of a deployment; its answer ends the deployment.
type step func(ctx workflow.Context) *ending

func takeAll(ctx workflow.Context, steps []step) *ending {
	for _, take := range steps {
		if end := take(ctx); end != nil {
			return end
		}
	}
	return nil
}

func (r *run) validate(ctx workflow.Context) *ending {
	r.showDetails(ctx)
	var a *activities
	return r.unlessDone(workflow.ExecuteLocalActivity(inCatalog(ctx), a.ValidateDeployment, r.in).Get(ctx, nil))
}

func (r *run) build(ctx workflow.Context) *ending {
	if end := r.enter(ctx, deployments.Building); end != nil {
		return end
	}
	var a *activities
	ctx = controlled(ctx, attemptWithin, builtWithin, "Build the package")
	return r.unlessDone(workflow.ExecuteActivity(ctx, a.BuildPackage, r.in).Get(ctx, &r.built))
}

func (r *run) publish(ctx workflow.Context) *ending {
	if r.undeploys() {
		return nil
	}
	if end := r.enter(ctx, deployments.Preparing); end != nil {
		return end
	}
	var a *activities
	ctx = controlled(ctx, attemptWithin, triedFor, "Store the package in the group's database")
	err := workflow.ExecuteActivity(ctx, a.PublishPackage, publication{Input: r.in, Hash: r.built.Hash}).Get(ctx, nil)
	if err != nil {
		return failed("the package cannot be stored in the group's database: %s", reasonOf(err))
	}
	return nil
}

func (r *run) passPointOfNoReturn(ctx workflow.Context) *ending {
	r.reports.settle(ctx)
	var (
		a       *activities
		proceed bool
	)
	// The answer has to be known: a cancelled workflow asks too.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	err := workflow.ExecuteLocalActivity(inCatalog(ctx), a.PassPointOfNoReturn, r.in).Get(ctx, &proceed)
	if end := r.unlessDone(err); end != nil {
		return end
	}
	if !proceed {
		return cancelled
	}
	return nil
}

// move is tried until the group's database has answered: only that knows which
// version is active.
func (r *run) move(ctx workflow.Context) *ending {
	r.show(ctx, deployments.Moving)
	var a *activities
	ctx = controlled(ctx, attemptWithin, forEver, "Make it the active version of the group")
	in := move{Input: r.in, Hash: r.built.Hash, From: r.built.From}
	if err := workflow.ExecuteActivity(ctx, a.MoveVersion, in).Get(ctx, nil); err != nil {
		return failed("the active version of the group did not move: %s", reasonOf(err))
	}
	return nil
}

func (r *run) verify(ctx workflow.Context) *ending {
	if end := r.enter(ctx, deployments.Verifying); end != nil {
		return end
	}
	var (
		a *activities
		v verdict
	)
	in := verification{Input: r.in, Hash: r.built.Hash, Until: workflow.Now(ctx).Add(verifiedWithin), Servers: r.states()}
	ctx = controlled(ctx, verifiedWithin+attemptWithin, forEver, "Wait until every live server reports it")
	if err := workflow.ExecuteActivity(ctx, a.VerifyServers, in).Get(ctx, &v); err != nil {
		return &ending{state: deployments.Incomplete, reason: "it is not known what the servers serve: " + reasonOf(err)}
	}
	r.know(v.Servers)
	if v.Reason != "" {
		return &ending{state: deployments.Incomplete, reason: v.Reason}
	}
	return nil
}

func (r *run) release(ctx workflow.Context) *ending {
	if r.kind != deployments.Deploy {
		return nil
	}
	if end := r.enter(ctx, deployments.Releasing); end != nil {
		return end
	}
	var a *activities
	ctx = controlled(ctx, attemptWithin, releasedWithin, "Release the marks of what went out to production")
	if err := workflow.ExecuteActivity(ctx, a.ReleaseMarks, r.in).Get(ctx, nil); err != nil {
		return &ending{state: deployments.Incomplete, reason: "every server serves it, but marks were not released: " + reasonOf(err)}
	}
	return nil
}

// undeploys reports whether there is no package.
func (r *run) undeploys() bool { return r.built.Hash == "" }

// unlessDone ends the deployment when a step failed for good.
func (r *run) unlessDone(err error) *ending {
	switch {
	case err == nil:
		return nil
	case isOfType(err, wrongState):
		return cancelled
	}
	return failed("%s", reasonOf(err))
}

// finish writes the end down, also when the workflow was cancelled. A deployment
// that was cancelled in the control database has ended there already.
func (r *run) finish(ctx workflow.Context, end ending) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r.reports.settle(ctx)
	r.state, r.reason = end.state, end.reason
	if end.state != deployments.Cancelled {
		var a *activities
		last := outcome{Input: r.in, State: end.state, Reason: end.reason, Servers: r.states()}
		if err := workflow.ExecuteLocalActivity(inCatalog(ctx), a.FinishDeployment, last).Get(ctx, &r.state); err != nil {
			return err
		}
		if r.state != end.state {
			r.reason = ""
		}
	}
	r.showDetails(ctx)
	switch r.state {
	case deployments.Failed, deployments.Incomplete:
		return temporal.NewNonRetryableApplicationError(r.reason, "deployment-"+string(r.state), nil)
	default:
		return nil
	}
}

// The types of faults of deployments.Service by which this workflow decides.
const (
	waits      = "waits"       // one before it has not ended
	wrongState = "wrong-state" // the deployment has ended
)

func isOfType(err error, typ string) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && failure.Type() == typ
}

// reasonOf says why a step failed, for people.
func reasonOf(err error) string { return temporalclient.Reason(err) }
