package provisioning

import (
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/tenants"
)

// QueryState is the name of the query that answers with a State.
const QueryState = "state"

// Provision brings a solution to run. The namespace, the groups, and the servers
// of a group come about side by side; what fails does not hold up the rest. It
// begins anew when it was asked for again in the meantime.
func Provision(ctx workflow.Context, in Input) error {
	r := &run{in: in, state: tenants.ProvisioningRunning}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryState, r.answer, workflow.QueryHandlerOptions{
		Description: "All steps, how far each is, and what came out or why it failed",
	}); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	r.bringAbout(ctx)
	return r.finish(ctx)
}

// run is the state of one execution.
type run struct {
	in    Input
	plan  plan
	state tenants.ProvisioningState
	steps []*Step // in the order of the plan
}

func (r *run) begin(ctx workflow.Context) error {
	var a *activities
	return workflow.ExecuteLocalActivity(inCatalog(ctx), a.Begin, r.in).Get(ctx, &r.plan)
}

func (r *run) bringAbout(ctx workflow.Context) {
	parts := workflow.NewWaitGroup(ctx)
	aside := func(do func(ctx workflow.Context)) {
		parts.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer parts.Done()
			do(ctx)
		})
	}
	namespace := r.declare("Temporal namespace of tenant " + r.in.TenantName)
	aside(func(ctx workflow.Context) { r.namespace(ctx, namespace) })
	for _, g := range r.plan.Groups {
		database := r.declare("database of group " + g.Name)
		made, settle := workflow.NewFuture(ctx)
		aside(func(ctx workflow.Context) { settle.SetValue(r.database(ctx, database, g)) })
		for _, s := range g.Servers {
			account, process := r.declare("account of server "+s.Name), r.declare("server "+s.Name+" on node "+s.Node)
			aside(func(ctx workflow.Context) {
				granted := r.account(ctx, account, s)
				var ready bool
				if err := made.Get(ctx, &ready); err == nil && ready && granted {
					r.server(ctx, process, s)
				}
			})
		}
	}
	parts.Wait(ctx)
}

func (r *run) namespace(ctx workflow.Context, step *Step) bool {
	return r.take(ctx, step, func(ctx workflow.Context) (string, error) {
		var a *activities
		return "", workflow.ExecuteActivity(controlled(ctx, step.Name), a.EnsureNamespace, r.in.TenantName).Get(ctx, nil)
	})
}

func (r *run) database(ctx workflow.Context, step *Step, g group) bool {
	return r.take(ctx, step, func(ctx workflow.Context) (string, error) {
		var (
			a    *activities
			made madeDatabase
		)
		in := groupInput{Tenant: r.in.Tenant, Group: g.ID, Servers: len(g.Servers)}
		err := workflow.ExecuteActivity(controlled(ctx, step.Name), a.EnsureDatabase, in).Get(ctx, &made)
		return made.Database, err
	})
}

func (r *run) account(ctx workflow.Context, step *Step, s server) bool {
	return r.take(ctx, step, func(ctx workflow.Context) (string, error) {
		if s.AccountDisabled {
			return "", temporal.NewNonRetryableApplicationError("the account is disabled", "account-disabled", nil)
		}
		var a *activities
		in := serverInput{Tenant: r.in.Tenant, Server: s.ID}
		return "", workflow.ExecuteLocalActivity(inCatalog(ctx), a.GrantServerAccount, in).Get(ctx, nil)
	})
}

func (r *run) server(ctx workflow.Context, step *Step, s server) bool {
	return r.take(ctx, step, func(ctx workflow.Context) (string, error) {
		var running RunningServer
		in := serverInput{Tenant: r.in.Tenant, Server: s.ID}
		err := workflow.ExecuteActivity(onNode(ctx, s.Node, step.Name), startServer, in).Get(ctx, &running)
		return running.Address, err
	})
}

// finish writes the end down, also when the workflow was cancelled.
func (r *run) finish(ctx workflow.Context) error {
	r.state = tenants.ProvisioningReady
	failures := r.failures()
	if len(failures) > 0 {
		r.state = tenants.ProvisioningFailed
	}
	r.showDetails(ctx)
	reason := strings.Join(failures, "; ")
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	current, err := r.record(ctx, report{State: r.state, Reason: reason})
	switch {
	case err != nil:
		return err
	case !current:
		return workflow.NewContinueAsNewError(ctx, Provision, r.in)
	case len(failures) > 0:
		return temporal.NewNonRetryableApplicationError(reason, "provisioning-failed", nil)
	}
	return nil
}
