package deployments

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/tenants"
)

// Request is a deployment whose workflow is to be started: the first of its
// channel and group that has not ended.
type Request struct {
	Tenant     tenants.TenantID
	TenantName tenants.Name
	Channel    tenants.Name
	Group      Group
	ID         ID
	Number     int64
	Name       string
	Kind       Kind
}

// Plan is what a deployment is about.
type Plan struct {
	Tenant  tenants.TenantID
	Channel tenants.Name
	Group   Group
	ID      ID
	Number  int64
	Name    string
	Kind    Kind
	// State is Validating at first; that of the deployment when it began before, so
	// that one that was cancelled can be left alone.
	State State
	// Servers are those of the group, alive or not, sorted by name.
	Servers []PlannedServer
}

// PlannedServer is a server of the group.
type PlannedServer struct {
	ID   tenants.ServerID
	Name tenants.Name
	Node tenants.Name
}

// Built is the package of a deployment, fixed from now on.
type Built struct {
	// Hash is empty for Undeploy: the group is to have no package.
	Hash string
	// From is the number that the group's active version has to have when it is
	// moved; 0 for none.
	From int64
	// Bytes is the size of the package.
	Bytes int
}

// Progress is one report of how far a deployment has come.
type Progress struct {
	// State is the new state, or empty when only servers are reported. Moving and
	// the last states are not reported: see PassPointOfNoReturn, Cancel and Finish.
	State State
	// Reason is what is being waited for, for people; empty for nothing.
	Reason string
	// Servers are those whose progress changed.
	Servers []ServerProgress
}

// Outcome is how a deployment ended.
type Outcome struct {
	State   State // Succeeded, Failed or Incomplete
	Reason  string
	Servers []ServerProgress
}

// silence is how long a deployment may be quiet until its workflow is started
// again, which is harmless when it still runs.
const silence = time.Minute

// Requested returns, oldest first, the deployments whose workflow is to run: per
// channel and group the first that has not ended, when it waits to be begun or
// nothing was heard of it for a minute. Starting a workflow twice is harmless.
func (s *Service) Requested(ctx context.Context, limit int) ([]Request, error) {
	return s.store.Requested(ctx, now().Add(-silence), limit)
}

// Begin loads what the deployment is about and says on it that it is validated. It
// answers with Conflict "waits" while one before it has not ended.
func (s *Service) Begin(ctx context.Context, tenant tenants.TenantID, id ID) (Plan, error) {
	var d Deployment
	err := s.store.Progress(ctx, tenant, id, func(ctx context.Context, w Writer, present Deployment) error {
		if d = present; d.State != Waiting {
			return nil
		}
		open, err := w.Open(ctx, d.Channel, d.Group.ID)
		if err != nil {
			return err
		}
		if first := slices.Min(open); first < d.Number {
			return fault.New(fault.Conflict, "waits", "deployment %d of channel %s to group %s waits for deployment %d", d.Number, d.Channel, d.Group.Name, first)
		}
		d.State = Validating
		return advance(ctx, w, present, Validating, "", audit.System)
	})
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{
		Tenant: tenant, Channel: d.Channel, Group: d.Group, ID: id, Number: d.Number, Name: d.Name, Kind: d.Kind, State: d.State,
	}
	plan.Servers, err = s.plannedServers(ctx, tenant, d.Group)
	return plan, err
}

func (s *Service) plannedServers(ctx context.Context, tenant tenants.TenantID, group Group) ([]PlannedServer, error) {
	servers, err := paging.Collect(func(page paging.Request) (paging.Page[tenants.Server], error) {
		return s.directory.Servers(ctx, tenant, group.Solution, group.Name, page)
	})
	if err != nil {
		return nil, err
	}
	if len(servers) > MaxServers {
		return nil, fault.New(fault.Conflict, "too-many-servers", "group %s has %d servers: a deployment goes to at most %d", group.Name, len(servers), MaxServers)
	}
	planned := make([]PlannedServer, 0, len(servers))
	for _, server := range servers {
		planned = append(planned, PlannedServer{ID: server.ID, Name: server.Name, Node: server.Node})
	}
	return planned, nil
}

