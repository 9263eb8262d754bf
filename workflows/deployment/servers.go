package deployment

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/workflows/serverwork"
)

// prepareRounds bounds how often it is looked for servers that came up while the
// others prepared. Whoever comes later takes the active version by itself.
const prepareRounds = 3

// prepare has every live server prepare, those too that come up meanwhile.
func (r *run) prepare(ctx workflow.Context) *ending {
	if r.undeploys() {
		return nil
	}
	for round := 0; ; round++ {
		live, err := r.liveServers(ctx, triedFor)
		if err != nil {
			return failed("it is not known which servers are alive: %s", reasonOf(err))
		}
		r.settleSilent(live)
		if end := r.refused(); end != nil {
			return end
		}
		waiting := r.unprepared(live)
		if len(waiting) == 0 || round == prepareRounds {
			return nil
		}
		r.prepareOnEach(ctx, waiting)
	}
}

// noticesGone is the change of the workflow since which it does not wait for a
// server that is gone.
const noticesGone = "notices-servers-that-are-gone"

// prepareOnEach has servers prepare side by side. One that is gone meanwhile,
// because it was deleted or died, is not waited for: when it is back before the
// version moves, it is asked again.
func (r *run) prepareOnEach(ctx workflow.Context, servers []*ServerState) {
	if workflow.GetVersion(ctx, noticesGone, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		r.each(ctx, servers, r.prepareOn)
		return
	}
	asked := make(map[*ServerState]workflow.CancelFunc, len(servers))
	watched, prepared := workflow.WithCancel(ctx)
	workflow.Go(watched, func(ctx workflow.Context) { r.giveUpGone(ctx, asked) })
	r.each(ctx, servers, func(ctx workflow.Context, s *ServerState) {
		ctx, asked[s] = workflow.WithCancel(ctx)
		r.prepareOn(ctx, s)
	})
	prepared()
}

// giveUpGone looks from time to time for servers that were asked to prepare and are
// not alive any more, until it is cancelled.
func (r *run) giveUpGone(ctx workflow.Context, asked map[*ServerState]workflow.CancelFunc) {
	for workflow.Sleep(ctx, lookForGoneEvery) == nil {
		live, err := r.liveServers(ctx, lookForGoneEvery)
		if err != nil {
			continue
		}
		for _, s := range r.servers {
			giveUp, waited := asked[s]
			if waited && s.State == deployments.ServerPreparing && !slices.ContainsFunc(live, s.is) {
				s.State = deployments.ServerAway
				giveUp()
			}
		}
	}
}

func (r *run) liveServers(ctx workflow.Context, tried time.Duration) (live []server, err error) {
	var a *activities
	err = workflow.ExecuteLocalActivity(inGroup(ctx, tried), a.FindLiveServers, r.in).Get(ctx, &live)
	return live, err
}

// settleSilent judges the servers that were asked and did not answer: one that is
// alive refuses by that, one that died does not count.
func (r *run) settleSilent(live []server) {
	for _, s := range r.servers {
		switch {
		case s.State != deployments.ServerPreparing:
		case slices.ContainsFunc(live, s.is):
			s.State, s.Reason = deployments.ServerRefused, "it is alive but did not prepare within "+preparedWithin.String()
		default:
			s.State = deployments.ServerAway
		}
	}
}

// unprepared returns the live servers that were not asked yet.
func (r *run) unprepared(live []server) []*ServerState {
	var waiting []*ServerState
	for _, s := range live {
		if state := r.server(s); state.State != deployments.ServerPrepared && state.State != deployments.ServerRefused {
			state.State = deployments.ServerPreparing
			waiting = append(waiting, state)
		}
	}
	return waiting
}

func (r *run) prepareOn(ctx workflow.Context, s *ServerState) {
	version := serverwork.Version{Channel: r.in.Channel, Number: r.in.Number, Hash: r.built.Hash, Name: r.in.Name}
	err := workflow.ExecuteActivity(onServer(ctx, s.ID, preparedWithin, "Prepare on "+s.Name), serverwork.PrepareVersion, version).Get(ctx, nil)
	var told *temporal.ApplicationError
	switch {
	case err == nil:
		s.State, s.Reason = deployments.ServerPrepared, ""
	case errors.As(err, &told):
		s.State, s.Reason = deployments.ServerRefused, told.Message()
	}
}

// refused ends the deployment when a server that is alive did not prepare.
func (r *run) refused() *ending {
	var refusals []string
	for _, s := range r.servers {
		if s.State == deployments.ServerRefused {
			refusals = append(refusals, "server "+s.Name+": "+s.Reason)
		}
	}
	if len(refusals) == 0 {
		return nil
	}
	return failed("%s", strings.Join(refusals, "; "))
}

// activate tells every live server to switch. One that is not reached switches on
// its own; whether it did is seen when it is verified.
func (r *run) activate(ctx workflow.Context) *ending {
	live, err := r.liveServers(ctx, activatedWithin)
	if err != nil {
		workflow.GetLogger(ctx).Warn("servers are not told to switch", "error", err)
	}
	var told []*ServerState
	for _, s := range live {
		state := r.server(s)
		state.State, state.Reason = deployments.ServerActivating, ""
		told = append(told, state)
	}
	if end := r.enter(ctx, deployments.Activating); end != nil {
		return end
	}
	r.each(ctx, told, func(ctx workflow.Context, s *ServerState) {
		ctx = onServer(ctx, s.ID, activatedWithin, "Activate on "+s.Name)
		if err := workflow.ExecuteActivity(ctx, serverwork.ActivateVersion, r.in.Channel).Get(ctx, nil); err != nil {
			s.Reason = reasonOf(err)
		}
	})
	return nil
}

// each does something with servers side by side, reporting on the way.
func (r *run) each(ctx workflow.Context, servers []*ServerState, do func(ctx workflow.Context, s *ServerState)) {
	parts := workflow.NewWaitGroup(ctx)
	parts.Add(len(servers))
	for _, s := range servers {
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer parts.Done()
			do(ctx, s)
			r.report(ctx)
		})
	}
	r.report(ctx)
	parts.Wait(ctx)
}

// server returns what is known of a server, from now on.
func (r *run) server(s server) *ServerState {
	if i := slices.IndexFunc(r.servers, func(known *ServerState) bool { return known.is(s) }); i >= 0 {
		return r.servers[i]
	}
	state := &ServerState{ID: s.ID, Name: s.Name, State: deployments.ServerAway}
	r.servers = append(r.servers, state)
	slices.SortStableFunc(r.servers, func(a, b *ServerState) int { return byName(*a, *b) })
	return state
}

func (s *ServerState) is(other server) bool { return s.ID == other.ID }

// know takes over what was seen of the servers.
func (r *run) know(states []ServerState) {
	for _, s := range states {
		*r.server(server{ID: s.ID, Name: s.Name}) = s
	}
}

func (r *run) states() []ServerState {
	states := make([]ServerState, len(r.servers))
	for i, s := range r.servers {
		states[i] = *s
	}
	return states
}
