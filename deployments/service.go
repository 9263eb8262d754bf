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
	"github.com/switchyard/switchyard/tenants"
)

// Designs is the design environment; design.Service is one.
type Designs interface {
	// SolutionOf answers with NotFound where there is no such channel.
	SolutionOf(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (tenants.Name, error)
	Snapshot(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (design.Snapshot, error)
	ReleaseMarks(ctx context.Context, by audit.Actor, tenant tenants.TenantID, channel tenants.Name, released []design.Release) error
}

// Directory knows server groups and their servers; tenants.Service is one.
type Directory interface {
	ServerGroup(ctx context.Context, tenant tenants.TenantID, solution, group tenants.Name) (tenants.ServerGroup, error)
	Servers(ctx context.Context, tenant tenants.TenantID, solution, group tenants.Name, page paging.Request) (paging.Page[tenants.Server], error)
}

// Reports knows what servers serve now, as they tell in their group's database.
type Reports interface {
	// Served returns the servers of a group, sorted by name, each serving or away.
	Served(ctx context.Context, tenant tenants.TenantID, group Group, channel tenants.Name) ([]ServerProgress, error)
}

// Options are what a Service can do without.
type Options struct {
	// Reports is asked for what servers serve now. Without it, and where a group's
	// database cannot be asked, they are as the last deployment left them.
	Reports Reports
	// Processes is asked whether servers can start the business processes that events
	// name. Without it nothing is warned of.
	Processes Processes
	// Cancelled is told of a deployment that was cancelled, so that its workflow
	// waits for nobody any longer. Nothing depends on it.
	Cancelled func(ctx context.Context, d Deployment)
	// KeptPackages is how many of the last deployments of a channel to a group keep
	// their packages; 0 for the constant of that name.
	KeptPackages int
}

// Service applies the rules of this package. Its methods may be called by several
// goroutines at once.
type Service struct {
	store     Store
	designs   Designs
	directory Directory
	options   Options
}

// NewService returns a service over a store.
func NewService(store Store, designs Designs, directory Directory, options Options) *Service {
	return &Service{store: store, designs: designs, directory: directory, options: options}
}

// Get returns a deployment with its manifest and its servers.
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, number int64) (Deployment, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (Deployment, error) {
		return r.Deployment(ctx, channel, number)
	})
}

// List lists the deployments of a channel, newest first, without manifests and
// servers. A page's key is a number.
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, filter Filter, page paging.Request) (paging.Page[Deployment], error) {
	if _, err := s.designs.SolutionOf(ctx, tenant, channel); err != nil {
		return paging.Page[Deployment]{}, err
	}
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (paging.Page[Deployment], error) {
		return r.Deployments(ctx, channel, filter, page)
	})
}

// Cancel ends a deployment before the group's active version moves. One that is
// cancelled already stays so.
func (s *Service) Cancel(ctx context.Context, by audit.Actor, tenant tenants.TenantID, channel tenants.Name, number int64) (Deployment, error) {
	d, err := s.Get(ctx, tenant, channel, number)
	if err != nil {
		return Deployment{}, err
	}
	err = s.store.Progress(ctx, tenant, d.ID, func(ctx context.Context, w Writer, d Deployment) error {
		switch {
		case d.State == Cancelled:
			return nil
		case !d.State.Cancellable():
			return fault.New(fault.Conflict, "not-cancellable",
				"deployment %d of channel %s is %s: only before the group's active version moves it can be cancelled", number, channel, d.State)
		}
		return advance(ctx, w, d, Cancelled, "", by)
	})
	if err != nil {
		return Deployment{}, err
	}
	if d, err = s.Get(ctx, tenant, channel, number); err == nil && s.options.Cancelled != nil {
		s.options.Cancelled(ctx, d)
	}
	return d, err
}

// Package returns the bytes of a package.
func (s *Service) Package(ctx context.Context, tenant tenants.TenantID, hash string) ([]byte, error) {
	content, err := view(ctx, s, tenant, func(ctx context.Context, r Reader) (Content, error) { return r.Package(ctx, hash) })
	return content.Bytes, err
}

