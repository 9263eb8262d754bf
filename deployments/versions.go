package deployments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Version is what a group serves of a channel.
type Version struct {
	Channel tenants.Name
	Group   Group
	// Number is that of the deployment that is active; 0 where none ever was.
	Number int64
	Hash   string // empty where the channel is not deployed to the group
	Name   string
	Since  time.Time
	By     tenants.Name
	// Stale says what is common to all channels and was changed since; empty where
	// nothing was. At most maxStale lines.
	Stale   []string
	Servers []ServerProgress
	// Open are the numbers of the deployments that have not ended, ascending.
	Open []int64
}

// maxStale bounds the reasons why a version is stale.
const maxStale = 20

// Versions returns what each group of a channel serves of it, sorted by group.
func (s *Service) Versions(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) ([]Version, error) {
	present, err := s.designs.Snapshot(ctx, tenant, channel)
	if err != nil {
		return nil, err
	}
	global := globalPart(present)
	hash, err := global.GlobalHash()
	if err != nil {
		return nil, err
	}
	groups, err := s.groups(ctx, present)
	if err != nil {
		return nil, err
	}
	versions := make([]Version, 0, len(groups))
	for _, group := range groups {
		v, deployed, err := s.version(ctx, tenant, channel, group)
		if err != nil {
			return nil, err
		}
		if v.Hash != "" && deployed != hash {
			if v.Stale, err = s.whyStale(ctx, tenant, v.Hash, &global); err != nil {
				return nil, err
			}
		}
		versions = append(versions, v)
	}
	return versions, nil
}

// globalPart is a package with what every package of the tenant has now.
func globalPart(present design.Snapshot) bundle.Package {
	return bundle.Package{
		Format: bundle.Format, Tenant: string(present.Tenant), Channel: present.Name, Content: unconditional(present),
	}
}

// groups are those that the channel is for, and those that serve it still.
func (s *Service) groups(ctx context.Context, present design.Snapshot) ([]Group, error) {
	actives, err := view(ctx, s, present.Tenant, func(ctx context.Context, r Reader) ([]Active, error) {
		return r.Actives(ctx, present.Name)
	})
	if err != nil {
		return nil, err
	}
	names := slices.Clone(present.Channel.Spec.ServerGroups)
	for _, active := range actives {
		if active.Deployment.Hash != "" {
			names = append(names, active.Deployment.Group.Name)
		}
	}
	slices.Sort(names)
	var groups []Group
	for _, name := range slices.Compact(names) {
		group, err := s.findGroup(ctx, present, name)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// version is what one group serves, without Stale, and the hash of its common part.
func (s *Service) version(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, group Group) (v Version, global string, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		v, global = Version{Channel: channel, Group: group}, ""
		if v.Open, err = r.Open(ctx, channel, group.ID); err != nil {
			return err
		}
		active, found, err := r.FindActive(ctx, channel, group.ID)
		if err != nil || !found {
			return err
		}
		d, err := r.DeploymentByID(ctx, active.Deployment.ID)
		if err != nil {
			return err
		}
		v.Number, v.Hash, v.Name, v.Since, v.By, v.Servers = d.Number, d.Hash, d.Name, active.Since, d.CreatedBy.Name, d.Servers
		if d.Hash != "" {
			global, err = r.GlobalHash(ctx, d.Hash)
		}
		return err
	})
	if err != nil {
		return Version{}, "", err
	}
	if s.options.Reports != nil && v.Number > 0 {
		// A group whose database is away is shown as it was last known.
		if served, err := s.options.Reports.Served(ctx, tenant, group, channel); err == nil {
			if v.Servers, err = s.withoutDeleted(ctx, tenant, group, served); err != nil {
				return Version{}, "", err
			}
		}
	}
	return v, global, nil
}

// withoutDeleted leaves out the servers that were taken from the group: what they
// reported last is kept in its database for a while.
func (s *Service) withoutDeleted(ctx context.Context, tenant tenants.TenantID, group Group, served []ServerProgress) ([]ServerProgress, error) {
	present, err := s.plannedServers(ctx, tenant, group)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(served, func(one ServerProgress) bool {
		return one.State == ServerAway && !slices.ContainsFunc(present, func(p PlannedServer) bool { return p.ID == one.Server })
	}), nil
}

