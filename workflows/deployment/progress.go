package deployment

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/deployments"
)

// enter writes down that the deployment is in a state. It ends the deployment when
// it was cancelled meanwhile.
func (r *run) enter(ctx workflow.Context, state deployments.State) *ending {
	r.reports.settle(ctx)
	r.show(ctx, state)
	return r.unlessDone(r.record(ctx))
}

func (r *run) record(ctx workflow.Context) error {
	var a *activities
	return workflow.ExecuteLocalActivity(inCatalog(ctx), a.RecordDeployment, report{Input: r.in, State: r.state, Servers: r.states()}).Get(ctx, nil)
}

// reporting is one report on its way, and that there is more to say after it.
type reporting struct {
	underway bool
	more     bool
}

// report writes the servers' progress down, one report at a time: what changes
// while one is on its way goes with the next.
func (r *run) report(ctx workflow.Context) {
	r.showDetails(ctx)
	r.reports.more = true
	if r.reports.underway {
		return
	}
	r.reports.underway = true
	workflow.Go(ctx, func(ctx workflow.Context) {
		for r.reports.more {
			r.reports.more = false
			if err := r.record(ctx); err != nil {
				workflow.GetLogger(ctx).Warn("progress is not recorded", "error", err)
			}
		}
		r.reports.underway = false
	})
}

// settle waits for the report that is on its way, so that the states are written
// in their order.
func (p *reporting) settle(ctx workflow.Context) {
	p.more = false
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	// Its error is that of a context which ended; this one does not.
	_ = workflow.Await(ctx, func() bool { return !p.underway })
}

func (r *run) answer() (State, error) {
	return State{
		Channel: r.in.TenantName + "/" + r.in.Channel,
		Group:   r.in.Solution + "/" + r.in.GroupName,
		Number:  r.in.Number,
		Name:    r.in.Name,
		Kind:    r.kind,
		State:   r.state,
		Reason:  r.reason,
		Hash:    r.built.Hash,
		Servers: r.states(),
	}, nil
}

func (r *run) show(ctx workflow.Context, state deployments.State) {
	r.state = state
	r.showDetails(ctx)
}

// showDetails sets the workflow's current details, which are Markdown.
func (r *run) showDetails(ctx workflow.Context) {
	var text strings.Builder
	fmt.Fprintf(&text, "Channel **%s** of %s, number %d, to group **%s** of %s: **%s**", r.in.Channel, r.in.TenantName, r.in.Number,
		r.in.GroupName, r.in.Solution, r.state)
	if r.reason != "" {
		text.WriteString(", " + r.reason)
	}
	if r.built.Hash != "" {
		text.WriteString("\n\nPackage `" + r.built.Hash + "`")
	}
	if len(r.servers) > 0 {
		text.WriteString("\n\n| server | state | serves | |\n|---|---|---|---|\n")
	}
	for _, s := range r.servers {
		serves := ""
		if s.Number > 0 {
			serves = fmt.Sprintf("%d `%s`", s.Number, s.shortHash())
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", s.Name, s.State, serves, cell(s.Reason))
	}
	workflow.SetCurrentDetails(ctx, text.String())
}

// shortHash is enough of a hash to tell it from others.
func (s ServerState) shortHash() string { return s.Hash[:min(len(s.Hash), 12)] }

// cell is a text in a table of Markdown.
func cell(text string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text) }