// groupOf returns a group that the channel can be deployed to.
func (s *Service) groupOf(ctx context.Context, present design.Snapshot, name tenants.Name) (Group, error) {
	channel := present.Channel.Spec
	if !slices.Contains(channel.ServerGroups, name) {
		return Group{}, fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("group", 0, "channel %s is not for a group %q: expected %s", present.Name, name, strings.Join(channel.ServerGroups, " or "))
	}
	return s.findGroup(ctx, present, name)
}

// groupFor returns the group of a deployment of that kind. A channel can be
// undeployed from a group that it is not meant for any more.
func (s *Service) groupFor(ctx context.Context, present design.Snapshot, name tenants.Name, kind Kind) (Group, error) {
	group, err := s.groupOf(ctx, present, name)
	if err == nil || kind != Undeploy || !fault.Is(err, fault.Invalid) {
		return group, err
	}
	former, missing := s.findGroup(ctx, present, name)
	if missing != nil {
		return Group{}, err
	}
	active, reading := s.active(ctx, present.Tenant, present.Name, former.ID)
	switch {
	case reading != nil:
		return Group{}, reading
	case active.pack == nil:
		return Group{}, err
	default:
		return former, nil
	}
}

func (s *Service) findGroup(ctx context.Context, present design.Snapshot, name tenants.Name) (Group, error) {
	solution := present.Channel.Spec.Solution
	group, err := s.directory.ServerGroup(ctx, present.Tenant, solution, name)
	if fault.Is(err, fault.NotFound) {
		return Group{}, fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("group", 0, "solution %s has no group %s", solution, name)
	}
	if err != nil {
		return Group{}, err
	}
	return Group{ID: group.ID, Solution: solution, Name: group.Name, Kind: group.Kind}, nil
}

// view reads one value in a tenant.
func view[T any](ctx context.Context, s *Service, tenant tenants.TenantID, read func(ctx context.Context, r Reader) (T, error)) (T, error) {
	var result T
	err := s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		result, err = read(ctx, r)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// advance brings a deployment to its next state, with the audit event of what
// changed for others.
func advance(ctx context.Context, w Writer, d Deployment, next State, reason string, by audit.Actor) error {
	if !d.State.CanBecome(next) {
		return fault.New(fault.Conflict, "wrong-state", "deployment %d of channel %s is %s and cannot become %s", d.Number, d.Channel, d.State, next)
	}
	from := d.State
	d.State, d.Reason, d.UpdatedAt = next, storable(reason), now()
	if next == Activating {
		d.MovedAt = d.UpdatedAt
	}
	if next.Ended() {
		d.EndedAt = d.UpdatedAt
	}
	moved, err := w.Advance(ctx, d, from)
	if err != nil {
		return err
	}
	if !moved {
		return fault.New(fault.Unavailable, "changed-meanwhile", "deployment %d of channel %s was changed meanwhile", d.Number, d.Channel)
	}
	if next == Activating {
		if err := w.SaveActive(ctx, d); err != nil {
			return err
		}
	}
	if action, worth := recorded[next]; worth {
		return w.Record(ctx, event(by, action, d))
	}
	return nil
}

// recorded are the audit actions of the states that matter to others than those
// who wait for the deployment.
var recorded = map[State]string{
	Activating: "deployment.activate", Succeeded: "deployment.succeed", Failed: "deployment.fail",
	Cancelled: "deployment.cancel", Incomplete: "deployment.remain-incomplete",
}

func event(by audit.Actor, action string, d Deployment) audit.Event {
	detail := map[string]any{
		"group": d.Group.Solution + "/" + d.Group.Name, "kind": d.Kind, "name": d.Name, "state": d.State,
	}
	if d.Hash != "" {
		detail["hash"] = d.Hash
	}
	if d.Of != 0 {
		detail["of"] = d.Of
	}
	if d.Reason != "" {
		detail["reason"] = d.Reason
	}
	return audit.NewEvent(by, string(d.Tenant), action, resource(d), detail)
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