// Validate checks that the deployment can be made now, as Create did when it was
// asked for.
func (s *Service) Validate(ctx context.Context, tenant tenants.TenantID, id ID) error {
	d, err := s.byID(ctx, tenant, id)
	if err != nil || d.Built || d.State.Ended() {
		return err
	}
	present, err := s.designs.Snapshot(ctx, tenant, d.Channel)
	if err != nil {
		return err
	}
	if _, err := s.groupFor(ctx, present, d.Group.Name, d.Kind); err != nil {
		return err
	}
	_, err = s.make(ctx, present, d)
	return err
}

// Build assembles, compiles and stores the package, and fixes it for the
// deployment. Repeated it returns the same. Of a deployment that was cancelled it
// is a fault Conflict "wrong-state".
func (s *Service) Build(ctx context.Context, tenant tenants.TenantID, id ID) (Built, error) {
	d, err := s.byID(ctx, tenant, id)
	if err != nil {
		return Built{}, err
	}
	if d.Built {
		return s.built(ctx, d)
	}
	if err := s.Record(ctx, tenant, id, Progress{State: Building}); err != nil {
		return Built{}, err
	}
	present, err := s.designs.Snapshot(ctx, tenant, d.Channel)
	if err != nil {
		return Built{}, err
	}
	m, err := s.make(ctx, present, d)
	if err != nil {
		return Built{}, err
	}
	if m.pack != nil {
		if _, err := bundle.Compile(m.pack); err != nil {
			return Built{}, err
		}
	}
	if d, err = s.fix(ctx, d, m); err != nil {
		return Built{}, err
	}
	return s.built(ctx, d)
}

// fix keeps what a deployment brings to its group, unless that was done before.
func (s *Service) fix(ctx context.Context, d Deployment, m made) (fixed Deployment, err error) {
	err = s.store.Progress(ctx, d.Tenant, d.ID, func(ctx context.Context, w Writer, present Deployment) error {
		if fixed = present; present.Built {
			return nil
		}
		if present.State != Building {
			return fault.New(fault.Conflict, "wrong-state", "deployment %d of channel %s is %s, not building", d.Number, d.Channel, present.State)
		}
		if m.content.Bytes != nil {
			if err := w.SavePackage(ctx, m.content); err != nil {
				return err
			}
		}
		fixed.Built, fixed.Hash, fixed.From, fixed.FromHash = true, m.content.Hash, m.from, m.fromHash
		fixed.Manifest, fixed.UpdatedAt = m.manifest, now()
		return w.Fix(ctx, fixed)
	})
	return fixed, err
}

func (s *Service) built(ctx context.Context, d Deployment) (Built, error) {
	b := Built{Hash: d.Hash, From: d.From}
	if d.Hash == "" {
		return b, nil
	}
	text, err := s.Package(ctx, d.Tenant, d.Hash)
	b.Bytes = len(text)
	return b, err
}

// Record keeps a report. A state that the deployment is in, or has left behind,
// changes nothing; one that cannot follow is a fault Conflict "wrong-state". The
// state Activating says that the group's active version has moved. Of a deployment
// that has ended nothing is kept.
func (s *Service) Record(ctx context.Context, tenant tenants.TenantID, id ID, progress Progress) error {
	switch progress.State {
	case "", Building, Preparing, Activating, Verifying, Releasing:
	default:
		return fault.New(fault.Invalid, "invalid-progress", "%q is no state that is reported", progress.State)
	}
	servers, err := checkServers(progress.Servers)
	if err != nil {
		return err
	}
	return s.store.Progress(ctx, tenant, id, func(ctx context.Context, w Writer, d Deployment) error {
		if d.State.Ended() {
			if progress.State != "" && !d.State.Moved() {
				return fault.New(fault.Conflict, "wrong-state", "deployment %d of channel %s is %s", d.Number, d.Channel, d.State)
			}
			return nil
		}
		if err := keepState(ctx, w, d, progress); err != nil || len(servers) == 0 {
			return err
		}
		return w.SaveServers(ctx, id, servers)
	})
}

// keepState brings the deployment to the reported state, or says only that it was
// heard of and what it waits for.
func keepState(ctx context.Context, w Writer, d Deployment, progress Progress) error {
	if progress.State != "" && slices.Index(States, progress.State) > slices.Index(States, d.State) {
		return advance(ctx, w, d, progress.State, progress.Reason, audit.System)
	}
	d.Reason, d.UpdatedAt = storable(progress.Reason), now()
	_, err := w.Advance(ctx, d, d.State)
	return err
}