// whyStale names the documents that are common to all channels and differ.
func (s *Service) whyStale(ctx context.Context, tenant tenants.TenantID, hash string, global *bundle.Package) ([]string, error) {
	deployed, err := s.load(ctx, tenant, hash)
	if err != nil {
		return nil, err
	}
	var why []string
	for _, change := range bundle.Diff(deployed, global) {
		if !definition.Kind(change.Kind).Global() {
			continue
		}
		what := change.What
		if change.Path != "" {
			what = bundle.Changed
		}
		line := fmt.Sprintf("%s %s was %s", change.Kind, change.Name, what)
		if slices.Contains(why, line) {
			continue
		}
		if len(why) == maxStale {
			return append(why, "and more"), nil
		}
		why = append(why, line)
	}
	return why, nil
}

// Stale is a channel whose active version in a group has a common part that was
// changed since.
type Stale struct {
	Channel tenants.Name
	Group   Group
	Number  int64
}

// Stale returns all that is stale, sorted by channel and group.
func (s *Service) Stale(ctx context.Context, tenant tenants.TenantID) ([]Stale, error) {
	type deployed struct {
		active Active
		global string
	}
	var all []deployed
	err := s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		all = nil
		actives, err := r.Actives(ctx, "")
		if err != nil {
			return err
		}
		for _, active := range actives {
			if active.Deployment.Hash == "" {
				continue
			}
			global, err := r.GlobalHash(ctx, active.Deployment.Hash)
			if err != nil {
				return err
			}
			all = append(all, deployed{active: active, global: global})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var stale []Stale
	present := "" // the same for all channels
	for _, one := range all {
		d := one.active.Deployment
		if present == "" {
			snapshot, err := s.designs.Snapshot(ctx, tenant, d.Channel)
			if fault.Is(err, fault.NotFound) {
				continue // the channel was deleted
			}
			if err != nil {
				return nil, err
			}
			global := globalPart(snapshot)
			if present, err = global.GlobalHash(); err != nil {
				return nil, err
			}
		}
		if one.global != present {
			stale = append(stale, Stale{Channel: d.Channel, Group: d.Group, Number: d.Number})
		}
	}
	return stale, nil
}

// Redeployed is one deployment that RedeployStale asked for, or why it could not.
type Redeployed struct {
	Stale
	Deployment Deployment // zero where there is a problem
	Problem    error
}

// RedeployStale asks for a deployment of kind Redeploy of everything that is stale
// and that wanted accepts. Where a deployment waits already that will carry what was
// changed, it is that one.
func (s *Service) RedeployStale(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name string, wanted func(Stale) bool) ([]Redeployed, error) {
	if err := checkInput(NewDeployment{Name: name, Kind: Redeploy}); err != nil {
		return nil, err
	}
	stale, err := s.Stale(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var redeployed []Redeployed
	for _, one := range stale {
		if !wanted(one) {
			continue
		}
		d, err := s.redeploy(ctx, by, tenant, name, one)
		switch {
		case err == nil:
			redeployed = append(redeployed, Redeployed{Stale: one, Deployment: d})
		case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound):
			redeployed = append(redeployed, Redeployed{Stale: one, Problem: err})
		default:
			return nil, err
		}
	}
	return redeployed, nil
}

func (s *Service) redeploy(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name string, stale Stale) (Deployment, error) {
	waiting, found, err := s.lastWaiting(ctx, tenant, stale)
	if err != nil || found && (waiting.Kind == Deploy || waiting.Kind == Redeploy) {
		return waiting, err
	}
	return s.Create(ctx, by, tenant, stale.Channel, NewDeployment{Group: stale.Group.Name, Name: name, Kind: Redeploy})
}

// lastWaiting is the newest deployment of a channel to a group, if it waits.
func (s *Service) lastWaiting(ctx context.Context, tenant tenants.TenantID, of Stale) (d Deployment, found bool, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		open, err := r.Open(ctx, of.Channel, of.Group.ID)
		if err != nil || len(open) == 0 {
			return err
		}
		d, err = r.Deployment(ctx, of.Channel, open[len(open)-1])
		found = err == nil && d.State == Waiting
		return err
	})
	return d, found, err
}