// PassPointOfNoReturn sets the state Moving unless the deployment has ended:
// proceed is false when it was cancelled.
func (s *Service) PassPointOfNoReturn(ctx context.Context, tenant tenants.TenantID, id ID) (proceed bool, err error) {
	err = s.store.Progress(ctx, tenant, id, func(ctx context.Context, w Writer, d Deployment) error {
		proceed = d.State == Moving || d.State.Moved()
		if proceed || d.State.Ended() {
			return nil
		}
		if !d.Built {
			return fault.New(fault.Conflict, "wrong-state", "deployment %d of channel %s has no package yet", d.Number, d.Channel)
		}
		proceed = true
		return advance(ctx, w, d, Moving, "", audit.System)
	})
	return proceed && err == nil, err
}

// ReleaseMarks releases the marks of what went out, where the deployment is one of
// kind Deploy to production; otherwise it does nothing. Marks that were made anew
// since stay.
func (s *Service) ReleaseMarks(ctx context.Context, tenant tenants.TenantID, id ID) error {
	d, err := s.byID(ctx, tenant, id)
	if err != nil || d.Kind != Deploy || d.Group.Kind != tenants.Production {
		return err
	}
	if !d.State.Moved() {
		return fault.New(fault.Conflict, "wrong-state", "deployment %d of channel %s is %s: its marks stay until it is active", d.Number, d.Channel, d.State)
	}
	if err := s.Record(ctx, tenant, id, Progress{State: Releasing}); err != nil {
		return err
	}
	var released []design.Release
	for _, m := range d.Manifest.Marked {
		released = append(released, design.Release{Reference: m.Reference, Version: m.Version})
	}
	for _, r := range d.Manifest.Removed {
		if r.Version > 0 {
			released = append(released, design.Release{Reference: r.Reference, Version: r.Version})
		}
	}
	if len(released) == 0 {
		return nil
	}
	return s.designs.ReleaseMarks(ctx, d.CreatedBy, tenant, d.Channel, released)
}

// Finish ends the deployment: Succeeded, Failed or Incomplete. Of one that has
// ended it changes nothing.
func (s *Service) Finish(ctx context.Context, tenant tenants.TenantID, id ID, outcome Outcome) error {
	switch outcome.State {
	case Succeeded, Failed, Incomplete:
	default:
		return fault.New(fault.Invalid, "invalid-progress", "a deployment ends as succeeded, failed or incomplete, not as %q", outcome.State)
	}
	servers, err := checkServers(outcome.Servers)
	if err != nil {
		return err
	}
	return s.store.Progress(ctx, tenant, id, func(ctx context.Context, w Writer, d Deployment) error {
		if d.State.Ended() {
			return nil
		}
		if err := advance(ctx, w, d, outcome.State, outcome.Reason, audit.System); err != nil || len(servers) == 0 {
			return err
		}
		return w.SaveServers(ctx, id, servers)
	})
}

func (s *Service) byID(ctx context.Context, tenant tenants.TenantID, id ID) (Deployment, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (Deployment, error) { return r.DeploymentByID(ctx, id) })
}

// checkServers returns the progress of servers as it can be stored.
func checkServers(servers []ServerProgress) ([]ServerProgress, error) {
	if len(servers) > MaxServers {
		return nil, fault.New(fault.Invalid, "invalid-progress", "a report has at most %d servers", MaxServers)
	}
	storables := slices.Clone(servers)
	for i, server := range servers {
		switch server.State {
		case ServerPreparing, ServerPrepared, ServerRefused, ServerActivating, ServerServing, ServerAway:
		default:
			return nil, fault.New(fault.Invalid, "invalid-progress", "%q is no state of a server", server.State)
		}
		if server.Since.IsZero() {
			storables[i].Since = now()
		}
		storables[i].Reason = storable(server.Reason)
	}
	slices.SortFunc(storables, func(a, b ServerProgress) int { return strings.Compare(string(a.Server), string(b.Server)) })
	return slices.CompactFunc(storables, func(a, b ServerProgress) bool { return a.Server == b.Server }), nil
}
